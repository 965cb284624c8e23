import { type Locale } from '#common';

/** Latin digits in Arabic too, as in dates, phone numbers and prices beside them. */
const tags: Record<Locale, string> = { ar: 'ar-u-ca-gregory-nu-latn', en: 'en-GB' };

/** Formatters are dear to make; there are some 180 currencies and 600 zones, in two languages. */
const MOST_FORMATTERS = 1000;

function remembering<Formatter>(make: (locale: Locale, of: string) => Formatter) {
  const kept = new Map<string, Formatter>();
  return (locale: Locale, of: string): Formatter => {
    const key = `${locale} ${of}`;
    const known = kept.get(key);
    if (known) return known;
    if (kept.size >= MOST_FORMATTERS) kept.clear();
    const formatter = make(locale, of);
    kept.set(key, formatter);
    return formatter;
  };
}

const moneyFormat = remembering(
  (locale, currency) => new Intl.NumberFormat(tags[locale], { style: 'currency', currency }),
);
const dateFormat = remembering(
  (locale, timeZone) => new Intl.DateTimeFormat(tags[locale], { dateStyle: 'long', timeZone }),
);

const MICROS = 1_000_000;
/** Intl puts them around Arabic amounts; every value is isolated where it stands, and an SMS pays for them. */
const marks = /[\u200E\u200F\u061C]/g;

/**
 * An amount: it shows as people write it (`SAR 125.00`, `125.00 ر.س.`), and compares and counts as the number it is
 * (`{% if order.total > 100 %}`). Liquid asks these methods of what can be compared.
 */
export class Money {
  /** In units: 125.5. */
  readonly amount: number;
  readonly #locale: Locale;

  constructor(
    micros: number,
    readonly currency: string,
    locale: Locale,
  ) {
    this.amount = micros / MICROS;
    this.#locale = locale;
  }

  toString(): string {
    return moneyFormat(this.#locale, this.currency).format(this.amount).replace(marks, '');
  }

  valueOf(): number {
    return this.amount;
  }

  equals(other: unknown): boolean {
    return this.amount === Number(other);
  }

  gt(other: unknown): boolean {
    return this.amount > Number(other);
  }

  geq(other: unknown): boolean {
    return this.amount >= Number(other);
  }

  lt(other: unknown): boolean {
    return this.amount < Number(other);
  }

  leq(other: unknown): boolean {
    return this.amount <= Number(other);
  }
}

/** A moment on the sender's clock: it shows as a day in words, and the filter `date` writes it in that zone. */
export class LocalDate extends Date {
  readonly #locale: Locale;
  readonly #zone: string;

  constructor(at: Date, zone: string, locale: Locale) {
    super(at);
    this.#locale = locale;
    this.#zone = knownZone(zone);
  }

  get zone(): string {
    return this.#zone;
  }

  override toString(): string {
    return Number.isNaN(this.getTime()) ? '' : dateFormat(this.#locale, this.#zone).format(this);
  }
}

function knownZone(zone: string): string {
  try {
    dateFormat('en', zone);
    return zone;
  } catch {
    return 'UTC';
  }
}
