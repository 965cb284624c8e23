import { type AttributeTypes } from './attribute-values.js';
import { keyNameOf, type MatchKey, matchKeys } from './contact-profile.js';
import { fieldOrder, type TextField } from './contact-input.js';
import { type CsvHeader } from './csv-header.js';
import {
  type CellSource,
  type ConsentMapping,
  type ImportPlan,
  type ImportRequest,
  type Target,
} from './import-options.js';
import { importError } from './import.errors.js';
import { parseCountry } from './place-and-language.js';

export const IGNORE = 'ignore';

/** Names that files give a field, in lower case without spaces and signs. The field's own name is among them. */
const synonyms: Record<TextField, readonly string[]> = {
  externalId: ['externalid', 'customerid', 'customernumber', 'crmid', 'رقمالعميل', 'معرفالعميل'],
  email: ['email', 'emailaddress', 'mail', 'البريدالإلكتروني', 'البريدالالكتروني', 'الإيميل', 'البريد'],
  phone: [
    ...[
      'phone',
      'phonenumber',
      'mobile',
      'mobilephone',
      'mobilenumber',
      'cell',
      'cellphone',
      'telephone',
      'msisdn',
    ],
    ...['الجوال', 'رقمالجوال', 'الهاتف', 'رقمالهاتف', 'الموبايل', 'المحمول'],
  ],
  firstName: ['firstname', 'givenname', 'forename', 'fname', 'الاسمالأول', 'الاسمالاول'],
  lastName: ['lastname', 'familyname', 'surname', 'lname', 'اسمالعائلة', 'العائلة', 'الاسمالأخير', 'اللقب'],
  locale: ['locale', 'language', 'lang', 'اللغة'],
  country: ['country', 'countrycode', 'الدولة', 'البلد'],
  timeZone: ['timezone', 'tz', 'المنطقةالزمنية'],
};

const fieldOfName = new Map(
  fieldOrder.flatMap(field => synonyms[field].map((name): [string, TextField] => [name, field])),
);

/**
 * Decides what each column is, and makes the request definite.
 * @throws DomainError naming the column or option that is wrong
 */
export function planImport(request: ImportRequest, header: CsvHeader, types: AttributeTypes): ImportPlan {
  const targets = mapColumns(header.columns, request.columns ?? {}, types);
  const position = (column: string): number => positionOf(header.columns, column);
  return {
    delimiter: header.delimiter,
    header: header.columns,
    targets,
    matchBy: chooseKey(request.matchBy, targets),
    onExisting: request.onExisting ?? 'update',
    defaultCountry: checkedCountry(request.defaultCountry),
    consents: (request.consents ?? []).map(consent => placeConsent(consent, position)),
  };
}

function mapColumns(
  columns: string[],
  asked: Record<string, string>,
  types: AttributeTypes,
): (Target | null)[] {
  const wishes = new Map(Object.entries(asked));
  for (const column of wishes.keys()) positionOf(columns, column);
  const targets = columns.map(column => {
    const wish = wishes.get(column);
    return wish === undefined ? targetByName(column, types) : targetByWish(column, wish, types);
  });
  const firstColumn = new Map<Target, string>();
  targets.forEach((target, at) => {
    if (target === null) return;
    const other = firstColumn.get(target);
    const column = columns[at] ?? '';
    if (other !== undefined) {
      throw importError(
        'IMPORT_COLUMN_TWICE',
        `The columns "${short(other)}" and "${short(column)}" both go to ${target}. ` +
          `Map one of them to "${IGNORE}" in "columns".`,
      );
    }
    firstColumn.set(target, column);
  });
  return targets;
}

function targetByWish(column: string, wish: string, types: AttributeTypes): Target | null {
  if (wish === IGNORE) return null;
  if ((fieldOrder as readonly string[]).includes(wish)) return wish as TextField;
  const key = /^attributes\.(.+)$/.exec(wish)?.[1];
  if (key === undefined) {
    throw importError(
      'IMPORT_FIELD_UNKNOWN',
      `Column "${short(column)}" cannot go to "${short(wish)}". Use one of ${fieldOrder.join(', ')}, ` +
        `attributes.<key>, or ${IGNORE}.`,
    );
  }
  if (!types.has(key)) {
    throw importError(
      'ATTRIBUTE_UNKNOWN',
      `Column "${short(column)}" goes to the attribute "${short(key)}", which is not defined. ` +
        'Define it first at POST /v1/attributes.',
    );
  }
  return `attributes.${key}`;
}

/** By the name alone; a column that means nothing to us is left out, and the answer to the upload shows which. */
function targetByName(column: string, types: AttributeTypes): Target | null {
  const key = column.startsWith('attributes.') ? column.slice('attributes.'.length) : column;
  if (column !== key) return types.has(key) ? `attributes.${key}` : null;
  const plain = column.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const field = fieldOfName.get(plain);
  if (field !== undefined) return field;
  const snake = column.toLowerCase().replace(/[\s-]+/g, '_');
  return types.has(snake) ? `attributes.${snake}` : null;
}

function chooseKey(asked: MatchKey | undefined, targets: (Target | null)[]): MatchKey {
  const key = asked ?? matchKeys.find(candidate => targets.includes(candidate));
  if (key !== undefined && targets.includes(key)) return key;
  throw importError(
    'IMPORT_KEY_MISSING',
    key === undefined
      ? 'No column is an external id, an email or a phone, so rows cannot be matched with people. Map one in "columns".'
      : `Rows shall be matched by ${keyNameOf(key)}, but no column is one. Map a column to ${key}, or change matchBy.`,
  );
}

function placeConsent(
  consent: ConsentMapping<string>,
  position: (column: string) => number,
): ConsentMapping<number> {
  const place = (source: CellSource<string>): CellSource<number> =>
    'column' in source ? { column: position(source.column) } : source;
  const { text, source, url } = consent.evidence ?? {};
  return {
    topicId: consent.topicId,
    channel: consent.channel,
    ...(consent.column === undefined ? {} : { column: position(consent.column) }),
    ...(consent.basis ? { basis: place(consent.basis) } : {}),
    evidence: {
      ...(text ? { text: place(text) } : {}),
      ...(source ? { source: place(source) } : {}),
      ...(url ? { url: place(url) } : {}),
    },
    ...(consent.occurredAt ? { occurredAt: place(consent.occurredAt) } : {}),
    ...(consent.expiresAt ? { expiresAt: place(consent.expiresAt) } : {}),
  };
}

function positionOf(columns: string[], column: string): number {
  const position = columns.indexOf(column.trim());
  if (position >= 0) return position;
  throw importError(
    'IMPORT_COLUMN_UNKNOWN',
    `The file has no column "${short(column)}". Its columns: ${short(columns.join(', '), 500)}.`,
  );
}

function checkedCountry(country: string | undefined): string | null {
  if (country === undefined) return null;
  const parsed = parseCountry(country);
  if (!parsed.ok) throw importError(parsed.code, `defaultCountry: ${parsed.message}`);
  return parsed.value;
}

function short(text: string, longest = 60): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
