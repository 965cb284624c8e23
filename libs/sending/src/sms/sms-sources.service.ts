import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, type ErrorDetail, formatId } from '#common';
import { LawInForce, type LawsNow, SendersService } from '#consent';
import { Database } from '#database';
import { type Rate } from '../pacing/rate.js';
import { TokenBucketRepository } from '../pacing/token-bucket.repository.js';
import { kindOfSource, LONGEST_NAME, markedName, type SourceOfSender, usualRate } from './sms-source.js';
import { SmsSourceRepository } from './sms-source.repository.js';

/** As people write a source; what is left out is as usual for its kind. */
export interface SourceDraft {
  country: string | null;
  from: string;
  rate?: Rate | null | undefined;
  providerAnswers?: boolean | undefined;
}

/** Whom a sender's SMS come from. */
@Injectable()
export class SmsSourcesService {
  constructor(
    private readonly db: Database,
    private readonly repository: SmsSourceRepository,
    private readonly senders: SendersService,
    private readonly laws: LawInForce,
    private readonly buckets: TokenBucketRepository,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError SENDER_NOT_FOUND */
  async of(senderId: number): Promise<SourceOfSender[]> {
    await this.senders.get(senderId);
    return this.repository.ofSender(senderId);
  }

  /** Whose a number or a Messaging Service is, that somebody wrote to. */
  withValue(value: string): Promise<SourceOfSender[]> {
    return this.repository.withValue(value);
  }

  /**
   * Sets all of a sender's sources, and how fast each may send: a number that several senders use has one speed, the last one
   * set.
   * @throws DomainError SENDER_NOT_FOUND, SMS_SOURCES_INVALID telling what is wrong with each
   */
  async set(senderId: number, drafts: readonly SourceDraft[], actor: string): Promise<SourceOfSender[]> {
    const laws = await this.laws.now();
    const faults = drafts.flatMap((draft, at) => faultsOf(draft, at, drafts, laws));
    if (faults.length > 0) throw invalid(faults);
    const sources = drafts.map(draft => toSource(senderId, draft));
    await this.db.transaction(async () => {
      await this.senders.get(senderId);
      const gone = await this.repository.replace(senderId, sources, this.clock.now());
      // In the order of their keys, in which workers lock them too.
      const rates = new Map<string, Rate | null>(gone.map(value => [value, null]));
      for (const { value, rate } of sources) rates.set(value, rate);
      for (const [source, rate] of [...rates].sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (rate) await this.buckets.setRate({ scope: 'source', source }, rate);
        else await this.buckets.clearRate({ scope: 'source', source });
      }
      const detail = { sources: sources.map(({ country, kind, rate }) => ({ country, kind, rate })) };
      await this.audit.record(actor, 'sender.sms-sources-set', formatId('sender', senderId), detail);
    });
    return this.repository.ofSender(senderId);
  }
}

function toSource(senderId: number, { country, from, rate, providerAnswers }: SourceDraft): SourceOfSender {
  const kind = kindOfSource(from) ?? 'name';
  return {
    // As Twilio writes it, so that it is found by what people answered to.
    ...{ senderId, country, kind, value: kind === 'service' ? `MG${from.slice(2).toLowerCase()}` : from },
    rate: rateOf({ from, rate }, kind),
    // Nobody can answer a name; of the others Twilio answers "STOP" unless it was told not to.
    providerAnswers: kind !== 'name' && providerAnswers !== false,
  };
}

function rateOf(
  { from, rate }: Pick<SourceDraft, 'from' | 'rate'>,
  kind: SourceOfSender['kind'],
): Rate | null {
  return rate === undefined ? usualRate(kind, from) : rate;
}

function isSameRate(one: Rate | null, other: Rate | null): boolean {
  return one?.messages === other?.messages && one?.per === other?.per;
}

function faultsOf(draft: SourceDraft, at: number, all: readonly SourceDraft[], laws: LawsNow): ErrorDetail[] {
  const { country, from } = draft;
  const fault = (path: string, code: string, message: string): ErrorDetail => ({
    path: `sources.${at}.${path}`,
    code,
    message,
  });
  const faults: ErrorDetail[] = [];
  if (all.findIndex(other => other.country === country) < at)
    faults.push(fault('country', 'REPEATED', 'This country has a source already; name each once.'));
  const kind = kindOfSource(from);
  const sameSource = all.slice(0, at).find(other => other.from === from);
  if (kind !== null && sameSource && !isSameRate(rateOf(sameSource, kind), rateOf(draft, kind)))
    faults.push(
      fault(
        'rate',
        'RATES_DIFFER',
        'One number has one speed, wherever it sends to; give it the same each time.',
      ),
    );
  if (kind === null)
    return [
      ...faults,
      fault(
        'from',
        'NOT_A_SOURCE',
        `It is neither a number (+15005550006), a Messaging Service (MG…) nor a name of up to ${LONGEST_NAME} Latin letters, digits, spaces or & + _ - with at least one letter.`,
      ),
    ];
  if (kind !== 'name') return faults;
  if (country === 'US' || country === 'CA')
    faults.push(fault('from', 'NAME_NOT_ALLOWED', 'Phones there take no SMS from a name; use a number.'));
  const mark = laws.of(country)['mark.smsSender'].value;
  const marked = markedName(from, mark);
  if (marked.length > LONGEST_NAME) {
    const message = `As an advertisement there it has to be "${marked}", which has more than ${LONGEST_NAME} characters. Choose a name of at most ${LONGEST_NAME - mark.prefix.length - mark.suffix.length}.`;
    faults.push(fault('from', 'NAME_TOO_LONG', message));
  }
  return faults;
}

function invalid(details: ErrorDetail[]): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'SMS_SOURCES_INVALID',
    message: 'These cannot be what SMS come from; the details say why.',
    details,
  });
}
