import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Clock, LOGGER, type Logger } from '#common';
import { type Call, DeliveriesService } from './deliveries.service.js';
import { OutgoingEventRepository } from './outgoing-event.repository.js';
import { WebhookClient } from './webhook-client.js';
import { WebhookMetrics } from './webhook-metrics.js';

/** Calls of one worker at the same time. */
const MOST_IN_FLIGHT = 32;
/** Events that one statement hands out. */
const HAND_OUT = 1000;
/** How long a stop waits for receivers, in milliseconds; what is left is put back. */
const GRACE_MS = 3000;

/**
 * A worker's calls. `look()` hands out new events and takes up what is due, while there is room; it waits for no receiver,
 * so that one that is silent costs a place for fifteen seconds and holds up nobody else. Every call that ends looks again.
 */
@Injectable()
export class WebhookDeliverer {
  readonly #inFlight = new Map<Promise<void>, AbortController>();
  #pass: Promise<void> | null = null;
  #again = false;
  #handOut = false;
  #stopping = false;

  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly events: OutgoingEventRepository,
    private readonly deliveries: DeliveriesService,
    private readonly client: WebhookClient,
    private readonly metrics: WebhookMetrics,
    private readonly clock: Clock,
  ) {}

  /** One look at a time; who asks meanwhile gets another one after it. */
  look(): Promise<void> {
    this.#handOut = true;
    return this.#lookAgain();
  }

  #lookAgain(): Promise<void> {
    this.#again = true;
    this.#pass ??= this.#looks();
    return this.#pass;
  }

  /** Takes up nothing more and waits a moment for receivers; what then is open is put back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#pass?.catch(() => undefined);
    const ended = Promise.all(this.#inFlight.keys());
    const patience = new AbortController();
    await Promise.race([
      ended,
      pause(GRACE_MS, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    for (const call of this.#inFlight.values()) call.abort();
    await Promise.all(this.#inFlight.keys());
  }

  async #looks(): Promise<void> {
    try {
      while (this.#again && !this.#stopping) {
        this.#again = false;
        if (this.#handOut) await this.#handOutAll();
        await this.#takeUp();
      }
    } finally {
      // In the same breath as the last question for more, so that nobody who asks is overheard.
      this.#pass = null;
    }
  }

  async #handOutAll(): Promise<void> {
    this.#handOut = false;
    while (!this.#stopping && (await this.events.handOut(HAND_OUT, this.clock.now())) === HAND_OUT);
  }

  async #takeUp(): Promise<void> {
    const looked: number[] = [];
    while (!this.#stopping && this.#inFlight.size < MOST_IN_FLIGHT) {
      const claimed = await this.deliveries.claim(MOST_IN_FLIGHT - this.#inFlight.size, looked);
      if (!claimed) return;
      looked.push(claimed.webhookId);
      for (const call of claimed.calls) this.#start(call);
    }
  }

  #start(call: Call): void {
    const stop = new AbortController();
    const { webhookId: webhook, eventId: event } = call.delivery;
    const run = this.#deliver(call, stop.signal)
      .then(() => this.#goOn())
      // Its lease ends, and it is delivered again.
      .catch((error: unknown) =>
        this.logger.error({ webhook, event, err: error }, 'a delivery was not written down'),
      )
      .finally(() => this.#inFlight.delete(run));
    this.#inFlight.set(run, stop);
  }

  async #deliver(call: Call, stop: AbortSignal): Promise<void> {
    const result = await this.client.post(call.url, call.headers, call.body, stop);
    if (result.error === 'ABORTED') {
      await this.deliveries.release(call);
      return;
    }
    const verdict = await this.deliveries.settle(call, result);
    this.metrics.attempt(verdict?.delivery.state ?? 'late');
    const { webhookId: webhook, eventId: event } = call.delivery;
    const { status, error } = result;
    this.logger.debug({ webhook, event, status, error }, 'webhook called');
    const because = verdict?.webhook.disabledReason;
    if (because) this.logger.warn({ webhook, because }, 'webhook disabled');
  }

  /** Not awaited: the call that ended gives its place back first. */
  #goOn(): void {
    if (this.#stopping) return;
    setImmediate(() => {
      this.#lookAgain().catch((error: unknown) =>
        this.logger.error({ err: error }, 'webhooks were not looked at; the sweep does'),
      );
    });
  }
}
