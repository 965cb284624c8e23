import { bad, good, type Parsed } from './parsed.js';
import { parseText } from './plain-text.js';

export const attributeTypes = ['text', 'number', 'date', 'boolean', 'list'] as const;
export type AttributeType = (typeof attributeTypes)[number];

/** A date is the text `YYYY-MM-DD`; a list holds texts. */
export type AttributeValue = string | number | boolean | string[];

/** A letter, then lower-case letters, digits and underscores. */
export const ATTRIBUTE_KEY = /^[a-z][a-z0-9_]{0,39}$/;
/** What every JavaScript object has of itself: a template asking for it would get a function. */
export const RESERVED_KEYS: readonly string[] = ['constructor', 'prototype'];

export const LONGEST_TEXT = 2000;
export const MOST_LIST_ITEMS = 100;
export const LONGEST_LIST_ITEM = 200;
/** Of all values of one contact together, as JSON. */
export const MOST_ATTRIBUTE_BYTES = 32 * 1024;

/** The types by key. */
export type AttributeTypes = ReadonlyMap<string, AttributeType>;

/** Checks a JSON value against its type. An empty text and null both mean "no value". */
export function parseAttribute(
  key: string,
  type: AttributeType,
  value: unknown,
): Parsed<AttributeValue | null> {
  if (value === null || value === '') return good(null);
  switch (type) {
    case 'text':
      return typeof value === 'string'
        ? parseText(value, `Attribute "${key}"`, 'ATTRIBUTE_INVALID', LONGEST_TEXT)
        : wrong(key, 'a text');
    case 'number':
      // `+ 0` makes -0 the 0 that PostgreSQL keeps.
      return typeof value === 'number' && Number.isFinite(value) ? good(value + 0) : wrong(key, 'a number');
    case 'boolean':
      return typeof value === 'boolean' ? good(value) : wrong(key, 'true or false');
    case 'date':
      return typeof value === 'string' && isDate(value.trim())
        ? good(value.trim())
        : wrong(key, 'a date as YYYY-MM-DD');
    case 'list':
      return parseList(key, value);
  }
}

function parseList(key: string, value: unknown): Parsed<AttributeValue> {
  const expected = `a list of at most ${MOST_LIST_ITEMS} texts of at most ${LONGEST_LIST_ITEM} characters`;
  if (!Array.isArray(value) || value.length > MOST_LIST_ITEMS) return wrong(key, expected);
  const items = new Set<string>();
  for (const item of value) {
    if (typeof item !== 'string') return wrong(key, expected);
    const text = parseText(item, `An item of attribute "${key}"`, 'ATTRIBUTE_INVALID', LONGEST_LIST_ITEM);
    if (!text.ok) return text;
    if (text.value !== null) items.add(text.value);
  }
  return good([...items]);
}

/** A day that exists, of the years 1 to 9999. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match || match[1] === '0000') return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function wrong(key: string, expected: string): Parsed<never> {
  return bad('ATTRIBUTE_INVALID', `Attribute "${key}" must be ${expected}.`);
}

/**
 * The attributes after a change: given values replace, null removes, the rest stays.
 * @throws nothing: the first problem is returned, with the key it is about.
 */
export function mergeAttributes(
  current: Record<string, AttributeValue>,
  changes: Record<string, unknown>,
  types: AttributeTypes,
): Parsed<Record<string, AttributeValue>> & { key?: string } {
  const merged = new Map(Object.entries(current));
  for (const [key, given] of Object.entries(changes)) {
    const type = types.get(key);
    if (type === undefined) {
      const message = `There is no attribute "${key.slice(0, 60)}". Define it first at POST /v1/attributes.`;
      return { ...bad('ATTRIBUTE_UNKNOWN', message), key };
    }
    const value = parseAttribute(key, type, given);
    if (!value.ok) return { ...value, key };
    if (value.value === null) merged.delete(key);
    else merged.set(key, value.value);
  }
  const attributes = Object.fromEntries(merged);
  if (merged.size > 0 && Buffer.byteLength(JSON.stringify(attributes)) > MOST_ATTRIBUTE_BYTES) {
    return bad(
      'ATTRIBUTES_TOO_LARGE',
      `The attributes of one contact may have ${MOST_ATTRIBUTE_BYTES / 1024} KB together. Shorten or remove some.`,
    );
  }
  return good(attributes);
}

const ARABIC_DIGITS = '٠١٢٣٤٥٦٧٨٩';
const YES = new Set(['true', 'yes', 'y', '1', 'on', 'x', 'نعم']);
const NO = new Set(['false', 'no', 'n', '0', 'off', 'لا']);

/** The value that a CSV cell writes for a type; what cannot be read stays a text, for `parseAttribute` to refuse. */
export function attributeFromCell(type: AttributeType, cell: string): unknown {
  const text = cell.trim();
  if (text === '') return null;
  switch (type) {
    case 'number': {
      const plain = text.replace(/[٠-٩]/g, digit => String(ARABIC_DIGITS.indexOf(digit)));
      return /^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?$/.test(plain) ? Number(plain) : text;
    }
    case 'boolean': {
      const word = text.toLowerCase();
      return YES.has(word) ? true : NO.has(word) ? false : text;
    }
    case 'list':
      return listFromCell(text);
    case 'text':
    case 'date':
      return text;
  }
}

/** `a|b`, or a JSON array, which an item holding a bar needs. */
function listFromCell(text: string): unknown {
  if (!text.startsWith('[')) return text.split('|');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text.split('|');
  }
}

/** The CSV cell that `attributeFromCell` reads back as the same value. */
export function attributeToCell(value: AttributeValue | undefined): string {
  if (value === undefined) return '';
  if (!Array.isArray(value)) return String(value);
  const isPlain = value.length > 0 && !value[0]?.startsWith('[') && value.every(item => !item.includes('|'));
  return isPlain ? value.join('|') : JSON.stringify(value);
}
