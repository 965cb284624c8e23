import { Injectable } from '@nestjs/common';
import { type Counter, type Histogram, Metrics } from '#metrics';
import { JobQueue, type QueueStanding } from './job-queue.js';

/** How long what was read of the queue is kept, in milliseconds. */
const KEEP_MS = 10_000;
/** Seconds: a wake-up should take milliseconds; the sweep covers it after a second or two. */
const WAITS = [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 15, 60, 300];
const DURATIONS = [0.005, 0.02, 0.1, 0.5, 1, 5, 15, 60, 300, 1800];

/** What the queue and the jobs say of themselves. */
@Injectable()
export class QueueMetrics {
  readonly wait: Histogram<'job'>;
  readonly duration: Histogram<'job' | 'outcome'>;
  readonly sweepDuration: Histogram<'job' | 'outcome'>;
  readonly misplaced: Counter<'job'>;

  constructor(metrics: Metrics, queue: JobQueue) {
    this.wait = metrics.histogram(
      'ithn_job_wait_seconds',
      'How long a wake-up lay in the queue after it was due until a worker took it.',
      WAITS,
      ['job'],
    );
    this.duration = metrics.histogram(
      'ithn_job_duration_seconds',
      'How long a job took, by whether it was done or failed.',
      DURATIONS,
      ['job', 'outcome'],
    );
    this.sweepDuration = metrics.histogram(
      'ithn_sweep_duration_seconds',
      'How long a look into PostgreSQL for work took, by whether it was done or failed.',
      DURATIONS,
      ['job', 'outcome'],
    );
    this.misplaced = metrics.counter(
      'ithn_wake_ups_misplaced_total',
      'Wake-ups that the queue did not take; sweeps find the work.',
      ['job'],
    );
    queue.onMisplaced = job => this.misplaced.inc({ job });
    metrics.read('queue', KEEP_MS, () => queue.standings(), [
      {
        name: 'ithn_jobs',
        help: 'Jobs in a queue: waiting, active, delayed until their time, failed (the last 1,000 are kept).',
        labels: ['queue', 'state'],
        samples: (standings: QueueStanding[]) =>
          standings.flatMap(({ queue, counts }) =>
            Object.entries(counts).map(([state, count]) => [{ queue, state }, count] as const),
          ),
      },
      {
        name: 'ithn_oldest_job_seconds',
        help: 'How long the job that waits longest has been due; 0 when none waits.',
        labels: ['queue'],
        samples: (standings: QueueStanding[]) =>
          standings.map(({ queue, oldestSeconds }) => [{ queue }, oldestSeconds] as const),
      },
    ]);
  }
}
