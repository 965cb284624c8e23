import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { type Sender } from '#consent';
import { type SmsPurse } from './sms-purse.js';
import { type SmsJob } from './sms-composer.js';
import { SmsPricesService } from './sms-prices.service.js';
import { SmsSpendService } from './sms-spend.service.js';

/** After how long there may be room in a budget again: something was given back, or a month has begun. In milliseconds. */
const LOOK_AGAIN_MS = 10 * 60_000;

/** Opens the purse of a dispatch. */
@Injectable()
export class SmsPurses {
  constructor(
    private readonly prices: SmsPricesService,
    private readonly spend: SmsSpendService,
    private readonly clock: Clock,
  ) {}

  of({ dispatch, sender }: Pick<SmsJob, 'dispatch' | 'sender'>): Promise<SmsPurse> {
    return this.#open(dispatch.id, { id: dispatch.senderId, timeZone: sender.timeZone });
  }

  /** Of an SMS that goes by itself: the sender's month alone pays for it. */
  ofSender(sender: Pick<Sender, 'id' | 'timeZone'>): Promise<SmsPurse> {
    return this.#open(null, sender);
  }

  async #open(dispatchId: number | null, sender: Pick<Sender, 'id' | 'timeZone'>): Promise<SmsPurse> {
    const prices = await this.prices.now();
    const { spend, clock } = this;
    const account = spend.account(dispatchId, sender);
    return {
      priceOf: (country, source) => prices.of(country, source),
      take: async costs => {
        const known = costs.flatMap((cost, at) => (cost === null ? [] : [{ cost, at }]));
        // What has no price may cost anything: beside a budget it has to wait until it has one.
        const isLimited = known.length < costs.length && (await spend.isLimited(account));
        const taken = costs.map(cost => cost === null && !isLimited);
        const { taken: paid } = await spend.take(
          account,
          known.map(({ cost }) => cost),
        );
        for (const [n, { at }] of known.entries()) taken[at] = paid[n] === true;
        // Who comes later may be cheaper than who was refused, unless nobody can be.
        const least = prices.least ?? 0;
        const isSpent = known.some(({ cost, at }) => taken[at] !== true && cost <= least);
        return { taken, isSpent, retryAt: new Date(clock.now().getTime() + LOOK_AGAIN_MS) };
      },
      giveBack: amount => spend.giveBack(account, amount),
    };
  }
}
