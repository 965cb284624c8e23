import { Inject, Injectable } from '@nestjs/common';
import { Clock, type Locale, LOGGER, type Logger } from '#common';
import { type Sender, SendersService } from '#consent';
import { type JobHandler } from '#queue';
import { formatMessageId, ReturnAddresses, SingleMailPacer } from '#sending';
import { escapeHtml } from '#templates';
import { EMAIL_TRANSPORT, type EmailTransport, type Outcome, type OutgoingEmail } from '#transports';
import { type ForwardableReply, ReplyRepository } from './reply.repository.js';

/** Replies of one pass. */
const MOST = 100;
/** Waits between tries in seconds; after the last one a person has to look at the timeline. */
const WAITS = [60, 300, 1800, 7200, 21_600, 86_400];

type Words = Record<'wrote' | 'wroteBySms', (who: string) => string> &
  Record<'about' | 'subject' | 'smsSubject' | 'byPhone', string>;

const words: Record<Locale, Words> = {
  en: {
    ...{ wrote: who => `${who} replied to your message:`, about: 'Their message', subject: 'Reply' },
    ...{ wroteBySms: who => `${who} wrote to your number by SMS:`, smsSubject: 'Reply by SMS' },
    byPhone: 'An answer to this mail does not reach them; call them, or write to their phone.',
  },
  ar: {
    ...{ wrote: who => `ردّ ${who} على رسالتك:`, about: 'الرسالة', subject: 'رد' },
    ...{ wroteBySms: who => `أرسل ⁦${who}⁩ رسالة نصية إلى رقمك:`, smsSubject: 'رد برسالة نصية' },
    byPhone: 'الرد على هذا البريد لا يصل إليه، فيُرجى الاتصال به أو مراسلته على هاتفه.',
  },
};

/**
 * Passes on what people write back to the address that the sender named for it. Claimed before it is sent, so that a crash
 * does not send it twice; what is not passed on stays on the contact's timeline.
 */
@Injectable()
export class ForwardRepliesHandler implements JobHandler<'forward-replies'> {
  readonly job = 'forward-replies';

  constructor(
    private readonly replies: ReplyRepository,
    private readonly senders: SendersService,
    private readonly returns: ReturnAddresses,
    private readonly pacer: SingleMailPacer,
    private readonly clock: Clock,
    @Inject(EMAIL_TRANSPORT) private readonly transport: EmailTransport,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  handle(): Promise<void> {
    return this.sweep();
  }

  async sweep(stop?: AbortSignal): Promise<void> {
    for (let sent = 0; sent < MOST && stop?.aborted !== true; sent++) {
      const reply = await this.replies.claim(this.clock.now(), WAITS);
      if (!reply) return;
      await this.#forward(reply);
    }
  }

  async #forward(reply: ForwardableReply): Promise<void> {
    const sender = await this.senders.get(reply.senderId);
    const grant = this.senders.contactGrant(sender);
    // To an address of ours it would come back to us, for ever.
    if (!grant || !sender.fromEmail || this.returns.isOurs(grant.address)) {
      await this.replies.giveUp(reply.id);
      return;
    }
    const turn = await this.pacer.takeOne({ senderId: sender.id, fromEmail: sender.fromEmail, urgent: true });
    if (turn.waitMs > 0) return;
    let outcome: Outcome;
    try {
      outcome = await this.transport.send(this.#compose(reply, sender, grant.address), grant);
    } catch (error) {
      this.logger.error({ feedback: reply.id, err: error }, 'a reply could not be passed on');
      return;
    }
    if (outcome.state === 'accepted') await this.replies.markForwarded(reply.id, this.clock.now());
    else if (outcome.state !== 'deferred') await this.replies.giveUp(reply.id);
  }

  #compose(reply: ForwardableReply, sender: Sender, to: string): OutgoingEmail {
    const locale = sender.defaultLocale;
    const { wrote, wroteBySms, about, subject, smsSubject, byPhone } = words[locale];
    const isSms = reply.channel === 'sms';
    const fromEmail = sender.fromEmail ?? '';
    const who = reply.from ?? '?';
    const intro = isSms ? wroteBySms(who) : wrote(who);
    const foot = [
      ...(isSms ? [byPhone] : []),
      ...(reply.key ? [`${about}: ${formatMessageId(reply.key)}`] : []),
    ].join('\n');
    const text = `${intro}\n\n${reply.text}\n\n-- \n${foot}\n`;
    return {
      from: { name: sender.fromName, address: fromEmail },
      envelopeFrom: fromEmail,
      to: { name: null, address: to },
      // Whoever answers answers the person, and not the program: with an address of ours there two programs would talk.
      replyTo: isSms || reply.from === null || this.returns.isOurs(reply.from) ? null : reply.from,
      subject: reply.subject?.trim() || (isSms ? smsSubject : subject),
      text,
      html: `<div dir="auto" style="white-space:pre-wrap">${escapeHtml(text)}</div>`,
      messageId: `<reply-${reply.id}-${reply.key?.dispatchId ?? 0}@${fromEmail.slice(fromEmail.lastIndexOf('@') + 1)}>`,
      date: this.clock.now(),
      ...{ listUnsubscribe: null, listId: null, feedbackId: null, autoSubmitted: true, language: locale },
    };
  }
}
