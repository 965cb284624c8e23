import { Injectable } from '@nestjs/common';
import { Clock, localize } from '#common';
import { ConsentsService, type WithdrawalScope } from '#consent';
import { AgainOffer } from './again-offer.js';
import { type Form } from './form-body.js';
import { type Page, PageRenderer } from './page-renderer.js';
import { isSubscribed } from './preference-choices.js';
import { senderName, senderView } from './sender-view.js';
import { actorOf, evidenceOf, type PageMethod, type Wording } from './visit-evidence.js';
import { type Visit } from './visits.service.js';

const WORDING_VERSION = 'unsubscribe-1';

/** The page behind "unsubscribe", and the endpoint that mail programs press by themselves (RFC 8058). */
@Injectable()
export class UnsubscribePage {
  constructor(
    private readonly consents: ConsentsService,
    private readonly renderer: PageRenderer,
    private readonly again: AgainOffer,
    private readonly clock: Clock,
  ) {}

  async show(visit: Visit): Promise<Page> {
    const { link, contact, locale } = visit;
    const subscribed = contact
      ? isSubscribed(await this.consents.states(contact.id), link.channel, link.topicId, this.clock.now())
      : true;
    return this.renderer.render('unsubscribe', locale, {
      ...this.#common(visit),
      subscribed,
      heading: `unsubscribe.heading.${link.channel}`,
      lead: `unsubscribe.lead.${link.channel}`,
      already: `unsubscribe.already.${link.channel}`,
    });
  }

  /**
   * Unsubscribes, whatever was posted. Who posts to an unsubscribe URL wants to be unsubscribed: a receiver that
   * mangles RFC 8058's one pair, sends it in a form we cannot read or sends nothing must not leave a person
   * subscribed, and nothing worse can come of it. A form can only widen it (`action=all`); nothing posted here grants.
   * Recorded anew each time: a consent dated between two presses must not outlive the second.
   */
  async press(visit: Visit, form: Form): Promise<Page> {
    const action = form.isOneClick ? undefined : form.one('action');
    if (action === 'all') return this.withdrawAll(visit, 'unsubscribe_page', 'unsubscribe.all');
    const { link, locale } = visit;
    const scope: WithdrawalScope = { kind: 'topic', topicId: link.topicId, channel: link.channel };
    if (action !== 'topic') {
      await this.#withdraw(visit, scope, 'one_click', null, { pair: form.isOneClick });
      return {
        status: 200,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: 'Unsubscribed.\n',
      };
    }
    await this.#withdraw(visit, scope, 'unsubscribe_page', this.#wording(visit, 'unsubscribe.topic'));
    return this.renderer.render('unsubscribed', locale, {
      ...this.#common(visit),
      everything: false,
      known: visit.contact !== null,
      again: visit.contact && this.again.of(visit),
      heading: `unsubscribed.heading.${link.channel}`,
      lead: 'unsubscribed.lead.topic',
    });
  }

  /** Takes back every topic of the sender on every channel. @param button the key of the words on the button. */
  async withdrawAll(visit: Visit, method: PageMethod, button: string): Promise<Page> {
    const scope: WithdrawalScope = { kind: 'everything', senderId: visit.sender.id };
    await this.#withdraw(visit, scope, method, this.#wording(visit, button));
    return this.renderer.render('unsubscribed', visit.locale, {
      ...this.#common(visit),
      everything: true,
      known: visit.contact !== null,
      again: null,
      heading: 'unsubscribed.heading.all',
      lead: 'unsubscribed.lead.all',
    });
  }

  async #withdraw(
    visit: Visit,
    scope: WithdrawalScope,
    method: PageMethod,
    wording: Wording | null,
    more?: Record<string, unknown>,
  ): Promise<void> {
    const { contactId, channel, addressHash } = visit.link;
    await this.consents.withdraw({
      contactId,
      addressHash: { channel, hash: addressHash },
      scope,
      evidence: { ...evidenceOf(visit, method, wording), more },
      actor: actorOf(visit),
    });
  }

  #wording({ locale, topic, sender }: Visit, button: string): Wording {
    const values = { topic: localize(topic.name, locale), sender: senderName(sender) };
    return { text: this.renderer.strings.text(locale, button, values), version: WORDING_VERSION };
  }

  #common({ token, locale, topic, sender }: Visit): Record<string, unknown> {
    return { token, topic: localize(topic.name, locale), sender: senderView(sender) };
  }
}
