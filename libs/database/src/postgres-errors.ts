/** PostgreSQL error codes we act on (appendix A of its manual). */
const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const DEADLOCK_DETECTED = '40P01';
const LOCK_NOT_AVAILABLE = '55P03';
const NOT_IN_PREREQUISITE_STATE = '55000';

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

/** Two transactions waited for each other, and this one was chosen to give way. */
export function isDeadlock(error: unknown): boolean {
  return hasCode(error, DEADLOCK_DETECTED);
}

/** The database refused a fingerprint, because this process lacks its newest address key. */
export function isOutdatedFingerprint(error: unknown): boolean {
  return hasCode(error, NOT_IN_PREREQUISITE_STATE) && error.constraint === 'address_keys_current';
}

/** A row that was to be locked without waiting is somebody else's this moment. */
export function isLockUnavailable(error: unknown): boolean {
  return hasCode(error, LOCK_NOT_AVAILABLE);
}
