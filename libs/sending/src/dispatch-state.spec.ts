import { dispatchStates, isEnded, statesBefore } from './dispatch-state.js';

describe('a dispatch', () => {
  it('never leaves an ended state', () => {
    const ended = dispatchStates.filter(isEnded);
    expect(ended).toEqual(['finished', 'cancelled', 'expired']);
    for (const to of dispatchStates) expect(statesBefore(to).filter(isEnded)).toEqual([]);
  });

  it('can be cancelled from every state that is not ended', () => {
    expect(statesBefore('cancelled')).toEqual(['freezing', 'running', 'paused']);
  });

  it('is paused only while it runs, and runs again only from its pause or its freezing', () => {
    expect(statesBefore('paused')).toEqual(['running']);
    expect(statesBefore('running')).toEqual(['freezing', 'paused']);
  });
});
