import { type Condition, type ConditionContext, type Parameters } from './condition.js';
import { consentStatuses } from '#consent';
import { consentCondition } from './consent-condition.js';
import { daysOf } from './date-value.js';
import { eventCondition, lastTimeCondition } from './deed-conditions.js';
import { type Field, type TextCase } from './fields.js';
import { type PlainOperator } from './operators.js';
import { purchaseCondition } from './purchase-conditions.js';
import { type RuleValue } from './rule.js';
import { readBoolean, readChoice, readEnds, readList, readNumber, readText } from './rule-value.js';
import { boundsOf } from './span-bounds.js';

/**
 * The SQL of one leaf. It never fails while it runs, whatever is stored: an attribute's value that is not of its
 * attribute's type counts as no value.
 * @param operator one that `operatorsOf` this field's type holds, made plain.
 * @throws RuleFault when the value does not fit.
 */
export function conditionFor(
  field: Field,
  operator: PlainOperator,
  value: RuleValue,
  context: ConditionContext,
): Condition {
  const { now, parameters } = context;
  switch (field.type) {
    case 'text': {
      const read = (item: RuleValue): string => {
        const text = readText(item);
        return field.tidy ? readText(field.tidy(text)) : text;
      };
      return textCondition(field.column, field.textCase, operator, value, read, parameters);
    }
    case 'text-attribute': {
      const column = `c.attributes ->> ${parameters.add(field.key)}::text`;
      return textCondition(column, 'ignored', operator, value, readText, parameters);
    }
    case 'instant':
      return instantCondition(field.column, operator, value, context);
    case 'presence':
      return { sql: `${field.column} IS ${readBoolean(value) ? 'NOT NULL' : 'NULL'}`, total: true };
    case 'number':
      return numberCondition(field.key, operator, value, parameters);
    case 'date':
      return dateCondition(field.key, operator, value, context);
    case 'boolean':
      if (operator === 'notNull') return hasType(field.key, 'boolean', parameters);
      return attributeIs(field.key, readBoolean(value), parameters);
    case 'list':
      return listCondition(field.key, operator, value, parameters);
    case 'consent': {
      const read = (item: RuleValue): (typeof consentStatuses)[number] => readChoice(item, consentStatuses);
      const statuses = operator === 'in' ? readList(value, read) : [read(value)];
      return consentCondition(field, statuses, now, parameters);
    }
    case 'purchase-count':
    case 'purchase-number':
    case 'purchase-money':
    case 'purchase-instant':
    case 'purchase-categories':
      return purchaseCondition(field, operator, value, context);
    case 'last-time':
      return lastTimeCondition(field.of, operator, value, context);
    case 'event':
      return eventCondition(field.name, operator, value, context);
  }
}

/** Joins the items of a list into one text. It is a control character, so no item holds it. */
const UNIT_SEPARATOR = '\u001f';

function textCondition(
  column: string,
  textCase: TextCase,
  operator: PlainOperator,
  value: RuleValue,
  read: (value: RuleValue) => string,
  parameters: Parameters,
): Condition {
  if (operator === 'notNull') return { sql: `${column} <> ''`, total: false };
  const ignoresCase = textCase === 'ignored';
  const stored = ignoresCase ? `lower(${column})` : column;
  const asKept = (text: string): string =>
    textCase === 'lower' ? text.toLowerCase() : textCase === 'upper' ? text.toUpperCase() : text;
  // PostgreSQL lowers both sides, because JavaScript lowers some letters otherwise.
  const bound = (text: string): string => {
    const placeholder = `${parameters.add(text)}::text`;
    return ignoresCase ? `lower(${placeholder})` : placeholder;
  };
  if (operator === 'in') {
    const items = readList(value, read).map(asKept);
    // The list goes in as one text, because lower() and string_to_array() are folded to a constant when the statement
    // is planned, and a constant list of any length is searched by hash.
    const list = ignoresCase
      ? `string_to_array(${bound(items.join(UNIT_SEPARATOR))}, chr(31))`
      : `${parameters.add(items)}::text[]`;
    return { sql: `${stored} = ANY(${list})`, total: false };
  }
  const text = asKept(read(value));
  if (operator === '=') return { sql: `${stored} = ${bound(text)}`, total: false };
  const literal = text.replace(/[\\%_]/g, '\\$&');
  const pattern =
    operator === 'beginsWith' ? `${literal}%` : operator === 'endsWith' ? `%${literal}` : `%${literal}%`;
  return { sql: `${stored} LIKE ${bound(pattern)}`, total: false };
}

