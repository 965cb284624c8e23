import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { type Counter, type Histogram, Metrics } from '#metrics';
import { type Lease } from './chunk.repository.js';
import { type SendingFigures, SendingFiguresRepository } from './sending-figures.repository.js';
import { type Settlement } from './settlement.js';

/** How long what was read of PostgreSQL is kept, in milliseconds. */
const KEEP_MS = 10_000;
/** A running dispatch is stalled when its work has been due for so long and nobody has any of it in hand. */
export const STALLED_AFTER_MS = 5 * 60_000;

const STEPS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15];
const RENDERS = [0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25];

/** What the pipeline says of itself: how fast, how far, what waits, what is stuck. */
@Injectable()
export class SendingMetrics {
  readonly #messages: Counter<'outcome' | 'channel' | 'lane' | 'relay'>;
  readonly #step: Histogram<'outcome'>;
  readonly #render: Histogram<string>;

  constructor(metrics: Metrics, repository: SendingFiguresRepository, clock: Clock) {
    this.#messages = metrics.counter(
      'ithn_messages_total',
      'Attempts by what became of them: accepted, rejected, deferred, unknown; withheld: the gate said no or not yet.',
      ['outcome', 'channel', 'lane', 'relay'],
    );
    this.#step = metrics.histogram(
      'ithn_step_seconds',
      'How long the statement took that settles one batch and allows the next: done, refused (lease lost, paused), failed.',
      STEPS,
      ['outcome'],
    );
    this.#render = metrics.histogram(
      'ithn_render_seconds',
      "How long one person's message took to be made of its template.",
      RENDERS,
    );
    const read = (): Promise<SendingFigures> => repository.read(clock.now(), STALLED_AFTER_MS);
    metrics.read('sending', KEEP_MS, read, [
      {
        name: 'ithn_dispatches',
        help: 'Dispatches that are not over, by state: freezing, running, paused.',
        labels: ['state'],
        samples: ({ dispatches }) => samples('state', dispatches),
      },
      {
        name: 'ithn_running_contacts',
        help:
          'Contacts of the running dispatches, by where they stand: done, in_hand (a worker has their chunk), due (waits ' +
          'for a worker), later (an hour, a retry, a limit on how fast is sent). Their sum is the frozen audience.',
        labels: ['state'],
        samples: ({ contacts }) => samples('state', contacts),
      },
      {
        name: 'ithn_chunks',
        help: 'Chunks of the running dispatches: leased, due, later.',
        labels: ['state'],
        samples: ({ chunks }) => samples('state', chunks),
      },
      {
        name: 'ithn_oldest_due_chunk_seconds',
        help: 'How long the chunk has been due that waits longest for a worker, and not for a limit; 0 when none waits.',
        samples: ({ oldestDueSeconds }) => [[{}, oldestDueSeconds]],
      },
      {
        name: 'ithn_chunks_overdue',
        help: 'Chunks whose worker went silent beyond its lease and that nobody has freed yet.',
        samples: ({ overdue }) => [[{}, overdue]],
      },
      {
        name: 'ithn_dispatches_stalled',
        help: 'Running dispatches whose work has been due for over five minutes, held by no limit, while no worker has any of it.',
        samples: ({ stalled }) => [[{}, stalled]],
      },
      {
        name: 'ithn_dispatches_freezing_seconds',
        help: 'How long the dispatch has been waiting that waits longest for its audience to be frozen; 0 when none does.',
        samples: ({ oldestFreezingSeconds }) => [[{}, oldestFreezingSeconds]],
      },
      {
        name: 'ithn_messages_unresolved',
        help: 'Messages of which nobody knows whether they were taken, in the whole ledger.',
        samples: ({ unknown }) => [[{}, unknown]],
      },
      {
        name: 'ithn_message_partitions',
        help: "Ranges of the ledger of messages: in_use, ahead (made and still empty). Without one ahead the next range is made by a dispatch's own transaction.",
        labels: ['state'],
        samples: ({ partitions }) => samples('state', partitions),
      },
    ]);
  }

  /** One step: what it settled, what it withheld, how long it took. */
  stepped(seconds: number, outcome: 'done' | 'refused' | 'failed'): void {
    this.#step.observe({ outcome }, seconds);
  }

  settled({ lane }: Lease, channel: string, results: readonly Settlement[]): void {
    // A batch has one or two outcomes: counted first, told once.
    const counts = new Map<string, { outcome: string; relay: string; count: number }>();
    for (const { state: outcome, relay } of results) {
      const key = `${outcome} ${relay}`;
      const count = counts.get(key);
      if (count) count.count++;
      else counts.set(key, { outcome, relay: relay ?? '', count: 1 });
    }
    for (const { outcome, relay, count } of counts.values()) {
      this.#messages.inc({ outcome, channel, lane, relay }, count);
    }
  }

  withheld({ lane }: Lease, channel: string, count: number): void {
    if (count > 0) this.#messages.inc({ outcome: 'withheld', channel, lane, relay: '' }, count);
  }

  rendered(seconds: number): void {
    this.#render.observe(seconds);
  }
}

function samples(label: string, counts: Record<string, number>): [Record<string, string>, number][] {
  return Object.entries(counts).map(([value, count]) => [{ [label]: value }, count]);
}
