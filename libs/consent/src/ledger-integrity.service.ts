import { Inject, Injectable } from '@nestjs/common';
import { Clock, LOGGER, type Logger } from '#common';
import { Database } from '#database';
import { ConsentStateRepository } from './consent-state.repository.js';
import { LedgerRepository } from './ledger.repository.js';
import { type Breach, type ChainFacts, LedgerSealRepository, type Link } from './ledger-seal.repository.js';

const SEALED_AT_ONCE = 5000;
const REPORTED_AT_MOST = 100;

export interface Verification extends ChainFacts {
  intact: boolean;
  /** The first places where it is not what it was. */
  breaches: Breach[];
  /** Events that were put in around the ledger's triggers. */
  strangers: number[];
}

/** Keeps the ledger provable: links new events into the chain, walks it, and makes the state anew from it. */
@Injectable()
export class LedgerIntegrityService {
  constructor(
    private readonly db: Database,
    private readonly seals: LedgerSealRepository,
    private readonly ledger: LedgerRepository,
    private readonly projection: ConsentStateRepository,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Links every event that waits. The head goes to the log: kept there, it shows a chain that was made anew. */
  async seal(): Promise<number> {
    let total = 0;
    for (;;) {
      const sealed = await this.seals.seal(SEALED_AT_ONCE, this.clock.now());
      total += sealed;
      if (sealed < SEALED_AT_ONCE) break;
    }
    if (total > 0)
      this.logger.info({ sealed: total, head: (await this.seals.facts()).head }, 'consent ledger sealed');
    return total;
  }

  /** The links of these events, each recomputed; an event of the last moment has none yet. */
  linksOf(eventIds: readonly number[]): Promise<Link[]> {
    return this.seals.linksOf(eventIds);
  }

  /** The newest link; null while nothing is sealed. */
  head(): Promise<{ number: number; hash: string } | null> {
    return this.seals.head();
  }

  async verify(): Promise<Verification> {
    const facts = await this.seals.facts();
    const breaches = await this.seals.breaches(REPORTED_AT_MOST);
    const strangers = await this.seals.strangers(REPORTED_AT_MOST);
    return { ...facts, intact: breaches.length === 0 && strangers.length === 0, breaches, strangers };
  }

  /**
   * Makes the state anew from the ledger alone, in one transaction: the events are applied in the order in which they
   * were recorded, by the very statements that applied them then. Writers of consent wait meanwhile.
   */
  async rebuildState(): Promise<number> {
    return this.db.transaction(async () => {
      await this.projection.clearState();
      let applied = 0;
      for await (const run of this.ledger.runs()) {
        if (run.kind === 'granted') await this.projection.projectGrants(run.ids, false);
        else if (run.kind === 'imported') await this.projection.projectGrants(run.ids, true);
        else if (run.kind === 'requested' || run.kind === 'refused')
          await this.projection.projectRequests(run.ids);
        else if (run.kind === 'expired') await this.projection.projectExpired(run.ids);
        else if (run.kind === 'voided') await this.projection.projectVoided(run.ids);
        else for (const id of run.ids) await this.projection.projectWithdrawal(id);
        applied += run.ids.length;
      }
      return applied;
    });
  }
}
