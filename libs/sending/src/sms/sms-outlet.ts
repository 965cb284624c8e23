import { DomainError, messageOf } from '#common';
import { type MessageSubjects } from '#templates';
import { closedBy, type Outcome, type OutgoingSms, type SmsTransport } from '#transports';
import { type Allowed } from '../attempt.repository.js';
import { type Outlet, type Preparation, type Prepared } from '../outlet.js';
import { renderFailure, type Settlement, unaffordable, withoutSource } from '../settlement.js';
import { type RefusedSms } from './sms-closure.js';
import { type SmsClosuresService } from './sms-closures.service.js';
import { type SmsComposer, type SmsJob } from './sms-composer.js';
import { type SmsPurse } from './sms-purse.js';

/** After how long a country that has no source is looked at again, in milliseconds. */
const SOURCE_AGAIN_MS = 10 * 60_000;

/** A message that knows what it comes from, and since when it was about to leave. */
type PreparedSms = Prepared<OutgoingSms> & { from?: { source: string; sentAt: Date } };

/** SMS are made together, so that what they cost is known before the first of them leaves. */
export class SmsOutlet implements Outlet<OutgoingSms> {
  readonly channel = 'sms';
  readonly fromEmail = null;
  /** What was refused for a setting and is yet to be told. */
  #refused: RefusedSms[] = [];

  constructor(
    readonly transport: SmsTransport,
    readonly limits: readonly string[],
    private readonly composer: SmsComposer,
    private readonly job: SmsJob,
    private readonly purse: SmsPurse,
    private readonly subjects: MessageSubjects,
    private readonly composed: (seconds: number) => void,
    private readonly now: () => Date,
    private readonly closures: Pick<SmsClosuresService, 'refused'>,
  ) {}

  async prepare(people: readonly Allowed[]): Promise<Preparation<OutgoingSms>> {
    const settled: Settlement[] = [];
    const made: (PreparedSms & { cost: number | null })[] = [];
    const { dispatch, template } = this.job;
    const ids = people.map(({ contactId }) => contactId);
    const about = await this.subjects.of(template, ids, { dispatchId: dispatch.id });
    for (const person of people) {
      const began = performance.now();
      try {
        const { sms, endsAt, rendered, source } = this.composer.compose(
          ...([this.job, person, about(person.contactId)] as const),
        );
        const from = { source: source.value, sentAt: this.now() };
        const { parts } = rendered.size;
        const price = this.purse.priceOf(person.phoneCountry, source.value);
        const cost = price === null ? null : price * parts;
        made.push({ person, make: () => this.composer.timed(sms, endsAt), endsAt, parts, cost, from });
      } catch (error) {
        settled.push(this.#unmade(person, error));
      }
      this.composed((performance.now() - began) / 1000);
    }
    const { taken, retryAt, isSpent } = await this.purse.take(made.map(({ cost }) => cost));
    const ready = made.filter((_, at) => taken[at]);
    for (const { person } of made.filter((_, at) => !taken[at]))
      settled.push(unaffordable(person.contactId, person.attempt, retryAt));
    return { ready, settled, resumeAt: isSpent ? retryAt : null };
  }

  /** What it is sent from is set by an operator, and may be mended; what cannot be written cannot. */
  #unmade({ contactId, attempt }: Allowed, error: unknown): Settlement {
    if (error instanceof DomainError && error.code === 'SMS_SOURCE_MISSING')
      return withoutSource(contactId, attempt, new Date(this.now().getTime() + SOURCE_AGAIN_MS));
    return renderFailure(contactId, attempt, messageOf(error));
  }

  saw({ person, from }: PreparedSms, outcome: Outcome): void {
    if (!('code' in outcome) || outcome.code === null || closedBy(outcome.code) === null || !from) return;
    this.#refused.push({ ...from, country: person.phoneCountry, code: outcome.code });
  }

  async settled(results: readonly Settlement[]): Promise<void> {
    const unspent = results
      .filter(({ state }) => state === 'deferred' || state === 'rejected')
      .reduce((sum, { cost }) => sum + (cost ?? 0), 0);
    if (unspent > 0) await this.purse.giveBack(unspent);
    const refused = this.#refused.splice(0);
    if (refused.length > 0) await this.closures.refused(refused);
  }
}
