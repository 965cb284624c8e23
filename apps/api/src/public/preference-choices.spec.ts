import fc from 'fast-check';
import {
  type Choice,
  chosen,
  digestOf,
  isSubscribed,
  preferenceChanges,
  type Standing,
  valueOf,
} from './preference-choices.js';

const choices: Choice[] = ([1, 2, 'link_tracking'] as const).flatMap(about => [
  { about, channel: 'email' as const },
  { about, channel: 'sms' as const },
]);
const values = choices.map(valueOf);
const someValues = fc.subarray(values);
const noise = fc.array(fc.oneof(fc.string(), fc.constantFrom('__proto__', '1.', '1.email ', '4.email')));

const standing = (ticked: string[], unasked: string[] = []): (Choice & Standing)[] =>
  choices.map(choice => {
    const isTicked = ticked.includes(valueOf(choice));
    return { ...choice, ticked: isTicked, inForce: isTicked || unasked.includes(valueOf(choice)) };
  });

describe('the changes of a posted preference form', () => {
  it('leave everything as it was asked for, never grant what was not asked for, and touch nothing twice', () => {
    fc.assert(
      fc.property(
        someValues,
        someValues,
        someValues,
        someValues,
        noise,
        (granted, unasked, shown, want, strange) => {
          const boxes = standing(granted, unasked);
          const changes = preferenceChanges(boxes, { want: [...want, ...strange], shown });
          const withdrawn = changes.withdraw.map(valueOf);
          const newlyGranted = changes.grant.map(valueOf);
          const inForce = boxes.filter(box => box.inForce).map(valueOf);
          const after = values.filter(
            value => (inForce.includes(value) && !withdrawn.includes(value)) || newlyGranted.includes(value),
          );
          // Nothing unwanted stays, nothing comes that was not ticked by hand.
          for (const value of after) expect(want).toContain(value);
          for (const value of newlyGranted) {
            expect(shown).not.toContain(value);
            expect(granted).not.toContain(value);
          }
          for (const value of withdrawn) expect(inForce).toContain(value);
          // What was shown ticked, or is granted, or was ticked by hand: only the first may be missing afterwards.
          for (const value of want) {
            if (granted.includes(value) || !shown.includes(value)) expect(after).toContain(value);
          }
        },
      ),
    );
  });

  it('are none when the form says what is the case', () => {
    fc.assert(
      fc.property(someValues, granted => {
        expect(preferenceChanges(standing(granted), { want: granted, shown: granted })).toEqual({
          withdraw: [],
          grant: [],
        });
      }),
    );
  });

  it('end with an empty box what the law allowed unasked, and take no tick for it as a consent unless made by hand', () => {
    const value = 'link_tracking.email';
    const boxes = standing([], [value]);
    expect(preferenceChanges(boxes, { want: [], shown: [] }).withdraw.map(valueOf)).toEqual([value]);
    expect(preferenceChanges(boxes, { want: [value], shown: [] }).grant.map(valueOf)).toEqual([value]);
    expect(preferenceChanges(boxes, { want: [value], shown: [value] })).toEqual({ withdraw: [], grant: [] });
  });
});

it('a radio button says something only where it says something new', () => {
  const values = ['all', 'weekly'] as const;
  expect(chosen(values, 'weekly', 'all')).toBe('weekly');
  expect(chosen(values, 'weekly', 'weekly')).toBeNull();
  expect(chosen(values, 'weekly', undefined)).toBe('weekly');
  expect(chosen(values, undefined, 'all')).toBeNull();
  expect(chosen(values, 'toString', 'all')).toBeNull();
});

describe('a subscription', () => {
  const now = new Date('2026-11-21T09:00:00Z');
  const state = (status: 'granted' | 'withdrawn' | 'unknown', expiresAt: Date | null = null) => ({
    ...{
      channel: 'email' as const,
      topicId: 1,
      status,
      basis: null,
      categories: null,
      eventId: 1,
      since: now,
      expiresAt,
    },
  });

  it.each([
    ['granted', [state('granted')], true],
    ['granted until later', [state('granted', new Date(now.getTime() + 1))], true],
    ['granted until now', [state('granted', now)], false],
    ['withdrawn', [state('withdrawn')], false],
    ['imported without proof', [state('unknown')], false],
    ['never spoken of', [], false],
    ['granted on another channel', [{ ...state('granted'), channel: 'sms' as const }], false],
    ['granted for another topic', [{ ...state('granted'), topicId: 2 }], false],
  ])('that is %s', (_, states, expected) => {
    expect(isSubscribed(states, 'email', 1, now)).toBe(expected);
  });
});

it('the digest of a wording tells apart what differs only in where a line ends', () => {
  expect(digestOf(['a', 'b'])).not.toBe(digestOf(['a\nb']));
  expect(digestOf(['ab', ''])).not.toBe(digestOf(['a', 'b']));
  expect(digestOf(['a'])).toBe(digestOf(['a']));
});