function instantCondition(
  column: string,
  operator: PlainOperator,
  value: RuleValue,
  { now, parameters }: ConditionContext,
): Condition {
  const bounds = boundsOf(operator, value, now).map(
    ({ sign, span, edge }) => `${column} ${sign} ${parameters.add(span[edge].toISOString())}::timestamptz`,
  );
  return { sql: bounds.join(' AND '), total: true };
}

/**
 * Days are kept as `YYYY-MM-DD`, whose order as text is their order in time, so they are compared as they stand: a cast
 * could fail, and costs more. Both bounds and the pattern together keep out what is no day.
 */
function dateCondition(
  key: string,
  operator: PlainOperator,
  value: RuleValue,
  { now, parameters }: ConditionContext,
): Condition {
  const day = `(c.attributes ->> ${parameters.add(key)}::text) COLLATE "C"`;
  let [from, until] = [`'0'`, `':'`];
  if (operator !== 'notNull') {
    for (const { sign, span, edge } of boundsOf(operator, value, now)) {
      const placeholder = `${parameters.add(daysOf(span)[edge])}::text`;
      if (sign === '>=') from = placeholder;
      else until = placeholder;
    }
  }
  return { sql: `${day} >= ${from} AND ${day} < ${until} AND ${day} LIKE '____-__-__'`, total: false };
}

/**
 * Order is asked by JSON path, whose errors `@@` swallows: as fast as a cast of the number (0.53 s over a million
 * contacts), and a stored text is simply no answer. Equality is containment, which an index can serve.
 */
function numberCondition(
  key: string,
  operator: PlainOperator,
  value: RuleValue,
  parameters: Parameters,
): Condition {
  if (operator === 'notNull') return hasType(key, 'number', parameters);
  if (operator === '=') return attributeIs(key, readNumber(value), parameters);
  if (operator === 'in') {
    const numbers = readList(value, readNumber).map(number => JSON.stringify(number));
    const stored = `c.attributes -> ${parameters.add(key)}::text`;
    return { sql: `(${stored}) = ANY(${parameters.add(numbers)}::jsonb[])`, total: false };
  }
  // A JSON string is also a string of the path language, which escapes the same way.
  const stored = `$.${JSON.stringify(key)}`;
  let path: string;
  if (operator === 'between') {
    const [from, to] = readEnds(value, readNumber, (a, b) => a - b);
    path = `${stored} >= ${from} && ${stored} <= ${to}`;
  } else {
    path = `${stored} ${operator} ${readNumber(value)}`;
  }
  return { sql: `c.attributes @@ ${parameters.add(`strict ${path}`)}::jsonpath`, total: false };
}

/** `?` and `?|` find items twice as fast as containment does, but also the keys of an object; hence the second half. */
function listCondition(
  key: string,
  operator: PlainOperator,
  value: RuleValue,
  parameters: Parameters,
): Condition {
  const list = `c.attributes -> ${parameters.add(key)}::text`;
  const isList = `jsonb_typeof(${list}) = 'array'`;
  switch (operator) {
    case 'notNull':
      return { sql: `${isList} AND (${list}) <> '[]'`, total: false };
    case 'in':
      return {
        sql: `(${list}) ?| ${parameters.add(readList(value, readText))}::text[] AND ${isList}`,
        total: false,
      };
    default:
      return { sql: `(${list}) ? ${parameters.add(readText(value))}::text AND ${isList}`, total: false };
  }
}

/** Containment, which an index can serve: the attribute equals this scalar. */
function attributeIs(key: string, value: number | boolean, parameters: Parameters): Condition {
  return { sql: `c.attributes @> ${parameters.add(JSON.stringify({ [key]: value }))}::jsonb`, total: true };
}

function hasType(key: string, type: 'number' | 'boolean', parameters: Parameters): Condition {
  return { sql: `jsonb_typeof(c.attributes -> ${parameters.add(key)}::text) = '${type}'`, total: false };
}
