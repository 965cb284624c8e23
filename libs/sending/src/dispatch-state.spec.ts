import { dispatchStates, isEnded, statesBefore } from './dispatch-state.js';

describe('a dispatch', () => {
  it('never leaves an ended state, except to try again what was thought to be done', () => {
    const ended = dispatchStates.filter(isEnded);
    expect(ended).toEqual(['finished', 'cancelled', 'expired']);
    for (const to of dispatchStates) {
      expect(statesBefore(to).filter(isEnded)).toEqual(to === 'running' ? ['finished'] : []);
    }
  });

  it('can be cancelled from every state that is not ended', () => {
    expect(statesBefore('cancelled')).toEqual(['freezing', 'running', 'paused']);
  });

  it('is paused only while it runs', () => {
    expect(statesBefore('paused')).toEqual(['running']);
    expect(statesBefore('running')).toEqual(['freezing', 'paused', 'finished']);
  });
});
