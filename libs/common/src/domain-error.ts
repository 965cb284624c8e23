/** What kind of trouble it is; the HTTP layer maps each kind to one status, once. */
export type ErrorKind =
  | 'invalid' // 400: the request itself is wrong
  | 'unauthenticated' // 401
  | 'forbidden' // 403
  | 'not_found' // 404
  | 'conflict' // 409: the thing is not in a state that allows this
  | 'too_large' // 413
  | 'unsupported' // 415
  | 'unprocessable' // 422: well-formed, but it cannot be carried out as it stands
  | 'too_many' // 429
  | 'unavailable'; // 503

/** One place in the input that is wrong, e.g. `{ path: 'mjml:12', code: 'UNKNOWN_TAG', message: '...' }`. */
export interface ErrorDetail {
  path: string;
  code: string;
  message: string;
}

export interface DomainErrorOptions {
  kind: ErrorKind;
  /** Stable, UPPER_SNAKE; clients and tests match on it. */
  code: string;
  /** A sentence that says what happened and what to do. */
  message: string;
  /** Whether the same request may succeed later without being changed. */
  retryable?: boolean;
  details?: ErrorDetail[];
  cause?: unknown;
}

/** An error a caller can understand and act upon; everything else is a bug and becomes a 500. */
export class DomainError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly retryable: boolean;
  readonly details: ErrorDetail[];

  constructor(options: DomainErrorOptions) {
    super(options.message, { cause: options.cause });
    this.name = 'DomainError';
    this.kind = options.kind;
    this.code = options.code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? [];
  }
}

/** The error for an id that names nothing (or something of another kind). */
export function notFound(noun: string, id: string | number): DomainError {
  return new DomainError({
    kind: 'not_found',
    code: `${noun.toUpperCase().replaceAll(' ', '_')}_NOT_FOUND`,
    message: `There is no ${noun} "${String(id).slice(0, 80)}".`,
  });
}
