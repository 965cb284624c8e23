/** What reading one given value came to: the value as we keep it, or what is wrong with it. */
export type Parsed<T> = { ok: true; value: T } | Problem;

export interface Problem {
  ok: false;
  /** Stable, UPPER_SNAKE. */
  code: string;
  /** A sentence that says what to do. */
  message: string;
}

export function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function bad(code: string, message: string): Problem {
  return { ok: false, code, message };
}
