import { Injectable } from '@nestjs/common';
import { Clock, NowAndThen } from '#common';
import { type JobHandler } from '#queue';
import { PurchaseFactsService } from './purchase-facts.service.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Once a day, writes what recency, frequency and value are scored by. */
@Injectable()
export class ScalePurchasesHandler implements JobHandler<'scale-purchases'> {
  readonly job = 'scale-purchases';
  readonly #daily = new NowAndThen(DAY_MS);

  constructor(
    private readonly purchases: PurchaseFactsService,
    private readonly clock: Clock,
  ) {}

  async handle(): Promise<void> {
    this.#daily.mark(this.clock.now());
    await this.purchases.writeFifths();
  }

  /** However often it is asked, and whatever the queue says. */
  async sweep(): Promise<void> {
    if (this.#daily.isDue(this.clock.now())) await this.handle();
  }
}
