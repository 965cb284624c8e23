import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock, formatId } from '#common';
import { Database } from '#database';
import { type ClaimedDelivery, DeliveryRepository, type ServedWebhook } from './delivery.repository.js';
import { SecretBox } from './secret-box.js';
import { judge, type Verdict } from './verdict.js';
import { bodyOf } from './webhook-body.js';
import { ANSWER_WITHIN_MS, type CallResult } from './webhook-client.js';
import { signedHeaders } from './webhook-signature.js';

/** Calls of one webhook at the same time, over all workers; one that fails gets one, to see how it is. */
const MOST_AT_ONCE = 8;
/** A worker that was not heard of for this long is dead. */
const LEASE_MS = 2 * ANSWER_WITHIN_MS;

/** What a worker is to send. */
export interface Call {
  delivery: ClaimedDelivery;
  lease: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Takes deliveries up and writes down what became of them; a webhook's row is held while its deliveries change. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly db: Database,
    private readonly repository: DeliveryRepository,
    private readonly secrets: SecretBox,
    private readonly clock: Clock,
  ) {}

  /**
   * What is due of the next webhook, signed and ready, at most so many.
   * @param not webhooks that were looked at already
   * @returns null when no webhook is left to look at
   */
  claim(most: number, not: readonly number[]): Promise<{ webhookId: number; calls: Call[] } | null> {
    return this.db.transaction(async () => {
      const now = this.clock.now();
      const webhook = await this.repository.nextWebhook(now, not);
      if (!webhook) return null;
      const secrets = this.#secretsOf(webhook, now);
      if (!secrets) {
        const lost = { failingSince: webhook.failingSince, failures: webhook.failures, restsUntil: null };
        await this.repository.saveHealth(
          webhook.id,
          { delivery: { state: 'given_up' }, webhook: { ...lost, disabledReason: 'secret_lost' } },
          now,
        );
        return { webhookId: webhook.id, calls: [] };
      }
      const atOnce = webhook.failingSince === null ? MOST_AT_ONCE : 1;
      const lease = randomUUID();
      const until = new Date(now.getTime() + LEASE_MS);
      const claimed = await this.repository.claim(webhook.id, { most, atOnce }, { lease, until }, now);
      return {
        webhookId: webhook.id,
        calls: claimed.map(delivery => this.#call(delivery, lease, webhook.url, secrets, now)),
      };
    });
  }

  /**
   * Writes down what became of a call, and lets the contact's next event go when this one is over.
   * @returns the verdict, or null when the lease was over and another worker has it
   */
  settle({ delivery, lease }: Call, result: CallResult): Promise<Verdict | null> {
    return this.db.transaction(async () => {
      const now = this.clock.now();
      const health = await this.repository.lockHealth(delivery.webhookId);
      if (!health) return null;
      const verdict = judge(result, delivery.attempts, health, now, Math.random());
      if (!(await this.repository.settle(delivery, lease, result, verdict, now))) return null;
      // Most calls succeed, and find a webhook that is well.
      const isWell = result.error === null && health.failingSince === null;
      if (!isWell) await this.repository.saveHealth(delivery.webhookId, verdict, now);
      return verdict;
    });
  }

  release({ delivery, lease }: Call): Promise<void> {
    return this.repository.release(delivery, lease, this.clock.now());
  }

  reap(): Promise<number> {
    return this.repository.reap(this.clock.now());
  }

  #secretsOf({ secret, oldSecret, oldUntil }: ServedWebhook, now: Date): Buffer[] | null {
    const current = this.secrets.open(secret)?.secret;
    if (!current) return null;
    const old = oldSecret && oldUntil && oldUntil > now ? this.secrets.open(oldSecret)?.secret : undefined;
    return old ? [current, old] : [current];
  }

  #call(delivery: ClaimedDelivery, lease: string, url: string, secrets: Buffer[], now: Date): Call {
    const body = bodyOf(delivery);
    const headers = signedHeaders(formatId('outgoingEvent', delivery.eventId), body, secrets, now);
    return { delivery, lease, url, headers, body };
  }
}
