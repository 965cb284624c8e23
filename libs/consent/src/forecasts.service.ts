import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database } from '#database';
import { ForecastRepository } from './forecast.repository.js';

/** So many people are asked about alone without a thought. */
const FEW = 2000;
/** An array of one number a contact must stay below a gigabyte, also while it grows by doubling. */
const HIGHEST = 60_000_000;
/** From one in so many on, asking everybody in the ordinary way costs less. */
const ONE_IN = 20;

/**
 * Keeps the forecast of the gate: which contacts it treats alike, so that for a million only one of each kind need be
 * asked about. It is never believed where something changed since; folding only makes it cheap again.
 */
@Injectable()
export class Forecasts {
  constructor(
    private readonly db: Database,
    private readonly repository: ForecastRepository,
  ) {}

  /** Looks at whoever changed since the last time. Does nothing when another process is at it. */
  async fold(): Promise<void> {
    for (let more = true; more;) {
      more = await this.db.transaction(async () => {
        if (!(await this.repository.lock())) return false;
        await this.repository.begin();
        if (await this.repository.isCurrent()) return false;
        return this.repository.fold();
      });
    }
  }

  /** Folds when it is worth a fold: between the turns of the clock, and before much is asked. */
  async catchUp(): Promise<void> {
    if (await this.repository.isBehind()) await this.fold();
  }

  /** Whether counting by kinds is the cheaper way; either is right. */
  async isWorthwhile(channel: Channel, topicId: number): Promise<boolean> {
    const state = await this.repository.state(channel, topicId);
    if (state === null || state.known === 0 || state.highest > HIGHEST) return false;
    return state.alone <= Math.max(FEW, state.known / ONE_IN);
  }
}
