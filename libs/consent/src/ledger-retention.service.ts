import { Inject, Injectable } from '@nestjs/common';
import { type Channel, Clock, LOGGER, type Logger } from '#common';
import { Database } from '#database';
import { ConsentProofRepository } from './consent-proof.repository.js';
import { LedgerConsentRecorder } from './consent-recorder.js';
import { ErasedAddressRepository } from './erased-address.repository.js';
import { LedgerRetentionRepository } from './ledger-retention.repository.js';
import { type PurgeReason } from './ledger-seal.repository.js';
import { RightsLaw } from './rights-law.js';
import { SuppressionRepository } from './suppression.repository.js';

/**
 * Events looked at in one transaction: a fraction of a second, so that nobody waits long for a contact. No more: where
 * the tables have no statistics yet, PostgreSQL holds each of them against every other.
 */
const SPAN_EVENTS = 1000;
/** Transactions of one run; the next run goes on where it ended. */
const SPANS_A_RUN = 500;
const PROOFS_AT_ONCE = 5000;

/** What was kept and what went when a person was erased. */
export interface ErasedConsent {
  /** Events that left the ledger. */
  events: number;
  /** Proofs set apart, for as long as the law keeps them. */
  proofs: number;
  /** Channels of which an address must not be written to again. */
  channels: Channel[];
}

/** How people and events leave the ledger: erased, unconfirmed, or because their time is up. */
@Injectable()
export class LedgerRetention {
  constructor(
    private readonly db: Database,
    private readonly repository: LedgerRetentionRepository,
    private readonly proofs: ConsentProofRepository,
    private readonly suppressions: SuppressionRepository,
    private readonly erased: ErasedAddressRepository,
    private readonly recorder: LedgerConsentRecorder,
    private readonly law: RightsLaw,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Takes events out of the ledger; their digests stay, so that the chain can still be proven. States of requests and
   * refusals that rest on them go too.
   * @returns how many of them there were
   * @throws Error (foreign key) when somebody's consent or withdrawal rests on one of them; then nothing is changed.
   */
  async purge(eventIds: readonly number[], reason: PurgeReason): Promise<number> {
    if (eventIds.length === 0) return 0;
    return this.db.transaction(async () => {
      await this.repository.forgetRequests(eventIds);
      return this.repository.purge(eventIds, reason, this.clock.now());
    });
  }

  /** When and why an event left the ledger; null for one that did not. */
  purgeOf(eventId: number): Promise<{ reason: PurgeReason; purgedAt: Date } | null> {
    return this.repository.purgeOf(eventId);
  }

  /**
   * Erases what the ledger and the state hold of a person, inside the caller's transaction, which holds the contact.
   * What stays: the suppression of each of their addresses and when that was, what they withdrew, and the minimal proof kept apart.
   * Works for a contact that is gone, too.
   */
  async erase(contactId: number, actor: string): Promise<ErasedConsent> {
    const now = this.clock.now();
    const addresses = await this.repository.addressesOf(contactId);
    await this.recorder.contactDeleted(contactId, actor);
    for (const { channel, hash } of addresses) {
      await this.suppressions.addErased(hash, channel, actor, now);
      await this.erased.note(hash, channel, now);
    }
    const last = addresses.filter(({ isLast }) => isLast);
    const proofs = await this.proofs.keep(contactId, last, await this.law.rules(), now);
    await this.repository.forgetStates(contactId);
    const events = await this.repository.purge(await this.repository.eventIdsOf(contactId), 'erased', now);
    return { events, proofs, channels: [...new Set(addresses.map(({ channel }) => channel))] };
  }

  /**
   * Forgets what has served its time: proofs past their retention, and events that no state rests on any more. A limited
   * piece of work at a time; two at once do not meet.
   * @param stop ends it after the step under way; the next run goes on there
   */
  async run(stop?: AbortSignal): Promise<{ proofs: number; events: number }> {
    const now = this.clock.now();
    let proofs = 0;
    for (let forgotten = PROOFS_AT_ONCE; forgotten === PROOFS_AT_ONCE;) {
      forgotten = await this.proofs.forget(now, PROOFS_AT_ONCE);
      proofs += forgotten;
    }
    let events = 0;
    for (let spans = 0; spans < SPANS_A_RUN && stop?.aborted !== true; spans++) {
      const purged = await this.#span(now);
      if (purged === null) break;
      events += purged;
    }
    if (proofs + events > 0) this.logger.info({ proofs, events }, 'what has served its time was forgotten');
    return { proofs, events };
  }

  /** One step of the walk over all contacts. null: its end, or somebody else is walking. */
  #span(now: Date): Promise<number | null> {
    return this.db.transaction(async () => {
      const from = await this.repository.position();
      if (from === null) return null;
      const to = await this.repository.spanFrom(from, SPAN_EVENTS);
      await this.repository.moveTo(to ?? 0);
      if (to === null) return null;
      const rules = await this.law.rules();
      const found = await this.repository.overdue(from, to, null, rules, now);
      if (found.eventIds.length === 0) return 0;
      // Asked again under lock: what a person does meanwhile may need an event that was not needed.
      const held = await this.repository.hold(found.contactIds);
      const due = await this.repository.overdue(from, to, held, rules, now);
      await this.repository.forgetStatesOn(due.states);
      return this.repository.purge(due.eventIds, 'retention', now);
    });
  }
}
