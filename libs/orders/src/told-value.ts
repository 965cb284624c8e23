import { parseLocale } from '#contacts';
import { storable } from '#database';
import { amountInvalid } from './order.errors.js';
import { webhookUnreadable } from './shop.errors.js';

const LONGEST = 300;
const LONGEST_URL = 2000;
const MOST_QUANTITY = 1_000_000;
/** As shops write amounts: some as text, some as numbers, some with more decimals than money has. */
const DECIMAL = /^(\d{1,9})(?:\.(\d{1,30}))?$/;

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
  requiredMicros(): number {
    const micros = this.micros();
    if (micros === null) throw webhookUnreadable(this.path);
    return micros;
  }

  /** An amount in millionths, to the nearest; null when there is none. @throws DomainError AMOUNT_INVALID for what is none */
  micros(): number | null {
    const text = this.text();
    if (text === null) return null;
    const [, whole, decimals = ''] = DECIMAL.exec(decimalText(this.raw, text)) ?? [];
    if (whole === undefined) throw amountInvalid(this.path);
    const micros = Number(whole) * 1_000_000 + Number(decimals.slice(0, 6).padEnd(6, '0'));
    return micros + (Number(decimals[6] ?? 0) >= 5 ? 1 : 0);
  }

  /** The same without its sign: some shops write what went back as negative. */
  magnitude(): number | null {
    const text = this.text();
    return text === null ? null : new ToldValue(text.replace(/^-/, ''), this.path).micros();
  }

  /** How many; a part of one counts as one. null when it is none. */
  quantity(): number | null {
    const number = Number(this.text() ?? NaN);
    return number > 0 ? Math.min(Math.ceil(number), MOST_QUANTITY) : null;
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
