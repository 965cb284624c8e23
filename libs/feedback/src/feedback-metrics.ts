import { Injectable } from '@nestjs/common';
import { type Counter, Metrics } from '#metrics';
import { type Feedback } from './feedback.js';

/** What came back, as this process acted upon it. */
@Injectable()
export class FeedbackMetrics {
  readonly #told: Counter<'kind' | 'class'>;

  constructor(metrics: Metrics) {
    this.#told = metrics.counter(
      'ithn_feedback_total',
      'What came back about messages and was acted upon, by kind and, of a bounce, its class (hard, soft, block).',
      ['kind', 'class'],
    );
  }

  told({ kind, bounceClass }: Pick<Feedback, 'kind' | 'bounceClass'>): void {
    this.#told.inc({ kind, class: bounceClass ?? '' });
  }
}
