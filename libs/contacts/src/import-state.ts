import { DomainError } from '#common';

export const importStates = ['uploading', 'ready', 'running', 'finished', 'failed', 'cancelled'] as const;
export type ImportState = (typeof importStates)[number];

/**
 * Every move there is. `running -> ready` is a worker that stops in good order; one that dies stays `running` until
 * its lease runs out and another takes over from the checkpoint. An upload that breaks off leaves no row at all.
 */
const moves: Record<ImportState, readonly ImportState[]> = {
  uploading: ['ready', 'cancelled'],
  ready: ['running', 'cancelled'],
  running: ['ready', 'finished', 'failed', 'cancelled'],
  finished: [],
  failed: [],
  cancelled: [],
};

export function canMove(from: ImportState, to: ImportState): boolean {
  return moves[from].includes(to);
}

/** The states from which this one can be reached, for the guard of an UPDATE. */
export function statesBefore(to: ImportState): ImportState[] {
  return importStates.filter(from => canMove(from, to));
}

export function isOver(state: ImportState): boolean {
  return moves[state].length === 0;
}

export function notCancellable(state: ImportState): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'IMPORT_OVER',
    message: `This import is ${state} already; there is nothing left to cancel.`,
  });
}
