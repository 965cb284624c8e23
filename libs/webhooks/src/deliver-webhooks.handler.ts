import { Injectable } from '@nestjs/common';
import { Clock, NowAndThen } from '#common';
import { type JobHandler } from '#queue';
import { DeliveriesService } from './deliveries.service.js';
import { OutgoingEventRepository } from './outgoing-event.repository.js';
import { WebhookDeliverer } from './webhook-deliverer.js';
import { WebhooksService } from './webhooks.service.js';
import { WebhookRepository } from './webhook.repository.js';

/** How far back events can be replayed. */
export const KEPT_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;
const TIDY_EVERY_MS = 10 * 60_000;
const TIDY_ROWS = 5000;

/** Tells webhooks what happened, whether a wake-up or the sweep says that there is something to tell. */
@Injectable()
export class DeliverWebhooksHandler implements JobHandler<'deliver-webhooks'> {
  readonly job = 'deliver-webhooks';
  readonly #tidying = new NowAndThen(TIDY_EVERY_MS);

  constructor(
    private readonly deliverer: WebhookDeliverer,
    private readonly deliveries: DeliveriesService,
    private readonly events: OutgoingEventRepository,
    private readonly webhooks: WebhookRepository,
    private readonly service: WebhooksService,
    private readonly clock: Clock,
  ) {}

  handle(): Promise<void> {
    return this.deliverer.look();
  }

  async sweep(stop?: AbortSignal): Promise<void> {
    await this.deliveries.reap();
    await this.deliverer.look();
    await this.#tidyNowAndThen(stop);
  }

  /** Gives the deliveries under way a moment, then puts them back. */
  stop(): Promise<void> {
    return this.deliverer.stop();
  }

  async #tidyNowAndThen(stop?: AbortSignal): Promise<void> {
    const now = this.clock.now();
    if (!this.#tidying.isDue(now)) return;
    this.#tidying.mark(now);
    await this.service.sealAnew();
    const before = new Date(now.getTime() - KEPT_DAYS * DAY_MS);
    while (!stop?.aborted && (await this.events.purge(before, TIDY_ROWS)) === TIDY_ROWS);
    while (!stop?.aborted && (await this.webhooks.sweepDeleted(TIDY_ROWS)));
  }
}
