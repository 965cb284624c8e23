import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { type Counter, Metrics } from '#metrics';
import { type MoveOutcome } from './enrolment.js';
import { SequenceRepository } from './sequence.repository.js';

/** How long what was read of PostgreSQL is kept, in milliseconds. */
const KEEP_MS = 10_000;

/** What sequences say of themselves. Who leaves between two steps is told by nobody: the database ends their way where it happens. */
@Injectable()
export class SequenceMetrics {
  readonly #moves: Counter<'outcome'>;

  constructor(metrics: Metrics, repository: SequenceRepository, clock: Clock) {
    this.#moves = metrics.counter(
      'ithn_sequence_moves_total',
      'Entries on the ways of people through sequences, by what became of them: entered, waits, sending, sent, finished, left and more.',
      ['outcome'],
    );
    metrics.read('sequences', KEEP_MS, () => repository.figures(clock.now()), [
      {
        name: 'ithn_sequences',
        help: 'Sequences by state: running, closed (nobody enters any more), paused, stopped with people who are still taken off.',
        labels: ['state'],
        samples: ({ running, closed, paused, stopping }) => [
          [{ state: 'running' }, running],
          [{ state: 'closed' }, closed],
          [{ state: 'paused' }, paused],
          [{ state: 'stopping' }, stopping],
        ],
      },
      {
        name: 'ithn_sequence_oldest_due_seconds',
        help: 'How long whoever has been due longest in a sequence that runs waits to be moved; 0 when nobody is.',
        samples: ({ oldestDueSeconds }) => [[{}, oldestDueSeconds]],
      },
    ]);
  }

  moved(outcome: MoveOutcome, times = 1): void {
    this.#moves.inc({ outcome }, times);
  }
}
