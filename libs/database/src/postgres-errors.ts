/** PostgreSQL error codes we act on (appendix A of its manual). */
const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

function hasCode(error: unknown, code: string): error is { code: string; constraint?: string } {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** The name of the unique constraint an error broke, or null when it is another error. */
export function brokenUnique(error: unknown): string | null {
  return hasCode(error, UNIQUE_VIOLATION) ? (error.constraint ?? '') : null;
}

/** The name of the foreign key an error broke, or null when it is another error. */
export function brokenForeignKey(error: unknown): string | null {
  return hasCode(error, FOREIGN_KEY_VIOLATION) ? (error.constraint ?? '') : null;
}
