import { canMove, importStates, isOver, statesBefore } from './import-state.js';

describe('the states of an import', () => {
  it('leave nowhere once it is over', () => {
    expect(importStates.filter(isOver)).toEqual(['finished', 'failed', 'cancelled']);
  });

  it('allow a cancellation at any time before that', () => {
    expect(statesBefore('cancelled')).toEqual(['uploading', 'ready', 'running']);
  });

  it('never finish what did not run', () => {
    expect(statesBefore('finished')).toEqual(['running']);
    expect(canMove('ready', 'finished')).toBe(false);
    expect(canMove('uploading', 'running')).toBe(false);
  });
});
