import { Inject, Injectable } from '@nestjs/common';
import { Clock, localize, TokenSigner, toLocale } from '#common';
import { CONFIG, type Config } from '#config';
import { type Sender, type Topic, SubscriptionLinks } from '#consent';
import {
  type CompiledTemplate,
  type LinkMarking,
  type MessageSubject,
  type SenderIdentity,
} from '#templates';
import { type OutgoingEmail } from '#transports';
import { type Allowed } from './attempt.repository.js';
import { type Dispatch } from './dispatch.js';
import { EngagementLinks } from './engagement-link.js';
import { messageIdHeader } from './message-key.js';
import { ReturnAddresses } from './return-address.js';

/** What all messages of a dispatch share, loaded once. */
export interface EmailJob {
  dispatch: Dispatch;
  sender: Sender & Required<Pick<SenderIdentity, 'faq'>>;
  topic: Topic;
  template: CompiledTemplate;
}

/** Makes one person's mail: the rendered template, the legal headers, the links that only this person has. */
@Injectable()
export class EmailComposer {
  readonly #measured: EngagementLinks;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly signer: TokenSigner,
    private readonly links: SubscriptionLinks,
    private readonly returns: ReturnAddresses,
    private readonly clock: Clock,
  ) {
    this.#measured = new EngagementLinks(signer);
  }

  /**
   * @param subject what it is about; undefined: its template names nothing of it
   * @throws DomainError RENDER_FAILED: definite, nothing was sent.
   */
  compose(
    { dispatch, sender, topic, template }: EmailJob,
    person: Allowed,
    subject?: MessageSubject,
  ): OutgoingEmail {
    const fromEmail = sender.fromEmail ?? '';
    const domain = fromEmail.slice(fromEmail.lastIndexOf('@') + 1);
    const token = this.links.sign({
      contactId: person.contactId,
      channel: 'email',
      topicId: topic.id,
      addressHash: person.addressHash,
      dispatchId: dispatch.id,
    });
    const unsubscribeUrl = `${this.config.publicUrl}/u/${token}`;
    const preferencesUrl = `${this.config.publicUrl}/p/${token}`;
    const rendered = template.renderPieces(person, {
      sender,
      messageClass: dispatch.messageClass,
      campaignName: dispatch.name,
      subject,
      unsubscribeUrl,
      preferencesUrl,
      reason: { topicName: topic.name, basis: person.basis, since: person.consentSince },
      tracking: person.tracking,
      marking: this.#marking(dispatch, person),
    });
    // Nobody subscribes to what is transactional: it is no list, and a mail program must not offer a way out of it.
    const isSubscribed = dispatch.messageClass !== 'transactional';
    const locale = toLocale(rendered.locale, sender.defaultLocale);
    const key = { dispatchId: dispatch.id, contactId: person.contactId };
    const messageId = messageIdHeader(this.signer, key, domain);
    const name = [person.firstName, person.lastName].filter(part => part?.trim()).join(' ');
    return {
      from: { name: sender.fromName, address: fromEmail },
      envelopeFrom: this.returns.of('bounce', key) ?? fromEmail,
      to: { name: name === '' ? null : name, address: person.address },
      replyTo: this.returns.of('reply', key) ?? sender.replyTo ?? sender.contactEmail,
      subject: rendered.subject,
      html: rendered.html,
      text: rendered.text,
      messageId,
      // Of the message key too, and like no other installation's: what comes before the domain, which may change.
      idempotencyKey: messageId.slice(1, messageId.indexOf('@')),
      date: this.clock.now(),
      // RFC 8058 section 3.1: exactly one HTTPS address, the final one, that no redirect follows.
      listUnsubscribe: isSubscribed
        ? { url: unsubscribeUrl, mailto: this.returns.of('unsubscribe', key) }
        : null,
      // RFC 2919: stable for the stream, under a domain the sender owns.
      listId: !isSubscribed
        ? null
        : { name: localize(topic.name, locale), id: `${topic.key}.${sender.key}.${domain}` },
      // Gmail's feedback loop: no value that names a person; the last field is stable, 5 to 15 characters.
      feedbackId: `d${dispatch.id}:${topic.key}:${dispatch.messageClass}:${feedbackSender(sender.key)}`,
      autoSubmitted: dispatch.messageClass !== 'marketing',
      language: locale,
    };
  }

  /** Rendering decides which of these addresses stand in the mail, by the person's `tracking`. */
  #marking(dispatch: Dispatch, { contactId, tracking }: Allowed): LinkMarking | null {
    if (dispatch.utm === null && !tracking.opens && !tracking.links) return null;
    const { publicUrl } = this.config;
    const key = { dispatchId: dispatch.id, contactId };
    return {
      utm: dispatch.utm,
      ourPages: publicUrl,
      clickUrl: (link, of, destination) =>
        `${publicUrl}/l/${this.#measured.signClick({ ...key, link, of, destination })}`,
      openUrl: () => `${publicUrl}/o/${this.#measured.signOpen(key)}`,
    };
  }
}

function feedbackSender(key: string): string {
  return `ithn-${key}`.slice(0, 15);
}
