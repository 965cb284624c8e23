import { type Channel } from '#common';
import {
  attributeFromCell,
  type AttributeTypes,
  type AttributeValue,
  isDate,
  parseAttribute,
} from './attribute-values.js';
import { type ConsentBasis, consentBases } from './consent-recorder.port.js';
import { fieldOrder, parseField, type TextField } from './contact-input.js';
import { keyNameOf } from './contact-profile.js';
import { restoreCell } from './csv-cell.js';
import { type CsvRow } from './csv-reader.js';
import { isFixedLine } from './phone-number.js';
import { type CellSource, type ConsentMapping, type ImportPlan } from './import-options.js';

/** A row that can be imported. Empty cells are absent: an import never blanks what is known. */
export interface ImportRow {
  line: number;
  cells: string[];
  fields: Partial<Record<TextField, string>>;
  attributes: Record<string, AttributeValue>;
  consents: RowConsent[];
  warnings: ImportWarning[];
}

export interface RowConsent {
  topicId: number;
  channel: Channel;
  /** Null unless the row gives a basis and evidence of it. */
  basis: ConsentBasis | null;
  evidence: { text?: string; source?: string; url?: string };
  occurredAt: Date | null;
  expiresAt: Date | null;
}

/**
 * What was left empty although the row said something, and phones that are certainly fixed lines, which are kept and which
 * SMS will hardly reach; the person is imported all the same.
 */
export const importWarnings = [
  'country',
  'locale',
  'timeZone',
  'consentBasis',
  'consentDate',
  'consentWithoutAddress',
  'phoneFixedLine',
] as const;
export type ImportWarning = (typeof importWarnings)[number];

/** A row that was left out, and why. */
export interface Rejection {
  line: number;
  code: string;
  message: string;
  field: string | null;
  cells: string[];
}

/** A wrong one of these never drops a person: it stays empty, and the fallback applies when something is sent. */
const forgiving: ReadonlySet<TextField> = new Set(['country', 'locale', 'timeZone']);

const LONGEST_EVIDENCE = 4000;
const YES = new Set([
  ...[
    'true',
    'yes',
    'y',
    '1',
    'on',
    'x',
    'subscribed',
    'granted',
    'opted-in',
    'opted in',
    'opt-in',
    'opt in',
  ],
  ...['نعم', 'موافق', 'أوافق', 'مشترك'],
]);

/** Reads one row by the plan: pure, so that every rule of it can be tested without a database. */
export function readRow(raw: CsvRow, plan: ImportPlan, types: AttributeTypes): ImportRow | Rejection {
  const reject = (code: string, message: string, field: string | null = null): Rejection => ({
    line: raw.line,
    code,
    message,
    field,
    cells: raw.cells,
  });
  const fault = faultOf(raw, plan.header.length);
  if (fault) return reject(fault.code, fault.message);

  const cell = (at: number): string => restoreCell(raw.cells[at] ?? '');
  const row: ImportRow = {
    line: raw.line,
    cells: raw.cells,
    fields: {},
    attributes: {},
    consents: [],
    warnings: [],
  };
  for (const field of fieldOrder) {
    const at = plan.targets.indexOf(field);
    if (at < 0) continue;
    const parsed = parseField(field, cell(at), row.fields.country ?? plan.defaultCountry);
    if (!parsed.ok && forgiving.has(field)) row.warnings.push(field as ImportWarning);
    else if (!parsed.ok) return reject(parsed.code, parsed.message, plan.header[at]);
    else if (parsed.value !== null) row.fields[field] = parsed.value;
  }
  for (const [at, target] of plan.targets.entries()) {
    if (!target?.startsWith('attributes.')) continue;
    const key = target.slice('attributes.'.length);
    const type = types.get(key);
    if (type === undefined) {
      return reject('ATTRIBUTE_UNKNOWN', `The attribute "${key}" was deleted meanwhile.`, plan.header[at]);
    }
    const parsed = parseAttribute(key, type, attributeFromCell(type, cell(at)));
    if (!parsed.ok) return reject(parsed.code, parsed.message, plan.header[at]);
    if (parsed.value !== null) row.attributes[key] = parsed.value;
  }
  if (row.fields.phone !== undefined && isFixedLine(row.fields.phone)) row.warnings.push('phoneFixedLine');
  if (row.fields[plan.matchBy] === undefined) {
    const column = plan.header[plan.targets.indexOf(plan.matchBy)] ?? null;
    return reject(
      'MATCH_KEY_MISSING',
      `The row has no ${keyNameOf(plan.matchBy)}, so it names nobody.`,
      column,
    );
  }
  for (const mapping of plan.consents) readConsent(mapping, cell, row);
  return row;
}

export function isRejection(result: ImportRow | Rejection): result is Rejection {
  return 'code' in result;
}

function faultOf(raw: CsvRow, columns: number): { code: string; message: string } | null {
  if (!raw.isUtf8) {
    return { code: 'NOT_UTF8', message: 'The row is not valid UTF-8. Save the file as CSV UTF-8.' };
  }
  if (raw.cells.some(cell => cell.includes('\u0000'))) {
    return { code: 'NUL_CHARACTER', message: 'The row holds a NUL character.' };
  }
  const extra = raw.cells.slice(columns).some(cell => cell !== '');
  if (raw.cells.length < columns || extra) {
    const span = raw.lines > 1 ? ` It runs over ${raw.lines} lines: is a quote (") left open?` : '';
    return {
      code: 'COLUMN_COUNT',
      message: `The row has ${raw.cells.length} cells, the header ${columns}.${span}`,
    };
  }
  return null;
}

function readConsent(mapping: ConsentMapping<number>, cell: (at: number) => string, row: ImportRow): void {
  if (mapping.column !== undefined && !YES.has(cell(mapping.column).trim().toLowerCase())) return;
  const text = (source: CellSource<number> | undefined): string =>
    source === undefined ? '' : ('value' in source ? source.value : cell(source.column)).trim();

  const evidence = Object.fromEntries(
    (['text', 'source', 'url'] as const)
      .map(part => [part, text(mapping.evidence?.[part]).slice(0, LONGEST_EVIDENCE)] as const)
      .filter(([, given]) => given !== ''),
  );
  const basis = readBasis(text(mapping.basis), row);
  row.consents.push({
    topicId: mapping.topicId,
    channel: mapping.channel,
    basis: Object.keys(evidence).length > 0 ? basis : null,
    evidence,
    occurredAt: readInstant(text(mapping.occurredAt), row),
    expiresAt: readInstant(text(mapping.expiresAt), row),
  });
}

function readBasis(text: string, row: ImportRow): ConsentBasis | null {
  const word = text.toLowerCase().replace(/[\s-]+/g, '_');
  const basis = consentBases.find(known => known === word) ?? null;
  if (basis === null && text !== '') row.warnings.push('consentBasis');
  return basis;
}

/** ISO 8601: a day (its first moment in UTC) or an instant; without an offset it is UTC. */
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;

function readInstant(text: string, row: ImportRow): Date | null {
  if (text === '') return null;
  const match = INSTANT.exec(text);
  const [, day = '', time = '00:00', zone = 'Z'] = match ?? [];
  const date = new Date(`${day}T${time}${zone.toUpperCase()}`);
  if (match && isDate(day) && !Number.isNaN(date.getTime())) return date;
  // 05/06/2024 is two different days in two countries: better no date than a wrong one in a proof.
  row.warnings.push('consentDate');
  return null;
}
