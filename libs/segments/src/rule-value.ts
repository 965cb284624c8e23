import { readTimeSpan, type TimeSpan } from './date-value.js';
import { RuleFault, shown } from './rule.errors.js';
import { isCounted, limits, type RuleScalar, type RuleValue } from './rule.js';

/** Readers of the values of rules: each gives a value of its type or throws a RuleFault that says what is wrong. */

export function readText(value: RuleValue): string {
  if (value === null || value === '') throw missing();
  if (typeof value !== 'string')
    throw new RuleFault('VALUE_WRONG_TYPE', 'This field is a text; give a text.');
  const text = value.trim().normalize('NFC');
  if (text === '') throw missing();
  if (text.length > limits.text) {
    throw new RuleFault(
      'VALUE_TOO_LONG',
      `A text may have ${limits.text} characters; this one has ${text.length}.`,
    );
  }
  return text;
}

/** A number, or a text that writes one, because number inputs of browsers give texts. */
export function readNumber(value: RuleValue): number {
  if (value === null || value === '') throw missing();
  const number = typeof value === 'string' ? numberIn(value.trim()) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    throw new RuleFault('VALUE_WRONG_TYPE', 'This field is a number; give a number, such as 42 or -0.5.');
  }
  // PostgreSQL knows no negative zero.
  return number + 0;
}

function numberIn(text: string): number {
  return /^[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
}

/** How often something happened, and in how many of the last days; null: ever. */
export interface Counted {
  times: number | null;
  days: number | null;
}

/** `{ times, days }`; or a number alone, as a builder's plain input gives it, for so many times ever. */
export function readCounted(value: RuleValue): Counted {
  if (value === null || value === '') return { times: null, days: null };
  if (Array.isArray(value)) throw new RuleFault('VALUE_WRONG_TYPE', 'Give { "times", "days" }, not a list.');
  if (!isCounted(value)) return { times: readWhole(value, 0, limits.times), days: null };
  const { times, days } = value;
  return {
    times: times === undefined || times === '' ? null : readWhole(times, 0, limits.times),
    days: days === undefined || days === '' ? null : readWhole(days, 1, limits.days),
  };
}

function readWhole(value: RuleScalar, from: number, to: number): number {
  const number = readNumber(value);
  if (Number.isInteger(number) && number >= from && number <= to) return number;
  throw new RuleFault('VALUE_OUT_OF_RANGE', `Give a whole number from ${from} to ${to}.`);
}

export function readBoolean(value: RuleValue): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  if (value === null || value === '') throw missing();
  throw new RuleFault('VALUE_WRONG_TYPE', 'This field is yes or no; give true or false.');
}

export function readChoice<Choice extends string>(value: RuleValue, choices: readonly Choice[]): Choice {
  if (value === null || value === '') throw missing();
  const choice = choices.find(one => one === value);
  if (choice === undefined) {
    throw new RuleFault(
      'VALUE_NOT_A_CHOICE',
      `${shown(value)} is none of the values: ${choices.join(', ')}.`,
    );
  }
  return choice;
}

/** The items of `in`: an array, or the comma-joined text that react-querybuilder writes by default. */
export function readList<Item>(value: RuleValue, read: (item: RuleScalar) => Item): Item[] {
  const items = itemsOf(value).filter(
    item => item !== null && !(typeof item === 'string' && item.trim() === ''),
  );
  if (items.length === 0) throw missing();
  if (items.length > limits.list) {
    const message = `A list may have ${limits.list} items; this one has ${items.length}.`;
    throw new RuleFault('LIST_TOO_LONG', message);
  }
  return items.map(read);
}

/** The two ends of `between`, the lower one first: react-querybuilder turns them round too. */
export function readEnds<Item>(
  value: RuleValue,
  read: (item: RuleScalar) => Item,
  compare: (a: Item, b: Item) => number,
): [Item, Item] {
  const items = itemsOf(value);
  const [first, second] = items;
  if (items.length !== 2 || first === undefined || second === undefined) {
    throw new RuleFault('VALUE_NOT_A_RANGE', 'Give both ends, as a list of two or as "from,to".');
  }
  const [a, b] = [read(first), read(second)];
  return compare(a, b) <= 0 ? [a, b] : [b, a];
}

export function readSpans(value: RuleValue, now: Date): [TimeSpan, TimeSpan] {
  return readEnds(
    value,
    item => readDate(item, now),
    (a, b) => a.from.getTime() - b.from.getTime(),
  );
}

export function readDate(value: RuleValue, now: Date): TimeSpan {
  if (value === null || value === '') throw missing();
  if (Array.isArray(value)) throw new RuleFault('VALUE_WRONG_TYPE', 'Give one date, not a list.');
  return readTimeSpan(value, now);
}

/** A text is split at its commas; `\,` is a comma that belongs to an item. */
function itemsOf(value: RuleValue): RuleScalar[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string') return value === null ? [] : [value];
  return value.split(/(?<!\\),/).map(item => item.replaceAll('\\,', ',').trim());
}

function missing(): RuleFault {
  return new RuleFault('VALUE_MISSING', 'Give a value. For people without one, use the operator "null".');
}
