import { type SourceOfSender } from './sms-source.js';

/** What one part of an SMS costs. */
export interface SmsPrice {
  /** ISO 3166-1 alpha-2, of the phone it goes to; null: any that has no price of its own. */
  country: string | null;
  /** What it comes from, as the sender's sources name it, without a country's mark; null: anything without a price of its own. */
  source: string | null;
  /** In millionths of the installation's currency. */
  micros: number;
}

/** The prices as they stood at one moment, to be asked by the thousand. */
export class SmsPrices {
  readonly #micros = new Map<string, number>();

  constructor(readonly all: readonly SmsPrice[]) {
    for (const { country, source, micros } of all) this.#micros.set(keyOf(country, source), micros);
  }

  /** The least that any part may cost; null: there are no prices. */
  get least(): number | null {
    return this.all.length === 0
      ? null
      : this.all.reduce((least, { micros }) => Math.min(least, micros), Infinity);
  }

  /**
   * What a part costs, in millionths: the price for this country and source, else for the country, else for the source
   * anywhere, else for all. The country comes before the source, because networks set the prices and numbers hardly change
   * them.
   * @param country null: of a phone whose country nobody knows
   * @returns null when nobody said
   */
  of(country: string | null, source: string): number | null {
    return (
      this.#micros.get(keyOf(country, source)) ??
      this.#micros.get(keyOf(country, null)) ??
      this.#micros.get(keyOf(null, source)) ??
      this.#micros.get(keyOf(null, null)) ??
      null
    );
  }

  /** Whether there is a price for anything that comes from one of these sources. */
  knowAny(sources: readonly Pick<SourceOfSender, 'country' | 'value'>[]): boolean {
    return sources.some(({ country, value }) =>
      country === null
        ? this.all.some(({ source }) => source === null || source === value)
        : this.of(country, value) !== null,
    );
  }
}

/** One price for each pair. */
export function keyOf(country: string | null, source: string | null): string {
  return `${country ?? ''} ${source ?? ''}`;
}
