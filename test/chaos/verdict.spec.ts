import { isBalanced, judge, type Numbers } from './verdict.js';

const row = (contactId: number, state: string) => ({
  contactId,
  address: `p${contactId}@example.com`,
  state,
});
const mail = (contactId: number, recipient = `p${contactId}@example.com`) => ({ contactId, recipient });
const clean = {
  ...{ duplicates: 0, lost: 0, delivered_without_row: 0, contradicted: 0, misaddressed: 0 },
  ...{ unknown: 0, unknown_taken: 0 },
};

describe('the verdict on a campaign', () => {
  it('finds nothing wrong where everybody is accounted for', () => {
    const rows = [row(1, 'accepted'), row(2, 'rejected'), row(3, 'skipped')];
    expect(judge([1, 2, 3], rows, [mail(1)])).toEqual(clean);
  });

  it('counts each mail beyond the first', () => {
    expect(judge([1], [row(1, 'accepted')], [mail(1), mail(1), mail(1)])).toEqual({
      ...clean,
      duplicates: 2,
    });
  });

  it('calls lost who has no row, who still waits, and who is said to have it and has not', () => {
    const rows = [row(2, 'deferred'), row(3, 'attempting'), row(4, 'accepted')];
    expect(judge([1, 2, 3, 4], rows, [])).toEqual({ ...clean, lost: 4 });
  });

  it('finds a mail that no attempt stands for, and one whose row denies it', () => {
    expect(judge([2], [row(2, 'skipped')], [mail(1), mail(2)])).toEqual({
      ...clean,
      delivered_without_row: 1,
      contradicted: 1,
    });
  });

  it('finds a mail that went to somebody else', () => {
    expect(judge([1], [row(1, 'accepted')], [mail(1, 'p2@example.com')])).toEqual({
      ...clean,
      misaddressed: 1,
    });
  });

  it('counts what is unknown apart, whether it arrived or not', () => {
    expect(judge([1, 2], [row(1, 'unknown'), row(2, 'unknown')], [mail(1)])).toEqual({
      ...clean,
      unknown: 2,
      unknown_taken: 1,
    });
  });
});

describe('the balance', () => {
  const numbers: Numbers = {
    ...{ candidates: 12, frozen: 10, excluded: { WITHDRAWN: 2 }, accepted: 4, rejected: 1, deferred: 1 },
    ...{ skipped: { WITHDRAWN: 1 }, unknown: 1, cancelled: 0, attempting: 1, notYetAttempted: 1 },
  };
  it('holds when both sums do', () => expect(isBalanced(numbers)).toBe(true));
  it('fails when one is missing', () => expect(isBalanced({ ...numbers, accepted: 3 })).toBe(false));
  it('fails when a candidate is missing', () =>
    expect(isBalanced({ ...numbers, candidates: 13 })).toBe(false));
  it('fails when a number is below zero, though the sum is right', () =>
    expect(isBalanced({ ...numbers, accepted: 6, notYetAttempted: -1 })).toBe(false));
});
