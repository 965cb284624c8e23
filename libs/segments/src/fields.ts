import { domainToASCII } from 'node:url';
import { type Channel, type LocalizedText } from '#common';
import { type Operator } from './operators.js';

/** How a text is compared, by how the column keeps it. */
export type TextCase =
  /** Kept as it was written, compared without regard to case. */
  | 'ignored'
  /** Kept in lower case: only the rule's value is lowered, and an index on the column helps. */
  | 'lower'
  /** Kept in upper case: likewise. */
  | 'upper'
  /** Case matters. */
  | 'exact';

/**
 * What can be asked about a contact. `column` is SQL over the alias `c`, written here and nowhere else; a key of an
 * attribute is a value like any other and never part of the SQL.
 */
export type Field =
  | { type: 'text'; column: string; textCase: TextCase; tidy?: (value: string) => string }
  | { type: 'instant'; column: string }
  | { type: 'presence'; column: string }
  | { type: 'text-attribute'; key: string }
  | { type: 'number'; key: string }
  | { type: 'date'; key: string }
  | { type: 'boolean'; key: string }
  | { type: 'list'; key: string }
  | { type: 'consent'; channel: Channel; topicId: number }
  | { type: 'purchase-count' }
  | { type: 'purchase-number'; of: 'daysSinceLast' | 'recency' | 'frequency' | 'value' }
  | { type: 'purchase-money'; of: 'total' | 'average'; currency: string }
  | { type: 'purchase-instant'; column: 'first_at' | 'last_at' }
  | { type: 'purchase-categories' }
  | { type: 'last-time'; of: 'click' | 'reply' }
  | { type: 'event'; name: string };

export interface NamedField {
  name: string;
  label: Required<LocalizedText>;
  field: Field;
}

const text: Operator[] = [
  ...(['=', '!=', 'contains', 'doesNotContain', 'beginsWith', 'doesNotBeginWith'] as const),
  ...(['endsWith', 'doesNotEndWith', 'in', 'notIn', 'null', 'notNull'] as const),
];
const ordered: Operator[] = ['=', '!=', '<', '<=', '>', '>=', 'between', 'notBetween', 'null', 'notNull'];

const numbers: Operator[] = [...ordered, 'in', 'notIn'];
const list: Operator[] = ['contains', 'doesNotContain', 'in', 'notIn', 'null', 'notNull'];
/** Of what everybody has. */
const isOfAll = (operator: Operator): boolean => operator !== 'null' && operator !== 'notNull';

/** The operators that make sense for a type, in the order a builder shows them. */
export const operatorsOf: Record<Field['type'], readonly Operator[]> = {
  text,
  'text-attribute': text,
  number: numbers,
  date: ordered,
  instant: ordered.filter(isOfAll),
  boolean: ['=', '!=', 'null', 'notNull'],
  presence: ['=', '!='],
  list,
  consent: ['=', '!=', 'in', 'notIn'],
  'purchase-count': numbers.filter(isOfAll),
  'purchase-number': numbers,
  'purchase-money': numbers,
  'purchase-instant': ordered,
  'purchase-categories': list,
  'last-time': ordered,
  event: ['atLeast', 'atMost', 'never'],
};

/** People write phones with spaces and brackets; we keep E.164. */
const tidyPhone = (value: string): string => value.replace(/[\s().-]/g, '').replace(/^00/, '+');
/** Domains are kept as DNS has them: مثال.إختبار is xn--mgbh0fb.xn--kgbechtv. A part of one may not be one. */
const asciiDomain = (value: string): string => domainToASCII(value) || value;
const tidyDomain = (value: string): string => asciiDomain(value.replace(/^@/, ''));
const tidyEmail = (value: string): string => value.replace(/(?<=@)[^@]+$/, domain => asciiDomain(domain));

export const contactFields: readonly NamedField[] = [
  contactText('email', 'email', 'lower', { en: 'Email', ar: 'البريد الإلكتروني', tidy: tidyEmail }),
  // The last @ divides: what stands before it may hold others.
  contactText('emailDomain', `split_part(c.email, '@', -1)`, 'lower', {
    ...{ en: 'Email domain', ar: 'نطاق البريد الإلكتروني' },
    tidy: tidyDomain,
  }),
  contactText('phone', 'phone', 'exact', { en: 'Phone', ar: 'الهاتف', tidy: tidyPhone }),
  contactText('firstName', 'first_name', 'ignored', { en: 'First name', ar: 'الاسم الأول' }),
  contactText('lastName', 'last_name', 'ignored', { en: 'Last name', ar: 'اسم العائلة' }),
  contactText('externalId', 'external_id', 'exact', { en: 'External id', ar: 'المعرّف الخارجي' }),
  contactText('locale', 'locale', 'ignored', { en: 'Language', ar: 'اللغة' }),
  contactText('country', 'country', 'upper', { en: 'Country', ar: 'البلد' }),
  contactText('timeZone', 'time_zone', 'ignored', { en: 'Time zone', ar: 'المنطقة الزمنية' }),
  contact('createdAt', { en: 'Created', ar: 'تاريخ الإنشاء' }, { type: 'instant', column: 'c.created_at' }),
  contact('updatedAt', { en: 'Changed', ar: 'تاريخ آخر تعديل' }, { type: 'instant', column: 'c.updated_at' }),
  contact(
    'hasEmail',
    { en: 'Has an email', ar: 'له بريد إلكتروني' },
    { type: 'presence', column: 'c.email' },
  ),
  contact('hasPhone', { en: 'Has a phone', ar: 'له هاتف' }, { type: 'presence', column: 'c.phone' }),
];

function contactText(
  name: string,
  column: string,
  textCase: TextCase,
  { tidy, ...label }: Required<LocalizedText> & { tidy?: (value: string) => string },
): NamedField {
  const sql = column.includes('(') ? column : `c.${column}`;
  return contact(name, label, { type: 'text', column: sql, textCase, ...(tidy ? { tidy } : {}) });
}

function contact(name: string, label: Required<LocalizedText>, field: Field): NamedField {
  return { name: `contact.${name}`, label, field };
}
