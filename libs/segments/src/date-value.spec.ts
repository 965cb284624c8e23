import { daysOf, readTimeSpan } from './date-value.js';
import { RuleFault } from './rule.errors.js';
import { type RuleScalar } from './rule.js';

const now = new Date('2026-11-21T09:30:00.250Z');
const span = (value: RuleScalar, at = now): [string, string] => {
  const { from, until } = readTimeSpan(value, at);
  return [from.toISOString(), until.toISOString()];
};

describe('a date in a rule', () => {
  it.each<[string, RuleScalar, string, string]>([
    ['a day is a whole day in UTC', '2026-02-28', '2026-02-28T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
    [
      'a day begins at midnight of its zone',
      { date: '2026-02-28', zone: 'Asia/Riyadh' },
      '2026-02-27T21:00:00.000Z',
      '2026-02-28T21:00:00.000Z',
    ],
    [
      'a day on which summer time ends has 25 hours',
      { date: '2026-10-25', zone: 'Europe/Berlin' },
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ],
    [
      'a day whose midnight is skipped begins after the jump',
      { date: '2026-04-24', zone: 'Africa/Cairo' },
      '2026-04-23T22:00:00.000Z',
      '2026-04-24T21:00:00.000Z',
    ],
    [
      'a moment lasts a millisecond',
      '2026-11-21T09:00:00Z',
      '2026-11-21T09:00:00.000Z',
      '2026-11-21T09:00:00.001Z',
    ],
    [
      'a moment may have an offset',
      '2026-11-21T09:00+03:00',
      '2026-11-21T06:00:00.000Z',
      '2026-11-21T06:00:00.001Z',
    ],
    [
      'a moment without an offset is of its zone',
      { date: '2026-11-21T09:00', zone: 'Asia/Riyadh' },
      '2026-11-21T06:00:00.000Z',
      '2026-11-21T06:00:00.001Z',
    ],
    [
      'microseconds are cut off',
      '2026-11-21T09:00:00.123456Z',
      '2026-11-21T09:00:00.123Z',
      '2026-11-21T09:00:00.124Z',
    ],
    ['now is now', 'now', '2026-11-21T09:30:00.250Z', '2026-11-21T09:30:00.251Z'],
    ['now-30d', 'now-30d', '2026-10-22T09:30:00.250Z', '2026-10-22T09:30:00.251Z'],
    [
      '-30d alone counts from now',
      { relative: '-30d' },
      '2026-10-22T09:30:00.250Z',
      '2026-10-22T09:30:00.251Z',
    ],
    ['now+6h', 'now+6h', '2026-11-21T15:30:00.250Z', '2026-11-21T15:30:00.251Z'],
    [
      'today is the day of the zone',
      { relative: 'today', zone: 'Pacific/Kiritimati' },
      '2026-11-20T10:00:00.000Z',
      '2026-11-21T10:00:00.000Z',
    ],
    ['today-2w', 'today-2w', '2026-11-07T00:00:00.000Z', '2026-11-08T00:00:00.000Z'],
    ['today-100y is before the epoch', 'today-100y', '1926-11-21T00:00:00.000Z', '1926-11-22T00:00:00.000Z'],
    [
      'a day more is the same time tomorrow, also when the clocks change',
      { relative: 'now-28d', zone: 'Europe/Berlin' },
      '2026-10-24T08:30:00.250Z',
      '2026-10-24T08:30:00.251Z',
    ],
  ])('%s', (_, value, from, until) => {
    expect(span(value)).toEqual([from, until]);
  });

  it('a month after 31 January is the last of February', () => {
    expect(span('today+1m', new Date('2027-01-31T12:00:00Z'))[0]).toBe('2027-02-28T00:00:00.000Z');
    expect(span('today-1y', new Date('2028-02-29T12:00:00Z'))[0]).toBe('2027-02-28T00:00:00.000Z');
  });

  it('touches the days of its own zone', () => {
    const late = { date: '2026-11-20T22:30:00Z', zone: 'Asia/Riyadh' };
    expect(daysOf(readTimeSpan(late, now))).toEqual({ from: '2026-11-21', until: '2026-11-22' });
    expect(daysOf(readTimeSpan('2026-12-31', now))).toEqual({ from: '2026-12-31', until: '2027-01-01' });
  });

  it.each<[string, RuleScalar, string]>([
    ['a day that does not exist', '2026-02-30', 'DATE_INVALID'],
    ['a time that does not exist', '2026-02-03T25:00:00Z', 'DATE_INVALID'],
    ['words', 'yesterday', 'DATE_INVALID'],
    ['an empty text', '', 'DATE_INVALID'],
    ['hours of today', 'today+3h', 'DATE_INVALID'],
    ['SQL', "now'; DROP TABLE contact; --", 'DATE_INVALID'],
    ['infinity', 'infinity', 'DATE_INVALID'],
    ['a number', 20261121, 'VALUE_WRONG_TYPE'],
    ['a year before the first', '0999-12-31', 'DATE_OUT_OF_RANGE'],
    ['a year after the last', '9999-01-01', 'DATE_OUT_OF_RANGE'],
    ['a shift beyond all years', 'now+999999y', 'DATE_OUT_OF_RANGE'],
    [
      'a shift beyond what Date holds, in a zone',
      { relative: 'today-999999y', zone: 'Asia/Riyadh' },
      'DATE_OUT_OF_RANGE',
    ],
    ['a shift to the edge of Date', { relative: 'today+273700y', zone: 'Asia/Riyadh' }, 'DATE_OUT_OF_RANGE'],
    ['an unknown zone', { date: '2026-11-21', zone: 'Mars/Olympus' }, 'ZONE_UNKNOWN'],
    ['an offset for a zone', { date: '2026-11-21', zone: '+03:00' }, 'ZONE_UNKNOWN'],
    ['both forms', { date: '2026-11-21', relative: 'now' }, 'DATE_INVALID'],
    ['neither form', {}, 'DATE_INVALID'],
    ['a day given as relative', { relative: '2026-11-21' }, 'DATE_INVALID'],
  ])('is refused: %s', (_, value, code) => {
    let fault: unknown;
    try {
      readTimeSpan(value, now);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(RuleFault);
    expect(fault).toMatchObject({ code });
  });
});
