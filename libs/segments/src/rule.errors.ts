import { DomainError, type ErrorDetail } from '#common';

/** Thrown by readers of values; `compileRule` adds where it was. */
export class RuleFault extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** As many as a problem answer shows. */
const MOST_FAULTS = 100;

/** Gathers everything that is wrong with a rule, so that one answer tells all of it. */
export class RuleFaults {
  readonly details: ErrorDetail[] = [];

  add(path: string, code: string, message: string): void {
    if (this.details.length < MOST_FAULTS) this.details.push({ path, code, message });
  }

  /** @throws DomainError RULE_INVALID when there was anything. */
  throwIfAny(): void {
    const first = this.details[0];
    if (!first) return;
    const more = this.details.length > 1 ? ` (and ${this.details.length - 1} more)` : '';
    throw new DomainError({
      kind: 'invalid',
      code: 'RULE_INVALID',
      message: `The segment's rule is not valid. ${first.path || 'The rule'}: ${first.message}${more}`,
      details: this.details,
    });
  }
}

/** A caller's own text in a message: short, and on one line. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : typeof value;
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
