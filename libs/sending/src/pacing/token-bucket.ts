/** The figures of token buckets, whose arithmetic PostgreSQL does (token-bucket.repository.ts). */

/**
 * A bucket holds a token and what comes in within so many seconds: workers come by about once a second, and not to the
 * millisecond.
 */
export const BURST_SECONDS = 1.5;

/** A worker that did not come by for so many seconds no longer counts. */
export const HOLDER_SECONDS = 3;

/** How much more than its share a worker may take at a time of what nobody else is waiting for: it may be late. */
export const SLACK = 1.1;
