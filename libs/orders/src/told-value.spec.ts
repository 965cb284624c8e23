import { ToldValue, yesOrNo } from './told-value.js';
import { zonedInstant } from './zoned-instant.js';

const value = (raw: unknown): ToldValue => new ToldValue(raw, 'total');

describe('a value that a shop sent', () => {
  it.each([
    ['12.50', 12_500_000n],
    [100.1, 100_100_000n],
    ['33.3333335', 33_333_334n],
    ['33.3333334999', 33_333_333n],
    [383.33299999999997, 383_333_000n],
    [0, 0n],
    ['999999999.999999', 999_999_999_999_999n],
    ['999999999999.999999', 999_999_999_999_999_999n],
    [4_500_000_000, 4_500_000_000_000_000n],
    [null, null],
    ['', null],
  ])('is read as an amount: %p', (raw, micros) => expect(value(raw).micros()).toBe(micros));

  it.each(['-1', '1,5', '1e3', '١٢', '1234567890123', 'NaN', '0x10', 1e21])('is no amount: %p', raw => {
    expect(() => value(raw).micros()).toThrow(expect.objectContaining({ code: 'AMOUNT_INVALID' }));
    expect(value(raw).readableMicros()).toBeNull();
  });

  it('is an id alone, or no deletion', () => {
    expect(new ToldValue({ id: 7 }).loneId()).toBe('7');
    for (const body of [{ id: 7, total: '1' }, {}])
      expect(() => new ToldValue(body).loneId()).toThrow(
        expect.objectContaining({ code: 'WEBHOOK_UNREADABLE' }),
      );
  });

  it('is a time with its offset, or in UTC', () => {
    expect(value('2026-11-21T10:15:04+03:00').instant()).toEqual(new Date('2026-11-21T07:15:04Z'));
    expect(value('2026-11-21T08:05:11').instant()).toEqual(new Date('2026-11-21T08:05:11Z'));
    expect(value(undefined).instant()).toBeNull();
    for (const raw of ['yesterday', '2026', 5, '2026-13-01T00:00:00'])
      expect(() => value(raw).instant()).toThrow(expect.objectContaining({ code: 'WEBHOOK_UNREADABLE' }));
  });

  it('is text of one line that the database can keep, and of no inherited name', () => {
    expect(value(' a\0b\nc\ud800 ').text()).toBe('a b c\ufffd');
    expect(value('🌴'.repeat(10)).text(3)).toBe('🌴🌴🌴');
    expect([value({}).text(), value([]).text(), value(true).text(), value('  ').text()]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(new ToldValue({}).at('constructor', 'name').isThere).toBe(false);
  });

  it('counts parts as wholes, and nothing as nothing', () => {
    expect([2, '3', 0.5, 0, -1, 'x', null, 1e9].map(raw => value(raw).quantity())).toEqual([
      ...[2, 3, 1, null, null, null, null, 1_000_000],
    ]);
  });

  it('is a language or an address of the web, or neither', () => {
    expect(['ar_SA', 'en', 'arabic', '', null].map(raw => value(raw).locale())).toEqual([
      'ar-SA',
      'en',
      null,
      null,
      null,
    ]);
    const urls = ['https://shop.example/o/1', 'javascript:alert(1)', 'http://', null];
    expect(urls.map(raw => value(raw).url())).toEqual([urls[0], null, null, null]);
  });

  it('says yes or no in two languages, and anything else is neither', () => {
    expect(['yes', 'TRUE', '1', 'نعم'].map(yesOrNo)).toEqual([true, true, true, true]);
    expect(['no', 'لا', '0'].map(yesOrNo)).toEqual([false, false, false]);
    expect(['', 'maybe', null, undefined].map(yesOrNo)).toEqual([null, null, null, null]);
  });
});

describe('a time as a clock of a place shows it', () => {
  it.each([
    ['2026-11-21 11:30:09.000000', 'Asia/Riyadh', '2026-11-21T08:30:09Z'],
    ['2026-07-01 00:00:00', 'Europe/London', '2026-06-30T23:00:00Z'],
    ['2026-03-29 03:30:00', 'Europe/Berlin', '2026-03-29T01:30:00Z'],
    ['2026-11-01 12:00:00', 'America/New_York', '2026-11-01T17:00:00Z'],
    ['2026-11-21 12:00:00', 'Asia/Kolkata', '2026-11-21T06:30:00Z'],
    ['2026-11-21 12:00:00', 'UTC', '2026-11-21T12:00:00Z'],
  ])('%s in %s', (local, zone, utc) => expect(zonedInstant(local, zone)).toEqual(new Date(utc)));

  it('that cannot be read is none', () => {
    expect([zonedInstant('soon', 'UTC'), zonedInstant('2026-11-21 12:00:00', 'Mars/Olympus')]).toEqual([
      null,
      null,
    ]);
  });
});
