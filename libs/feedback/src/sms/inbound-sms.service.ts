import { Inject, Injectable } from '@nestjs/common';
import { AddressHasher, Clock, LOGGER, type Logger, toLocale } from '#common';
import { ErasedAddressesService, type Sender, SendersService } from '#consent';
import { Database } from '#database';
import { SmsSourcesService, type SourceOfSender } from '#sending';
import { type NewFeedback } from '../feedback.js';
import { FeedbackRepository } from '../feedback.repository.js';
import { type Asked, type InboundSms, whatIsAsked } from './inbound-sms.js';
import { InboundSmsRepository, type Writer } from './inbound-sms.repository.js';
import { answerLocale, answerText, isAnsweredByProvider } from './sms-answer.js';
import { SmsKeywordsService } from './sms-keywords.service.js';
import { SmsRequests } from './sms-requests.js';
import { PROVIDER } from './twilio-call.js';

/** Whoever stops twice in a row within this time is told once. */
const ONCE_WITHIN_MS = 24 * 3_600_000;

/**
 * SMS that people send to numbers of ours. All that follows is done when the call is answered: a stop that was taken is
 * obeyed by the next attempt.
 */
@Injectable()
export class InboundSmsService {
  constructor(
    private readonly db: Database,
    private readonly sources: SmsSourcesService,
    private readonly senders: SendersService,
    private readonly erased: ErasedAddressesService,
    private readonly keywords: SmsKeywordsService,
    private readonly repository: InboundSmsRepository,
    private readonly feedback: FeedbackRepository,
    private readonly requests: SmsRequests,
    private readonly hasher: AddressHasher,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @returns what is written back; null: nothing */
  async take(sms: InboundSms): Promise<string | null> {
    const { from } = sms;
    const sources = await this.#sourcesOf(sms);
    if (from === null || sources.length === 0) {
      const why = from === null ? 'from what is no phone' : 'to a number that is no sender’s';
      this.logger.warn({ messageSid: sms.messageSid }, `an SMS came ${why}; nothing is kept of it`);
      return null;
    }
    return this.db.transaction(() => this.#take(sms, from, sources));
  }

  async #take(sms: InboundSms, from: string, sources: readonly SourceOfSender[]): Promise<string | null> {
    const now = this.clock.now();
    const asked = whatIsAsked(sms, await this.keywords.ofPhone(from));
    const writer = await this.repository.writer(from);
    const hash = this.hasher.hash('sms', from);
    const senderIds = [...new Set(sources.map(({ senderId }) => senderId))].sort((a, b) => a - b);
    const last = writer ? await this.repository.lastMessages(writer.contactId, hash, senderIds) : [];
    const hasStopped = await this.repository.hasStopped(
      from,
      senderIds,
      new Date(now.getTime() - ONCE_WITHIN_MS),
    );
    const isErased = writer === null && (await this.erased.everErased('sms', hash));
    const kept = await this.feedback.insert(
      senderIds.map(senderId => {
        const dispatchId = last.find(message => message.senderId === senderId)?.dispatchId ?? null;
        return toFeedback({ sms, from, asked, writer, senderId, dispatchId, isErased, now });
      }),
      now,
    );
    let isChanged = false;
    for (const id of kept) {
      const row = await this.feedback.find(id);
      if (!row) continue;
      const changed = await this.requests.act(row, from, ACTOR, {
        messageSid: sms.messageSid,
        to: sms.to,
      });
      if (!changed) await this.repository.forward(id, now);
      isChanged ||= changed;
    }
    const { command } = asked;
    // The same call again is answered, and no second message follows.
    if (kept.length === 0 || command === 'none' || command === 'ambiguous') return null;
    if (isAnswered(sms, sources) || (command === 'stop' && hasStopped) || !isChanged) return null;
    const sender = await this.senders.get(last[0]?.senderId ?? (senderIds[0] as number));
    return answerText(command, sender, this.#localeOf(writer, sms, sender));
  }

  /** By the number and by the Messaging Service it belongs to; nobody can answer a name. */
  async #sourcesOf({ to, serviceSid }: InboundSms): Promise<SourceOfSender[]> {
    const found = await this.sources.withValue(to);
    const ofService = serviceSid === null ? [] : await this.sources.withValue(serviceSid);
    return [...found, ...ofService].filter(({ kind }) => kind !== 'name');
  }

  #localeOf(writer: Writer | null, { text }: InboundSms, sender: Sender): 'ar' | 'en' {
    return answerLocale(writer?.locale ?? null, text, toLocale(sender.defaultLocale));
  }
}

const ACTOR = `sms:${PROVIDER}`;

/** One confirmation is enough: where Twilio wrote one, or says that it did, we write none. */
function isAnswered({ optOutType, text }: InboundSms, sources: readonly SourceOfSender[]): boolean {
  return (
    optOutType !== null || (sources.some(source => source.providerAnswers) && isAnsweredByProvider(text))
  );
}

/** Of somebody who was erased neither what they write nor from where is kept. */
function toFeedback(known: {
  sms: InboundSms;
  from: string;
  asked: Asked;
  writer: Writer | null;
  senderId: number;
  dispatchId: number | null;
  isErased: boolean;
  now: Date;
}): NewFeedback {
  const { sms, from, asked, writer, senderId, dispatchId, isErased, now } = known;
  return {
    ...{ source: PROVIDER, sourceEventId: `${sms.messageSid}/${senderId}`, channel: 'sms', senderId },
    ...{ kind: asked.kind, reason: asked.reason, heldFor: isErased ? null : asked.heldFor },
    key: writer && dispatchId !== null ? { dispatchId, contactId: writer.contactId } : null,
    contactId: writer?.contactId ?? null,
    ...(isErased ? {} : { detail: sms.text, from }),
    ...{ occurredAt: now, isActedUpon: true },
  };
}
