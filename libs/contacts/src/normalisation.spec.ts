import fc from 'fast-check';
import { attributeFromCell, attributeToCell, mergeAttributes, parseAttribute } from './attribute-values.js';
import { normalizeEmail } from './email-address.js';
import { normalizePhone, phoneFacts } from './phone-number.js';
import { parseCountry, parseLocale } from './place-and-language.js';
import { parseLine, parseText } from './plain-text.js';
import { parseTimeZone, timeZoneOf } from './time-zone.js';

describe('an email', () => {
  it.each([
    ['  Ann.Lee@Example.COM ', 'ann.lee@example.com'],
    ["o'neil+x@sub.example.co.uk", "o'neil+x@sub.example.co.uk"],
    ['info@مثال.السعودية', 'info@xn--mgbh0fb.xn--mgberp4a5d4ar'],
    ['user@XN--MGBH0FB.example', 'user@xn--mgbh0fb.example'],
    ['ليلى@example.com', 'ليلى@example.com'],
  ])('written %s is kept as %s', (typed, kept) => expect(normalizeEmail(typed)).toBe(kept));

  it.each([
    ...[
      '',
      '@',
      'a@',
      '@b.co',
      'a b@example.com',
      'a@exa mple.com',
      'a@localhost',
      'a@b..co',
      '.a@b.co',
      'a.@b.co',
    ],
    ...[
      'a@-b.co',
      'a@b-.co',
      'a@1.2.3.4',
      'a@[1.2.3.4]',
      '"a b"@b.co',
      'a@b.co>',
      'a\u0000@b.co',
      'a@b.co\nc',
      'a@b_c.co',
    ],
    ...[
      'a@xn--zzzzzzzzzzzz99999.com',
      `${'a'.repeat(65)}@b.co`,
      `a@${'b'.repeat(64)}.co`,
      `a@${'bb.'.repeat(90)}co`,
    ],
  ])('is not %j', text => expect(normalizeEmail(text)).toBeNull());

  it('kept once is kept the same for ever, and never holds what could break out of a header', () => {
    const almost = fc
      .tuple(fc.string({ unit: 'grapheme' }), fc.domain())
      .map(([local, domain]) => `${local}@${domain}`);
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), almost, fc.string({ unit: 'binary' })), typed => {
        const kept = normalizeEmail(typed);
        if (kept === null) return;
        expect(normalizeEmail(kept)).toBe(kept);
        expect(kept).not.toMatch(/[\s\p{Cc}<>,;"]/u);
        expect(kept.split('@')).toHaveLength(2);
        expect(kept.split('@')[1]).toMatch(/^[a-z0-9.-]+$/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a phone', () => {
  it.each([
    ['+966501234567', 'SA', true, 'mobile'],
    ['+966112345678', 'SA', true, 'fixed_line'],
    ['+442071838750', 'GB', true, 'fixed_line'],
    ['+447400123456', 'GB', true, 'mobile'],
    ['+201001234567', 'EG', true, 'mobile'],
    // North America's mobiles bear the area codes of its fixed lines.
    ['+12125550123', 'US', true, 'fixed_line_or_mobile'],
    ['+14165550123', 'CA', true, 'fixed_line_or_mobile'],
    ['+18005551234', 'US', true, 'toll_free'],
    ['+80012345678', null, true, 'toll_free'],
    ['+966599', 'SA', false, null],
    // No area code of anybody's.
    ['+12111234567', null, false, null],
    ['+99912345678', null, false, null],
  ])('%s is of %s, valid: %s, %s', (phone, country, valid, type) =>
    expect(phoneFacts(phone)).toEqual({ country, valid, type }),
  );

  it.each([
    ['+966 50 123 4567', null, '+966501234567'],
    ['00966501234567', null, '+966501234567'],
    ['0501234567', 'SA', '+966501234567'],
    ['٠٥٠١٢٣٤٥٦٧', 'SA', '+966501234567'],
    ['(020) 7946-0958', 'GB', '+442079460958'],
    ['+44 7700 900123', 'SA', '+447700900123'],
  ])('written %s with country %s is %s', (typed, country, kept) =>
    expect(normalizePhone(typed, country)).toBe(kept),
  );

  it.each([
    ['0501234567', null],
    ['0501234567', 'AQ'],
    ['call 0501234567 now', 'SA'],
    ['+966', null],
    ['+1 212 555 0100 ext. 5', null],
    ['+96650123456789012', null],
    ['', 'SA'],
    ['1'.repeat(1000), 'SA'],
  ])('is not %j with country %s', (typed, country) => expect(normalizePhone(typed, country)).toBeNull());

  it('kept once is kept the same for ever, whatever country comes along', () => {
    const digits = fc.stringMatching(/^(\+|00|0)?[0-9 ()-]{4,18}$/);
    fc.assert(
      fc.property(digits, fc.constantFrom('SA', 'GB', 'EG', 'US', null), (typed, country) => {
        const kept = normalizePhone(typed, country);
        if (kept === null) return;
        expect(kept).toMatch(/^\+[1-9]\d{3,14}$/);
        expect(normalizePhone(kept, null)).toBe(kept);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a place or language', () => {
  it('is kept in its canonical form', () => {
    expect(parseTimeZone(' asia/calcutta ')).toEqual({ ok: true, value: 'Asia/Kolkata' });
    expect(parseTimeZone('Europe/Kyiv')).toEqual({ ok: true, value: 'Europe/Kyiv' });
    expect(parseTimeZone('etc/utc')).toEqual({ ok: true, value: 'UTC' });
    expect(parseLocale('AR_eg')).toEqual({ ok: true, value: 'ar-EG' });
    expect(parseCountry(' gb ')).toEqual({ ok: true, value: 'GB' });
  });

  it.each(['+03:00', 'Mars/Olympus', '', 'UTC+3', 'Asia/Riyadh; DROP', 'x'.repeat(10_000)])(
    'is no zone: %j',
    zone => {
      expect(parseTimeZone(zone)).toMatchObject({ ok: false, code: 'TIME_ZONE_UNKNOWN' });
    },
  );

  it('is refused in a sentence of a bearable length', () => {
    const refused = parseTimeZone('x'.repeat(10_000));
    expect(refused.ok ? '' : refused.message.length).toBeLessThan(250);
  });

  it('of a person has a fallback, and the fallback has one: nobody is without a zone', () => {
    expect(timeZoneOf({ timeZone: 'Asia/Dubai' }, 'Europe/London')).toBe('Asia/Dubai');
    expect(timeZoneOf({ timeZone: null }, 'Europe/London')).toBe('Europe/London');
    expect(timeZoneOf({ timeZone: 'Mars/Olympus' }, 'Europe/London')).toBe('Europe/London');
    expect(timeZoneOf({ timeZone: 'Mars/Olympus' }, 'Nowhere')).toBe('UTC');
    expect(timeZoneOf({ timeZone: null })).toBe('UTC');
  });

  it('every zone this machine knows is kept as one it knows', () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      const kept = parseTimeZone(zone);
      expect(kept.ok && parseTimeZone(kept.value)).toEqual(kept);
    }
  });
});

describe('a text', () => {
  it('has no line breaks in a name, and none of its controls anywhere', () => {
    expect(parseLine(' a\r\n b\u00a0c ', 'It', 'BAD', 20)).toEqual({ ok: true, value: 'a b c' });
    expect(parseLine('  ', 'It', 'BAD', 20)).toEqual({ ok: true, value: null });
    expect(parseText(' a\r\nb ', 'It', 'BAD', 20)).toEqual({ ok: true, value: 'a\r\nb' });
    for (const text of ['a\u0000b', 'a\u001bb', '\ud800', 'x'.repeat(21), 'x'.repeat(1_000_000)]) {
      expect(parseLine(text, 'It', 'BAD', 20)).toMatchObject({ ok: false, code: 'BAD' });
      expect(parseText(text, 'It', 'BAD', 20)).toMatchObject({ ok: false, code: 'BAD' });
    }
  });
});

describe('an attribute', () => {
  const value = fc.oneof(
    fc.tuple(fc.constant('text' as const), fc.string({ unit: 'grapheme', maxLength: 200 })),
    fc.tuple(fc.constant('number' as const), fc.double({ noNaN: true, noDefaultInfinity: true })),
    fc.tuple(fc.constant('boolean' as const), fc.boolean()),
    fc.tuple(
      fc.constant('date' as const),
      fc
        .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
        .map(date => date.toISOString().slice(0, 10)),
    ),
    fc.tuple(
      fc.constant('list' as const),
      fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 10 }),
    ),
  );

  it('written to a cell and read again is the same', () => {
    fc.assert(
      fc.property(value, ([type, given]) => {
        const kept = parseAttribute('x', type, given);
        if (!kept.ok || kept.value === null) return;
        expect(parseAttribute('x', type, attributeFromCell(type, attributeToCell(kept.value)))).toEqual(kept);
      }),
      { numRuns: 2000 },
    );
  });

  it('of any JSON value is kept or refused with a code, never thrown', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('text', 'number', 'date', 'boolean', 'list'),
        fc.jsonValue(),
        (type, given) => {
          const kept = parseAttribute('x', type as 'text', given);
          if (!kept.ok) expect(kept.code).toBe('ATTRIBUTE_INVALID');
        },
      ),
    );
  });

  it('together with the others stays below the limit of a contact', () => {
    const types = new Map(Array.from({ length: 20 }, (_, i) => [`a${i}`, 'text' as const]));
    const full = Object.fromEntries([...types.keys()].map(key => [key, 'ل'.repeat(1000)]));
    expect(mergeAttributes({}, full, types)).toMatchObject({ ok: false, code: 'ATTRIBUTES_TOO_LARGE' });
    expect(mergeAttributes({ a0: 'x' }, { a0: null, a1: '' }, types)).toEqual({ ok: true, value: {} });
  });
});
