import { type Histogram } from '#metrics';

export type Durations = Histogram<'job' | 'outcome'>;

/** Does the work and notes how long it took, and whether it failed. */
export async function timed(durations: Durations, job: string, work: () => Promise<void>): Promise<void> {
  const began = performance.now();
  let outcome = 'failed';
  try {
    await work();
    outcome = 'done';
  } finally {
    durations.observe({ job, outcome }, (performance.now() - began) / 1000);
  }
}
