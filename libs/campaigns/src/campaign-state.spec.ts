import { campaignStates, canMove, isEditable } from './campaign-state.js';

describe('a campaign', () => {
  it('is launched once: nothing leads out of launched or cancelled', () => {
    for (const to of campaignStates) {
      expect(canMove('launched', to)).toBe(false);
      expect(canMove('cancelled', to)).toBe(false);
    }
  });

  it('cannot be changed between its scheduling and its launch', () => {
    expect(campaignStates.filter(isEditable)).toEqual(['draft', 'missed']);
  });

  it('that was missed can be scheduled anew', () => {
    expect(canMove('missed', 'scheduled')).toBe(true);
  });
});
