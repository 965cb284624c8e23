/**
 * How long an answer to a sign-up takes at least, in milliseconds: longer than the work for anybody, so that the time
 * does not tell who is known, who is subscribed, and who is a program.
 */
export const LEAST_MS = 200;

/** The result of the work, no sooner than `LEAST_MS` after its beginning. */
export async function noSoonerThan<T>(work: () => Promise<T>): Promise<T> {
  const enough = new Promise<void>(resolve => setTimeout(resolve, LEAST_MS));
  try {
    return await work();
  } finally {
    await enough;
  }
}
