/** What the database remembers of a key. */
export interface RecordedKey {
  generation: number;
  check: Buffer;
}

export type KeyVerdict =
  /** The database's fingerprints are of the newest key. */
  | { kind: 'current' }
  /** They are of generation `from`, and keys were added since. */
  | { kind: 'outdated'; from: number }
  | { kind: 'refused'; why: KeyProblem };

export type KeyProblem = 'missing' | 'reordered' | 'wrong';

/**
 * Whether the keys a process was given are those of the database, and what is to be done.
 * @param recorded by generation, the first one first
 * @param checks of the given keys, oldest first
 */
export function judgeKeys(recorded: readonly RecordedKey[], checks: readonly Buffer[]): KeyVerdict {
  const isSame = (check: Buffer, at: number): boolean => checks[at]?.equals(check) ?? false;
  const known = recorded.filter(({ check }) => checks.some(given => given.equals(check)));
  if (recorded.every(({ check }, at) => isSame(check, at))) {
    return recorded.length === checks.length
      ? { kind: 'current' }
      : { kind: 'outdated', from: recorded.length };
  }
  if (known.length === recorded.length) return { kind: 'refused', why: 'reordered' };
  return { kind: 'refused', why: known.length > 0 ? 'missing' : 'wrong' };
}

const howItIsWritten = 'It is a list, the newest key first: "new,old".';

/** Why the boot stops, and what to do. */
export const keyProblems: Record<KeyProblem, string> = {
  missing:
    'ITHN_ADDRESS_KEY lacks a key that this database was made with, so its suppression list would match nobody. ' +
    `Put that key back in its place; a key is never taken out. ${howItIsWritten}`,
  reordered:
    'ITHN_ADDRESS_KEY names the keys of this database in another order, so its suppression list would match nobody. ' +
    `Put them back in order, and a new key in front. ${howItIsWritten}`,
  wrong:
    'The address key is not the one that this database was made with, so its suppression list would match nobody. ' +
    'Put the right one into ITHN_ADDRESS_KEY. If that was empty, the key was the oldest entry of ITHN_SECRET at the time: ' +
    `name that secret as ITHN_ADDRESS_KEY, and a new key in front of it if you want one. ${howItIsWritten}`,
};
