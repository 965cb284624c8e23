import fc from 'fast-check';
import { type Dispatch } from './dispatch.js';
import { dispatchStates } from './dispatch-state.js';
import { type MessageState, messageStates } from './message.repository.js';
import { progressOf } from './progress.js';

const dispatch = (more: Partial<Dispatch>): Dispatch => ({
  ...{
    id: 1,
    name: 'x',
    state: 'running',
    channel: 'email',
    messageClass: 'marketing',
    senderId: 1,
    topicId: 1,
  },
  ...{
    templateVersionId: 1,
    productCategories: [],
    audience: null,
    notAfter: null,
    localTime: null,
    pastHour: null,
    utm: null,
    smsVersionId: null,
    smartEncoding: false,
    shortLinks: false,
    byPerson: false,
    frozen: 0,
    excluded: {},
    createdAt: new Date(0),
  },
  ...{ frozenAt: null, endedAt: null, pause: null, ...more },
});

const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((total, n) => total + n, 0);

describe('the progress of a dispatch', () => {
  it('balances for any state and any rows', () => {
    const counts = fc.uniqueArray(
      fc.record({
        state: fc.constantFrom<MessageState>(...messageStates),
        reason: fc.constantFrom('WITHDRAWN', 'NO_CONSENT', 'REFUSED', null),
        count: fc.nat(1000),
      }),
      { selector: row => `${row.state} ${row.reason}` },
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...dispatchStates),
        counts,
        fc.nat(5000),
        fc.nat(500),
        (state, rows, rest, out) => {
          const rowCount = rows.reduce((total, row) => total + row.count, 0);
          const frozen = rowCount + rest;
          const progress = progressOf(dispatch({ state, frozen, excluded: { NO_CONSENT: out } }), rows);
          expect(progress.candidates).toBe(frozen + out);
          expect(
            progress.accepted +
              progress.rejected +
              progress.deferred +
              sum(progress.skipped) +
              progress.unknown +
              progress.cancelled +
              progress.attempting +
              progress.notYetAttempted,
          ).toBe(frozen);
        },
      ),
    );
  });

  it('counts what a cancelled dispatch left undone as cancelled, retries that never came included', () => {
    const rows = [
      { state: 'accepted' as const, reason: null, count: 3 },
      { state: 'deferred' as const, reason: 'TRY_LATER', count: 2 },
    ];
    const progress = progressOf(dispatch({ state: 'cancelled', frozen: 10 }), rows);
    expect(progress).toMatchObject({ accepted: 3, deferred: 0, cancelled: 7, notYetAttempted: 0 });
  });

  it('knows no candidates before the audience is frozen', () => {
    expect(progressOf(dispatch({ state: 'freezing', frozen: null, excluded: null }), [])).toMatchObject({
      candidates: null,
      frozen: null,
      notYetAttempted: 0,
    });
  });
});
