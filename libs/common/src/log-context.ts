import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** What a line of the log belongs to. Numbers and words of ours only, never anything of a person. */
export interface LogContext {
  /** The request, as the answer's `X-Request-Id` names it. */
  request?: string;
  /** The trace that the caller began (W3C Trace Context), or the request began for want of one: 32 hexadecimal digits. */
  trace?: string;
  job?: string;
  jobId?: string;
  dispatch?: number;
  chunk?: number;
}

const storage = new AsyncLocalStorage<LogContext>();

/** Runs `work` so that every line it logs says what it belongs to, and nothing of what called it. */
export function inLogContext<T>(context: LogContext, work: () => T): T {
  return storage.run(context, work);
}

export function logContext(): LogContext {
  return storage.getStore() ?? {};
}

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The trace id of a `traceparent` header (W3C Trace Context, section 3.2), or null when it is none. */
export function traceOf(traceparent: unknown): string | null {
  return typeof traceparent === 'string' ? (TRACEPARENT.exec(traceparent)?.[1] ?? null) : null;
}

export function newTrace(): string {
  return randomBytes(16).toString('hex');
}
