import { type JobName, jobPolicies, type JobPayloads } from './jobs.js';

/** What runs a job. Exactly one for each job there is. */
export interface JobHandler<Name extends JobName = JobName> {
  readonly job: Name;
  /** Does the work that this wake-up speaks of. Safe to run again, and when there is nothing left to do. */
  handle(payload: JobPayloads[Name]): Promise<void>;
  /**
   * Finds in PostgreSQL, with no wake-up at all, whatever waits to be done, and does it.
   * @param stop aborted when the worker is to end: a sweep of many steps does no further one
   */
  sweep(stop?: AbortSignal): Promise<void>;
}

/**
 * Refuses a worker that would let a job lie unhandled, or handle it twice.
 * @throws Error naming each job with no handler or several.
 */
export function checkHandlers(handlers: readonly JobHandler[]): void {
  const problems = (Object.keys(jobPolicies) as JobName[]).flatMap(job => {
    const count = handlers.filter(handler => handler.job === job).length;
    if (count === 1) return [];
    return [count === 0 ? `"${job}" has no handler` : `"${job}" has ${count} handlers`];
  });
  if (problems.length > 0) {
    throw new Error(`The worker cannot start: ${problems.join('; ')}. Each job needs exactly one handler.`);
  }
}
