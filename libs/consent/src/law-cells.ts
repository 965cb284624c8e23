import { z } from 'zod';
import { DomainError, type MessageClass, notFound } from '#common';
import { basesOfPurpose } from './bases.js';
import { type CellName, footerFields, type LawCells, type LawPack, weekdays } from './law-pack.js';

/** Longer than this and the gate, which looks 15 days ahead, would find no hour and say "never" instead of "later". */
const LONGEST_REST = 10;

/** What a cell may hold, and in words what it wants: an operator's value is checked by it, and so is every pack. */
export const cellSchemas: { [Name in CellName]: z.ZodType<LawCells[Name]['value']> } = {
  'bases.email.marketing': basesOf('marketing'),
  'bases.email.service': basesOf('service'),
  'bases.email.transactional': basesOf('transactional'),
  'bases.sms.marketing': basesOf('marketing'),
  'bases.sms.service': basesOf('service'),
  'bases.sms.transactional': basesOf('transactional'),
  'implied.purchaseMonths': whole(1, 120, 'months'),
  'implied.inquiryMonths': whole(1, 120, 'months'),
  'hours.email': weeklyHours(),
  'hours.sms': weeklyHours(),
  'daysOff.email': daysOff(),
  'daysOff.sms': daysOff(),
  'footer.email': footer(),
  'footer.sms': footer(),
  'statement.marketing': z.boolean().describe('true or false'),
  'mark.smsSender': z
    .strictObject({ prefix: mark(), suffix: mark() })
    .describe('an object of a prefix and a suffix, each of up to 6 letters, digits or hyphens, or empty'),
  'replies.sms': z.boolean().describe('true or false'),
  'shortLinks.sms': z.boolean().describe('true or false'),
  'mark.subject': z
    .string()
    .max(40)
    .regex(/^[\p{L}\p{N}\p{P}\p{S} ]*$/u)
    .describe('a single line of up to 40 characters, or empty'),
  doubleOptIn: z.enum(['required', 'recommended']).describe('"required" or "recommended"'),
  'honour.days': whole(0, 60, 'days'),
  'honour.linkDays': whole(1, 3650, 'days'),
  'tracking.opens': z.enum(['consent', 'allowed']).describe('"consent" or "allowed"'),
  'tracking.links': z.enum(['consent', 'allowed']).describe('"consent" or "allowed"'),
  'retention.proofMonths': whole(1, 600, 'months'),
  'rights.responseDays': whole(1, 90, 'days'),
};

export const cellNames = Object.keys(cellSchemas) as CellName[];

/** The cells that a version has otherwise than the one before it; all of them when there was none. */
export function changedCells(pack: LawPack, before: LawPack | undefined): CellName[] {
  return cellNames.filter(name => JSON.stringify(pack.cells[name]) !== JSON.stringify(before?.cells[name]));
}

/** @throws DomainError LAW_CELL_NOT_FOUND */
export function parseCellName(text: string): CellName {
  const name = cellNames.find(cell => cell === text);
  if (!name) throw notFound('law cell', text);
  return name;
}

/**
 * A value that this cell may hold.
 * @throws DomainError LAW_CELL_VALUE_INVALID, telling what is expected
 */
export function parseCellValue<Name extends CellName>(cell: Name, value: unknown): LawCells[Name]['value'] {
  const schema: z.ZodType<LawCells[Name]['value']> = cellSchemas[cell];
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new DomainError({
    kind: 'unprocessable',
    code: 'LAW_CELL_VALUE_INVALID',
    message: `The cell ${cell} takes ${schema.description ?? 'another value'}.`,
    details: parsed.error.issues.slice(0, 20).map(({ path, code, message }) => ({
      path: ['value', ...path].map(String).join('.').slice(0, 200),
      code: code.toUpperCase(),
      message: message.slice(0, 300),
    })),
  });
}

function basesOf(purpose: MessageClass): z.ZodType<LawCells['bases.email.marketing']['value']> {
  const known = basesOfPurpose[purpose];
  return z
    .array(z.enum(known))
    .max(known.length)
    .refine(isUnique, 'each basis once')
    .describe(`a list of bases, each once, out of ${known.join(', ')}; an empty list stops the channel`);
}

function whole(from: number, to: number, unit: string): z.ZodType<number> {
  return z.int().min(from).max(to).describe(`a whole number of ${unit} from ${from} to ${to}`);
}

function weeklyHours(): z.ZodType<LawCells['hours.sms']['value']> {
  const from = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 09:00');
  const to = z
    .string()
    .regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time such as 18:00 or 24:00');
  const day = z
    .array(z.tuple([from, to]))
    .min(1, 'leave the day out to close it')
    .max(10)
    .refine(
      ranges => ranges.flat().every((time, at, times) => at === 0 || (times[at - 1] ?? '') < time),
      'each range must end after it begins, and begin after the one before it',
    )
    .optional();
  return z
    .strictObject(Object.fromEntries(weekdays.map(weekday => [weekday, day])))
    .refine(week => Object.keys(week).length > 0, 'needs a day; to stop a channel, empty its bases')
    .nullable()
    .describe(
      'hours by day, such as {"mon": [["09:00", "18:00"]], "sun": [["12:00", "18:00"]]}; null for any hour',
    );
}

function daysOff(): z.ZodType<string[]> {
  return z
    .array(z.iso.date().refine(day => day >= '2000-01-01' && day < '2100-01-01', 'must lie in 2000-2099'))
    .max(500)
    .refine(isUnique, 'each day once')
    .refine(isBroken, `at most ${LONGEST_REST} days in a row`)
    .describe(`a list of days such as "2026-12-25", each once, at most ${LONGEST_REST} in a row`);
}

function footer(): z.ZodType<LawCells['footer.email']['value']> {
  return z
    .array(z.enum(footerFields))
    .refine(isUnique, 'each field once')
    .describe(`a list of fields, each once, out of ${footerFields.join(', ')}`);
}

/** Sender names of SMS have 11 characters of these at most, and something of the name must remain. */
function mark(): z.ZodString {
  return z.string().regex(/^[A-Za-z0-9-]{0,6}$/);
}

function isUnique(items: readonly string[]): boolean {
  return new Set(items).size === items.length;
}

function isBroken(days: readonly string[]): boolean {
  let run = 0;
  let before = NaN;
  for (const day of days.map(text => Date.parse(text)).sort((a, b) => a - b)) {
    run = day - before === 86_400_000 ? run + 1 : 1;
    if (run > LONGEST_REST) return false;
    before = day;
  }
  return true;
}
