export const dispatchStates = ['freezing', 'running', 'paused', 'finished', 'cancelled', 'expired'] as const;
export type DispatchState = (typeof dispatchStates)[number];

/**
 * Every move there is; anything else is refused. `expired`: its "not later than" passed. What is `finished` runs again
 * when a worker that was taken for dead wakes up and says of a message that it provably was not sent.
 */
const moves: Record<DispatchState, readonly DispatchState[]> = {
  freezing: ['running', 'finished', 'cancelled', 'expired'],
  running: ['paused', 'finished', 'cancelled', 'expired'],
  paused: ['running', 'cancelled', 'expired'],
  finished: ['running'],
  cancelled: [],
  expired: [],
};

/** The states from which `to` can be reached: the WHERE of every UPDATE that moves a dispatch. */
export function statesBefore(to: DispatchState): DispatchState[] {
  return dispatchStates.filter(from => moves[from].includes(to));
}

/** Whether nothing more will happen, as far as anybody knows. */
export function isEnded(state: DispatchState): boolean {
  return state === 'finished' || moves[state].length === 0;
}
