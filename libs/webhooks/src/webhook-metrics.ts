import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { type Counter, Metrics } from '#metrics';
import { DeliveryRepository } from './delivery.repository.js';

/** How long what was read of PostgreSQL is kept, in milliseconds. */
const KEEP_MS = 10_000;

/** What outgoing webhooks say of themselves. */
@Injectable()
export class WebhookMetrics {
  readonly #attempts: Counter<'outcome'>;

  constructor(metrics: Metrics, repository: DeliveryRepository, clock: Clock) {
    this.#attempts = metrics.counter(
      'ithn_webhook_attempts_total',
      'Calls of webhooks: delivered, due (failed, tried again later), given_up (failed for the last time), late (the lease was over).',
      ['outcome'],
    );
    metrics.read('webhooks', KEEP_MS, () => repository.figures(clock.now()), [
      {
        name: 'ithn_webhooks',
        help: 'Webhooks: active, disabled (by failure or loss, not by request).',
        labels: ['state'],
        samples: ({ active, disabled }) => [
          [{ state: 'active' }, active],
          [{ state: 'disabled' }, disabled],
        ],
      },
      {
        name: 'ithn_webhook_oldest_due_seconds',
        help: 'How long the delivery of an active webhook that has been due longest waits; 0 when none does.',
        samples: ({ oldestSeconds }) => [[{}, oldestSeconds]],
      },
    ]);
  }

  attempt(outcome: 'delivered' | 'due' | 'given_up' | 'late'): void {
    this.#attempts.inc({ outcome });
  }
}
