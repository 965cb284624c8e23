import { Injectable } from '@nestjs/common';
import { DomainError } from '#common';
import { type Counter, Metrics } from '#metrics';
import { type ShopKind } from './shop.entity.js';

/** What became of the webhooks that shops send here. */
@Injectable()
export class ShopWebhookMetrics {
  readonly #received: Counter<'kind' | 'outcome' | 'code'>;

  constructor(metrics: Metrics) {
    this.#received = metrics.counter(
      'ithn_shop_webhooks_total',
      'Webhooks of known shops by kind of shop and outcome: taken, ignored (nothing about an order), refused (by code), failed (our fault).',
      ['kind', 'outcome', 'code'],
    );
  }

  received(kind: ShopKind, outcome: 'taken' | 'ignored'): void {
    this.#received.inc({ kind, outcome, code: '' });
  }

  /** @param error why it was not taken */
  notTaken(kind: ShopKind, error: unknown): void {
    if (error instanceof DomainError) this.#received.inc({ kind, outcome: 'refused', code: error.code });
    else this.#received.inc({ kind, outcome: 'failed', code: '' });
  }
}
