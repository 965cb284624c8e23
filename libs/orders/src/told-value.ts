import { parseLocale } from '#contacts';
import { storable } from '#database';
import { amountInvalid } from './order.errors.js';
import { webhookUnreadable } from './shop.errors.js';

const LONGEST = 300;
const LONGEST_URL = 2000;
const MOST_QUANTITY = 1_000_000;
/**
 * As shops write amounts: some as text, some as numbers, some with more decimals than money has. Twelve digits, because a
 * hundred thousand dollars are some thousand millions of IDR, LBP or IRR.
 */
const DECIMAL = /^(\d{1,12})(?:\.(\d{1,30}))?$/;

// eslint-disable-next-line no-control-regex -- control characters are what is left out
const GAPS = /[\s\u0000-\u001f\u007f-\u009f]+/gu;

/** A value somewhere in what a shop sent. What is not there, or of another form, is null: shops leave out a lot. */
export class ToldValue {
  constructor(
    readonly raw: unknown,
    readonly path = '',
  ) {}

  at(...keys: string[]): ToldValue {
    return keys.reduce<ToldValue>((told, key) => {
      const isObject = typeof told.raw === 'object' && told.raw !== null && !Array.isArray(told.raw);
      const value = isObject && Object.hasOwn(told.raw, key) ? (told.raw as never)[key] : undefined;
      return new ToldValue(value, told.path === '' ? key : `${told.path}.${key}`);
    }, this);
  }

  get isThere(): boolean {
    return this.raw !== undefined && this.raw !== null;
  }

  items(): ToldValue[] {
    if (!Array.isArray(this.raw)) return [];
    return this.raw.map((value, at) => new ToldValue(value, `${this.path}.${at}`));
  }

  /** A text or a number as text of one line; null when it is empty. */
  text(longest = LONGEST): string | null {
    const value = this.raw;
    if (typeof value !== 'string' && typeof value !== 'number') return null;
    const line = storable(String(value).slice(0, longest * 4)).replace(GAPS, ' ');
    // Not half of a surrogate pair at the end.
    return storable([...line.trim()].slice(0, longest).join('')) || null;
  }

  /** @throws DomainError WEBHOOK_UNREADABLE */
  required(): string {
    const text = this.text();
    if (text === null) throw webhookUnreadable(this.path);
    return text;
  }

  /** The names of what is in it. */
  keys(): string[] {
    const { raw } = this;
    return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? Object.keys(raw) : [];
  }

  /** Of a body without anything else: a deletion is told so, and such a body is told apart from an order's by it alone. */
  loneId(): string {
    if (this.keys().some(key => key !== 'id')) throw webhookUnreadable('a deletion bears nothing but its id');
    return this.at('id').required();
  }

  is(value: string | boolean): boolean {
    return this.raw === value;
  }

  /** A language as a canonical tag; null when it is none. */
  locale(): string | null {
    const parsed = parseLocale(this.text() ?? '');
    return parsed.ok ? parsed.value : null;
  }

  /** An address of the web; null when it is none, or leads elsewhere. */
  url(): string | null {
    const text = this.text(LONGEST_URL);
    return text !== null && /^https?:\/\//i.test(text) && URL.canParse(text) ? text : null;
  }

  /** @throws DomainError AMOUNT_INVALID, WEBHOOK_UNREADABLE */
  requiredMicros(): bigint {
    const micros = this.micros();
    if (micros === null) throw webhookUnreadable(this.path);
    return micros;
  }

  /** An amount in millionths, to the nearest; null when there is none. @throws DomainError AMOUNT_INVALID for what is none */
  micros(): bigint | null {
    const text = this.text();
    if (text === null) return null;
    const micros = this.readableMicros();
    if (micros === null) throw amountInvalid(this.path);
    return micros;
  }

  /** The same where an order is no worse without it: null for what is no amount, such as the price of a trade-in. */
  readableMicros(): bigint | null {
    const [, whole, decimals = ''] = DECIMAL.exec(decimalText(this.raw, this.text() ?? '')) ?? [];
    if (whole === undefined) return null;
    const micros = BigInt(whole) * 1_000_000n + BigInt(decimals.slice(0, 6).padEnd(6, '0'));
    return micros + (Number(decimals[6] ?? 0) >= 5 ? 1n : 0n);
  }

  /** The same without its sign: some shops write what went back as negative. */
  magnitude(): bigint | null {
    return new ToldValue(this.text()?.replace(/^-/, ''), this.path).readableMicros();
  }

  /** How many; a part of one counts as one. null when it is none. */
  quantity(): number | null {
    const number = Number(this.text() ?? NaN);
    return number > 0 ? Math.min(Math.ceil(number), MOST_QUANTITY) : null;
  }

  /** @throws DomainError WEBHOOK_UNREADABLE */
  requiredInstant(): Date {
    const at = this.instant();
    if (at === null) throw webhookUnreadable(this.path);
    return at;
  }

  /** ISO 8601 with an offset; where there is none it is UTC. null when there is none. @throws DomainError WEBHOOK_UNREADABLE */
  instant(): Date | null {
    const text = this.text();
    if (text === null) return null;
    const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
    const date = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text) ? new Date(hasZone ? text : `${text}Z`) : null;
    if (date === null || Number.isNaN(date.getTime())) throw webhookUnreadable(this.path);
    return date;
  }
}

/** A number without exponent: 1e-7 is no amount anybody pays. */
function decimalText(value: unknown, text: string): string {
  return typeof value === 'number' && Math.abs(value) < 1e-6 ? '0' : text;
}

/** Yes or no as people and programs write it; null: neither. */
export function yesOrNo(text: string | null | undefined): boolean | null {
  const word = text?.toLowerCase() ?? '';
  if (['yes', 'true', '1', 'on', 'نعم'].includes(word)) return true;
  return ['no', 'false', '0', 'off', 'لا'].includes(word) ? false : null;
}
