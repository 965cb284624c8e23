import { Injectable } from '@nestjs/common';
import { type Channel, channels, Clock, DomainError, localize } from '#common';
import { ConsentsService, SendersService, type Topic } from '#consent';
import { AgainOffer } from './again-offer.js';
import { type Form } from './form-body.js';
import { type Page, PageRenderer } from './page-renderer.js';
import { type Choice, digestOf, isSubscribed, preferenceChanges, valueOf } from './preference-choices.js';
import { senderName, senderView } from './sender-view.js';
import { UnsubscribePage } from './unsubscribe.page.js';
import { actorOf, evidenceOf, type Wording } from './visit-evidence.js';
import { type Visit } from './visits.service.js';

type Notice = 'saved' | 'same' | 'changed' | 'unread';

interface TopicChoices {
  topic: Topic;
  choices: (Choice & { wording: string })[];
}

/** Where a person chooses topic by topic. Only whoever holds the contact's present address sees and changes it. */
@Injectable()
export class PreferencePage {
  constructor(
    private readonly consents: ConsentsService,
    private readonly senders: SendersService,
    private readonly renderer: PageRenderer,
    private readonly unsubscribe: UnsubscribePage,
    private readonly again: AgainOffer,
    private readonly clock: Clock,
  ) {}

  async show(visit: Visit, notice: Notice | null = null): Promise<Page> {
    const { contact, locale, token, sender } = visit;
    if (!contact) return this.#gone(visit);
    const topics = await this.#topics(visit);
    const isGranted = await this.#granted(visit);
    const data = {
      token,
      sender: senderView(sender),
      notice: notice && `preferences.notice.${notice}`,
      digest: digestOfTopics(topics),
      topics: topics.map(({ topic, choices }) => ({
        id: topic.id,
        name: localize(topic.name, locale),
        description: localize(topic.description, locale),
        choices: choices.map(choice => ({
          value: valueOf(choice),
          ticked: isGranted(choice),
          label: this.renderer.strings.text(locale, `preferences.channel.${choice.channel}`),
        })),
      })),
    };
    return this.renderer.render('preferences', locale, data, notice === 'unread' ? 400 : 200);
  }

  async press(visit: Visit, form: Form): Promise<Page> {
    const action = form.one('action');
    if (action === 'all') {
      const button = visit.contact ? 'preferences.everything' : 'unsubscribe.all';
      return this.unsubscribe.withdrawAll(visit, 'preference_page', button);
    }
    if (!visit.contact) return this.#gone(visit);
    try {
      if (action === 'save') return await this.#save(visit, form);
      if (action === 'again') return await this.#again(visit, form);
    } catch (error) {
      // The contact, or its phone, was removed since the page was shown.
      if (error instanceof DomainError && lostCodes.has(error.code)) return this.#gone(visit);
      throw error;
    }
    return this.show(visit, 'unread');
  }

  async #save(visit: Visit, form: Form): Promise<Page> {
    const topics = await this.#topics(visit);
    const choices = topics.flatMap(topic => topic.choices);
    const posted = { want: form.all('want'), shown: form.all('shown') };
    const { withdraw, grant } = preferenceChanges(choices, await this.#granted(visit), posted);
    // What is taken back comes first and stands alone: it must not be lost when a consent cannot be recorded.
    for (const choice of withdraw) await this.#withdraw(visit, choice, this.#wording(visit, choice.wording));
    if (grant.length > 0 && form.one('wording') !== digestOfTopics(topics))
      return this.show(visit, 'changed');
    for (const choice of grant) await this.#grant(visit, choice, this.#wording(visit, choice.wording));
    return this.show(visit, withdraw.length + grant.length > 0 ? 'saved' : 'same');
  }

  async #again(visit: Visit, form: Form): Promise<Page> {
    const { link, locale, topic, sender, token } = visit;
    const offer = this.again.of(visit);
    if (form.one('wording') !== offer.digest) return this.show(visit, 'changed');
    if (!(await this.#granted(visit))(link)) await this.#grant(visit, link, offer.wording);
    return this.renderer.render('resubscribed', locale, {
      token,
      sender: senderView(sender),
      topic: localize(topic.name, locale),
      lead: `resubscribed.lead.${link.channel}`,
    });
  }

  #gone(visit: Visit): Page {
    return this.renderer.render('gone', visit.locale, { sender: senderView(visit.sender) });
  }

  async #withdraw(visit: Visit, { topicId, channel }: Choice, wording: Wording): Promise<void> {
    const { link } = visit;
    await this.consents.withdraw({
      contactId: link.contactId,
      // The link proves one address; on the other channel the ledger finds the contact's own.
      ...(channel === link.channel ? { addressHash: { channel, hash: link.addressHash } } : {}),
      scope: { kind: 'topic', topicId, channel },
      evidence: evidenceOf(visit, 'preference_page', wording),
      actor: actorOf(visit),
    });
  }

  async #grant(visit: Visit, { topicId, channel }: Choice, wording: Wording): Promise<void> {
    await this.consents.grant({
      ...{
        contactId: visit.link.contactId,
        channel,
        topicId,
        basis: 'express',
        occurredAt: null,
        expiresAt: null,
      },
      evidence: evidenceOf(visit, 'preference_page', wording),
      actor: actorOf(visit),
    });
  }

  async #granted({ link }: Visit): Promise<(choice: Choice) => boolean> {
    const states = await this.consents.states(link.contactId);
    const now = this.clock.now();
    return ({ channel, topicId }) => isSubscribed(states, channel, topicId, now);
  }

  /** Every topic of the sender with a box for each channel the person can be reached on, and the words beside it. */
  async #topics({ sender, locale, contact }: Visit): Promise<TopicChoices[]> {
    const { strings } = this.renderer;
    const addresses: Record<Channel, string | null> = {
      email: contact?.email ?? null,
      sms: contact?.phone ?? null,
    };
    const statement = strings.text(locale, 'preferences.statement', { sender: senderName(sender) });
    const save = strings.text(locale, 'preferences.save');
    const topics = await this.senders.topicsOf(sender.id);
    return topics.map(topic => ({
      topic,
      choices: channels
        .filter(channel => addresses[channel] !== null)
        .map(channel => {
          const label = strings.text(locale, `preferences.channel.${channel}`);
          const lines = [localize(topic.name, locale), localize(topic.description, locale), `☑ ${label}`];
          const wording = [...lines.filter(line => line !== ''), statement, `[${save}]`].join('\n');
          return { topicId: topic.id, channel, wording };
        }),
    }));
  }

  #wording({ locale }: Visit, text: string): Wording {
    return { text, version: this.renderer.strings.text(locale, 'preferences.version') };
  }
}

const lostCodes = new Set(['CONTACT_NOT_FOUND', 'ADDRESS_MISSING']);

function digestOfTopics(topics: TopicChoices[]): string {
  return digestOf(topics.flatMap(({ choices }) => choices.map(({ wording }) => wording)));
}
