import { Injectable } from '@nestjs/common';
import { Clock, formatId, type Locale, localize, toLocale } from '#common';
import {
  type Confirmation,
  type ConfirmationPress,
  type ConfirmationRequest,
  ConfirmationsService,
  type Sender,
  SendersService,
  SubscriptionLinks,
} from '#consent';
import { type Form, FormsService, SignUpsService } from '#sign-ups';
import { type Form as PostedForm } from './form-body.js';
import { dayInWords, listInWords } from './page-dates.js';
import { type Page, PageRenderer } from './page-renderer.js';
import { senderName, senderView, webAddress } from './sender-view.js';
import { type Visitor } from './visitor.js';

/** All that the page of one request speaks of. */
interface Asked {
  request: ConfirmationRequest;
  form: Form;
  sender: Sender;
  locale: Locale;
  /** The sentence beside each box that was ticked. */
  sentences: Map<number, string>;
}

/**
 * Behind the link of a confirmation mail. Opening it shows what would be subscribed and changes nothing: mail scanners
 * open links. One press answers, once; after that the page tells how things stand.
 */
@Injectable()
export class OptInPage {
  constructor(
    private readonly confirmations: ConfirmationsService,
    private readonly signUps: SignUpsService,
    private readonly forms: FormsService,
    private readonly senders: SendersService,
    private readonly links: SubscriptionLinks,
    private readonly renderer: PageRenderer,
    private readonly clock: Clock,
  ) {}

  /** null for a link that is not ours. */
  async show(token: string, visitor: Visitor): Promise<Page | null> {
    const confirmation = await this.confirmations.peek(token);
    return confirmation && this.#page(confirmation, visitor);
  }

  async press(token: string, visitor: Visitor, posted: PostedForm): Promise<Page | null> {
    const peeked = await this.confirmations.peek(token);
    if (!peeked) return null;
    const action = posted.one('action');
    // A press that cannot be read answers nothing: the page with its two buttons comes again.
    if (action !== 'confirm' && action !== 'refuse') return this.#page(peeked, visitor, 400);
    const press = this.#press(await this.#asked(peeked.request, visitor), visitor, action);
    const answered =
      action === 'confirm'
        ? await this.signUps.confirm(token, press)
        : await this.confirmations.refuse(token, press);
    return answered && this.#page(answered, visitor);
  }

  async #asked(request: ConfirmationRequest, visitor: Visitor): Promise<Asked> {
    const form = await this.forms.get(request.formId, request.formVersion);
    const sender = await this.senders.get(request.senderId);
    const locale = visitor.chosenLocale ?? toLocale(request.locale, sender.defaultLocale);
    const sentences = new Map(
      form.wording.choices
        .filter(({ topicId, channel }) => channel === request.channel && request.topicIds.includes(topicId))
        .map(({ topicId, consent }) => [topicId, localize(consent, locale)]),
    );
    return { request, form, sender, locale, sentences };
  }

  /** What is kept of the press: the page as it was read. */
  #press(asked: Asked, visitor: Visitor, action: 'confirm' | 'refuse'): ConfirmationPress {
    const { strings } = this.renderer;
    const { locale, form, sentences, sender } = asked;
    const button = strings.text(locale, action === 'confirm' ? 'optIn.button' : 'optIn.refuse');
    return {
      textOf: topicId =>
        [
          strings.text(locale, 'optIn.heading', { sender: senderName(sender) }),
          sentences.get(topicId) ?? '',
          ...(action === 'confirm' ? [strings.text(locale, 'optIn.statement')] : []),
          `[${button}]`,
        ].join('\n'),
      textVersion: `${formatId('form', form.id)}@${asked.request.formVersion}+${strings.text(locale, 'optIn.version')}`,
      locale,
      privacyNoticeVersion: form.wording.privacyNoticeVersion ?? undefined,
      ip: visitor.ip,
      userAgent: visitor.userAgent,
    };
  }

  async #page(confirmation: Confirmation, visitor: Visitor, status = 200): Promise<Page> {
    const asked = await this.#asked(confirmation.request, visitor);
    const { request, form, sender, locale } = asked;
    const common = { sender: senderView(sender) };
    const day = (time: Date): string => dayInWords(time, locale, sender.timeZone);
    switch (confirmation.status) {
      case 'pending':
        return this.renderer.render(
          'opt-in',
          locale,
          {
            ...common,
            email: request.address ?? '',
            date: day(request.requestedAt),
            sentences: [...asked.sentences.values()],
          },
          status,
        );
      case 'confirmed':
        return this.#opted(asked, confirmation.fresh, day(request.confirmedAt ?? this.clock.now()));
      case 'expired':
      case 'refused':
      case 'gone':
        return this.renderer.render('opt-in-closed', locale, {
          ...common,
          heading: `optInClosed.${confirmation.status}.heading`,
          lead: `optInClosed.${confirmation.status}.lead`,
          date: day(request.expiresAt),
          form: form.state === 'active' ? formatId('form', form.id) : null,
          icon: confirmation.status === 'refused' ? 'done' : 'lost',
        });
    }
  }

  async #opted({ request, form, sender, locale }: Asked, fresh: boolean, date: string): Promise<Page> {
    const topics: string[] = [];
    for (const topicId of request.topicIds) {
      topics.push(localize((await this.senders.getTopic(topicId)).name, locale));
    }
    const { incentive } = form.wording;
    return this.renderer.render('opted-in', locale, {
      ...{ sender: senderView(sender), fresh, date, topics: listInWords(topics, locale) },
      incentive: incentive && {
        name: localize(incentive.name, locale),
        text: localize(incentive.text, locale),
        url: webAddress(localize(incentive.url, locale) || null),
      },
      preferences: this.#preferences(request),
    });
  }

  #preferences({ contactId, channel, topicIds, addressHash }: ConfirmationRequest): string | null {
    const [topicId] = topicIds;
    if (topicId === undefined || addressHash === null) return null;
    return this.links.sign({ contactId, channel, topicId, addressHash, dispatchId: 0 });
  }
}
