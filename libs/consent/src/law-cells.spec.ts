import fc from 'fast-check';
import { DomainError } from '#common';
import { cellNames, parseCellName, parseCellValue } from './law-cells.js';
import { type CellName } from './law-pack.js';
import { hoursRange } from './law-rules.js';

describe('a cell of a law pack', () => {
  const good: [CellName, unknown][] = [
    ['hours.sms', null],
    ['hours.sms', { mon: [['00:00', '24:00']] }],
    ['hours.sms', { mon: [['09:00', '12:00'], ['14:00', '18:00']], sun: [['12:00', '12:01']] }], // prettier-ignore
    ['daysOff.sms', ['2028-02-29', '2026-12-25']],
    ['daysOff.sms', []],
    ['bases.sms.marketing', []],
    ['mark.smsSender', { prefix: '', suffix: '-AD' }],
    ['mark.subject', 'إعلان'],
    ['honour.days', 0],
  ];
  const bad: [CellName, unknown][] = [
    ['hours.sms', {}],
    ['hours.sms', []],
    ['hours.sms', 'any'],
    ['hours.sms', undefined],
    ['hours.sms', { mon: [] }],
    ['hours.sms', { monday: [['09:00', '18:00']] }],
    ['hours.sms', { mon: [['18:00', '09:00']] }],
    ['hours.sms', { mon: [['09:00', '09:00']] }],
    ['hours.sms', { mon: [['09:00', '25:00']] }],
    ['hours.sms', { mon: [['24:00', '24:00']] }],
    ['hours.sms', { mon: [['9:00', '18:00']] }],
    ['hours.sms', { mon: [['09:00', '18:00', '19:00']] }],
    ['hours.sms', { mon: [['09:00', '14:00'], ['12:00', '18:00']] }], // prettier-ignore
    ['hours.sms', JSON.parse('{"__proto__": [["09:00", "18:00"]]}')],
    ['daysOff.sms', ['2026-02-29']],
    ['daysOff.sms', ['2026-1-1']],
    ['daysOff.sms', ['9999-12-31']],
    ['daysOff.sms', ['2026-12-25', '2026-12-25']],
    ['daysOff.sms', Array.from({ length: 11 }, (_, day) => `2026-12-${day + 10}`)],
    ['bases.sms.marketing', ['service']],
    ['bases.sms.marketing', ['express', 'express']],
    ['footer.email', ['fromName']],
    ['footer.email', ['__proto__']],
    ['mark.smsSender', { prefix: 'AD-' }],
    ['mark.smsSender', { prefix: 'PROMOTION', suffix: '' }],
    ['mark.subject', 'a\r\nBcc: x@example.com'],
    ['mark.subject', '\ud800'],
    ['honour.days', -1],
    ['honour.days', 1.5],
    ['honour.days', '3'],
    ['honour.days', 1e308],
    ['statement.marketing', 'true'],
    ['doubleOptIn', null],
  ];

  it.each(good)('%s takes %j', (cell, value) => {
    expect(parseCellValue(cell, value)).toEqual(value);
  });

  it.each(bad)('%s refuses %j, and says what it takes', (cell, value) => {
    expect(() => parseCellValue(cell, value)).toThrow(
      expect.objectContaining({
        kind: 'unprocessable',
        code: 'LAW_CELL_VALUE_INVALID',
        message: expect.stringMatching(new RegExp(`^The cell ${cell} takes .{10,}\\.$`)),
      }),
    );
  });

  it('is known by its exact name alone', () => {
    expect(parseCellName('hours.sms')).toBe('hours.sms');
    for (const name of ['hours', 'HOURS.SMS', '__proto__', 'constructor', 'toString', '', 'hours.sms ']) {
      expect(() => parseCellName(name)).toThrow(expect.objectContaining({ code: 'LAW_CELL_NOT_FOUND' }));
    }
  });

  it('takes or refuses whatever there is, and never breaks', () => {
    fc.assert(
      fc.property(fc.constantFrom(...cellNames), fc.anything({ withNullPrototype: true }), (cell, value) => {
        try {
          parseCellValue(cell, value);
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError);
        }
      }),
    );
  });
});

describe('hours', () => {
  it('become minutes of the week, Monday first', () => {
    expect(hoursRange({ mon: [['00:00', '24:00']], sun: [['09:30', '12:00'], ['23:00', '24:00']] })).toBe(
      '{[0,1440),[9210,9360),[10020,10080)}',
    ); // prettier-ignore
    expect(hoursRange(null)).toBeNull();
  });
});
