/** A condition of SQL over the alias `c` of the table contact, and the values of its placeholders. */
export interface Predicate {
  sql: string;
  parameters: unknown[];
}

/** SQL that is true or false; null, which is no, only when it is not `total`. */
export interface Condition {
  sql: string;
  total: boolean;
  /** The other answer, where there is a better way to write it than a negation. */
  opposite?: string;
}

export function negation({ sql, total, opposite }: Condition): Condition {
  if (opposite !== undefined) return { sql: opposite, total: true, opposite: sql };
  return { sql: total ? `NOT (${sql})` : `(${sql}) IS NOT TRUE`, total: true };
}

/** What conditions are written with. */
export interface ConditionContext {
  now: Date;
  parameters: Parameters;
  /** The statement asks of few people by their numbers: counts look each of them up instead of counting everybody. */
  few: boolean;
}

/** The values of a statement's placeholders, in order. */
export class Parameters {
  readonly values: unknown[] = [];

  constructor(private readonly first: number) {}

  /** Keeps the value and returns its placeholder, such as `$7`. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.first + this.values.length - 1}`;
  }
}
