import fc from 'fast-check';
import { judge, type JudgedClick, machineReasons } from './machine.js';
import { machineReasonText } from './machine-words.js';

const ACCEPTED = new Date('2026-11-21T09:00:00Z');
/** Clicks as [seconds after the message was taken, link]; of a mail with five links. */
const clicks = (...made: [seconds: number, link: number][]): JudgedClick[] =>
  made.map(([seconds, link], at) => ({
    ...{ id: at + 1, link, linkCount: 5, machine: null },
    occurredAt: new Date(ACCEPTED.getTime() + seconds * 1000),
  }));
const verdicts = (given: JudgedClick[], acceptedAt: Date | null = ACCEPTED): (string | undefined)[] => {
  const found = judge(given, acceptedAt);
  return given.map(({ id }) => found.get(id));
};

describe('the clicks of a message', () => {
  it('are a person’s when nothing speaks against it, also two links at once', () => {
    expect(verdicts(clicks([60, 1]))).toEqual([undefined]);
    expect(verdicts(clicks([60, 1], [61, 2], [300, 3], [400, 1]))).toEqual([...Array<undefined>(4)]);
    expect(verdicts(clicks([60, 1], [60.1, 1], [60.2, 1], [60.3, 1]))).toEqual([...Array<undefined>(4)]);
  });

  it('are a machine’s within ten seconds of the message being taken, or before that', () => {
    expect(verdicts(clicks([-1, 1], [9.999, 1], [10, 1]))).toEqual(['TOO_SOON', 'TOO_SOON', undefined]);
    expect(verdicts(clicks([500, 1]), null)).toEqual(['TOO_SOON']);
  });

  it('are a machine’s when three links or more were pressed within two seconds, in whatever order they came', () => {
    expect(verdicts(clicks([60, 1], [61, 2], [62, 3]))).toEqual(['BURST', 'BURST', 'BURST']);
    expect(verdicts(clicks([60, 1], [61, 2], [62.001, 3]))).toEqual([undefined, undefined, undefined]);
    expect(verdicts(clicks([62, 3], [60, 1], [61, 2]))).toEqual(['BURST', 'BURST', 'BURST']);
  });

  it('that seemed a person’s are taken back by what came after them', () => {
    const first = clicks([60, 1]);
    expect(verdicts(first)).toEqual([undefined]);
    const all = clicks([60, 1], [60.4, 2], [60.6, 3], [60.8, 4], [61, 5]);
    expect(verdicts(all)).toEqual(Array<string>(5).fill('BURST'));
  });

  it('near a burst are taken for the same machine’s; a day later they are a person’s again', () => {
    expect(verdicts(clicks([60, 4], [100, 1], [100, 2], [100, 3], [161, 5], [86_400, 2]))).toEqual([
      ...['BURST', 'BURST', 'BURST', 'BURST', undefined, undefined],
    ]);
  });

  it('are a machine’s about the link that no person sees', () => {
    expect(verdicts(clicks([60, 1], [90, 0], [200, 2]))).toEqual(['HIDDEN_LINK', 'HIDDEN_LINK', undefined]);
  });

  it('are a machine’s when every link there is was pressed at once', () => {
    const two = clicks([60, 1], [61.5, 2]).map(click => ({ ...click, linkCount: 2 }));
    expect(verdicts(two)).toEqual(['EVERY_LINK', 'EVERY_LINK']);
    const one = clicks([60, 1]).map(click => ({ ...click, linkCount: 1 }));
    expect(verdicts(one)).toEqual([undefined]);
  });

  it('that are flagged already stay so, and betray the others', () => {
    const given = clicks([60, 1], [60.5, 2], [61, 3]);
    const flagged = given.map((click, at) => (at === 0 ? { ...click, machine: 'SCANNER' as const } : click));
    expect(verdicts(flagged)).toEqual([undefined, 'BURST', 'BURST']);
  });

  it('are judged the same in any order, and what was found is found again with more of them', () => {
    const some = fc.array(fc.tuple(fc.integer({ min: -5, max: 300 }), fc.nat(5)), { maxLength: 30 });
    fc.assert(
      fc.property(some, fc.integer({ min: 0, max: 30 }), (made, count) => {
        const all = clicks(...made);
        const found = judge(all, ACCEPTED);
        expect(judge([...all].reverse(), ACCEPTED)).toEqual(found);
        for (const id of judge(all.slice(0, count), ACCEPTED).keys()) expect(found.has(id)).toBe(true);
        // By hand: any three links within two seconds.
        for (const { id, occurredAt } of all) {
          const near = new Set(
            all
              .filter(other => other.occurredAt >= occurredAt && +other.occurredAt <= +occurredAt + 2000)
              .map(other => other.link),
          );
          if (near.size >= 3) expect(found.has(id)).toBe(true);
        }
      }),
    );
  });

  it('have each reason in words', () => {
    for (const reason of machineReasons) {
      expect(machineReasonText(reason, 'en')).toMatch(/\.$/);
      expect(machineReasonText(reason, 'ar')).toMatch(/[\u0600-\u06ff].*\.$/);
    }
  });
});
