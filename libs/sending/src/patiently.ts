import { type Logger, messageOf } from '#common';

/** The waits between the tries of a statement that failed, in milliseconds; the last one again and again. */
const RETRY_MS = [50, 200, 500, 1000, 2000, 4000];
/**
 * How long the results in hand are kept for a database that is away, in milliseconds. Given up, what was accepted would
 * be unknown for good; kept, they are settled even when the lease is lost by then.
 */
const PATIENCE_MS = 10 * 60_000;
/** The same when the worker is to stop, or when the statement itself is at fault. */
const SHORT_PATIENCE_MS = 8000;

/**
 * Tries a statement again while PostgreSQL is away: the results it carries must not be lost.
 * @throws whatever the last try threw, once patience is over
 */
export async function patiently<T>(
  statement: () => Promise<T>,
  { isStopping, logger, chunk }: { isStopping: () => boolean; logger: Logger; chunk: number },
): Promise<T> {
  const since = performance.now();
  for (let tries = 0; ; tries++) {
    try {
      return await statement();
    } catch (error) {
      const wait = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] as number;
      const patience = isStopping() || isHopeless(error) ? SHORT_PATIENCE_MS : PATIENCE_MS;
      if (performance.now() - since + wait > patience) throw error;
      // The message alone: the error bears the statement's parameters.
      logger.warn({ chunk, reason: messageOf(error) }, 'step failed; trying again');
      await new Promise(resolve => setTimeout(resolve, wait));
    }
  }
}

/** Data exception, constraint, syntax (PostgreSQL manual, appendix A): the same statement will fail again. */
function isHopeless(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return /^(?:22|23|42)/.test(code);
}
