import { Injectable } from '@nestjs/common';
import { RateLimits } from '#access';
import { Clock, NowAndThen } from '#common';
import { ConfirmationsService } from '#consent';
import { ContactsService } from '#contacts';
import { Database } from '#database';
import { type JobHandler } from '#queue';
import { LONGEST_WINDOW_MS } from './sign-up-limits.js';

/** How long somebody who never confirmed is known of. */
export const UNCONFIRMED_MS = 30 * 24 * 60 * 60 * 1000;
/** How often a process looks by itself. */
const EVERY_MS = 10 * 60 * 1000;
/** People of one transaction: few, so that nobody waits long. */
const AT_ONCE = 50;

/** Forgets people who are known only because somebody typed their address, and blanks what old requests hold of people. */
@Injectable()
export class PurgeUnconfirmedHandler implements JobHandler<'purge-unconfirmed'> {
  readonly job = 'purge-unconfirmed';
  readonly #often = new NowAndThen(EVERY_MS);

  constructor(
    private readonly db: Database,
    private readonly confirmations: ConfirmationsService,
    private readonly contacts: ContactsService,
    private readonly limits: RateLimits,
    private readonly clock: Clock,
  ) {}

  async handle(): Promise<void> {
    const now = this.clock.now();
    this.#often.mark(now);
    const before = new Date(now.getTime() - UNCONFIRMED_MS);
    while ((await this.#forgetSome(before)) > 0);
    while ((await this.confirmations.blank(before, AT_ONCE)) > 0);
    await this.limits.forgetBefore(new Date(now.getTime() - LONGEST_WINDOW_MS));
  }

  async sweep(): Promise<void> {
    if (this.#often.isDue(this.clock.now())) await this.handle();
  }

  #forgetSome(before: Date): Promise<number> {
    return this.db.transaction(async () => {
      const ids = await this.confirmations.lockForgettable(before, AT_ONCE);
      for (const id of ids) await this.contacts.delete(id, 'retention');
      await this.confirmations.purgeEventsOf(ids);
      return ids.length;
    });
  }
}
