import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Reading } from './reading.js';

export type { Counter, Histogram } from 'prom-client';

/** The labels of one value, and the value. */
export type Sample = readonly [labels: Record<string, string>, value: number];

/** A gauge whose values are found when somebody looks. */
export interface ReadGauge<Figures> {
  name: string;
  help: string;
  labels?: readonly string[];
  /** Its values; none leaves the gauge out. */
  samples(figures: Figures): Sample[];
}

/**
 * The figures of one process, as Prometheus reads them. Names follow its conventions: `ithn_`, base units, `_total` for
 * what only grows. A label has few values, known beforehand; ids, addresses and texts of people are never labels.
 */
@Injectable()
export class Metrics {
  readonly #registry = new Registry();
  readonly #failures = this.counter(
    'ithn_metrics_readings_failed_total',
    'Times that figures could not be read from PostgreSQL or the queue; their gauges were left out.',
    ['reading'],
  );
  #tellsOfProcess = false;

  readonly contentType = this.#registry.contentType;

  counter<Label extends string>(name: string, help: string, labels: readonly Label[] = []): Counter<Label> {
    return new Counter({ name, help, labelNames: labels, registers: [this.#registry] });
  }

  /** @param buckets upper bounds in seconds, rising */
  histogram<Label extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels: readonly Label[] = [],
  ): Histogram<Label> {
    return new Histogram({
      ...{ name, help, labelNames: labels, buckets: [...buckets] },
      registers: [this.#registry],
    });
  }

  /**
   * Gauges that are read when somebody looks. `read` is asked at most once in `everyMs` (0: each time), never twice at a
   * time; one that fails or takes long leaves these gauges out until it works again, and is counted.
   */
  read<Figures>(
    reading: string,
    everyMs: number,
    read: () => Figures | Promise<Figures>,
    gauges: readonly ReadGauge<Figures>[],
  ): void {
    const figures = new Reading(everyMs, read, () => this.#failures.inc({ reading }));
    for (const { name, help, labels = [], samples } of gauges) {
      new Gauge({
        ...{ name, help, labelNames: labels, registers: [this.#registry] },
        async collect() {
          this.reset();
          // A gauge without labels begins as 0, which would be a figure nobody read.
          if (labels.length === 0) this.remove();
          const found = await figures.get();
          if (found !== null) for (const [of, value] of samples(found)) this.set(of, value);
        },
      });
    }
  }

  /** Everything there is, in Prometheus's text format. Memory and event loop are measured from the first look on. */
  async render(): Promise<string> {
    if (!this.#tellsOfProcess) {
      this.#tellsOfProcess = true;
      collectDefaultMetrics({ register: this.#registry });
    }
    return this.#registry.metrics();
  }

  /** Names of all metrics, and what they mean. */
  list(): { name: string; help: string }[] {
    return this.#registry.getMetricsAsArray().map(({ name, help }) => ({ name, help }));
  }
}
