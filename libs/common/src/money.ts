/** Millionths in one unit of a currency: what a part of an SMS costs has up to four decimals, and sums stay whole numbers. */
const MICROS = 1_000_000;

/** As people write an amount: digits, then up to six decimals. Up to a thousand million, so that thousands can be added up. */
export const AMOUNT = /^\d{1,9}(?:\.\d{1,6})?$/;

/** An amount in millionths, exactly; null: it is not one. */
export function parseAmount(text: string): number | null {
  if (!AMOUNT.test(text)) return null;
  const [whole = '', decimals = ''] = text.split('.');
  return Number(whole) * MICROS + Number(decimals.padEnd(6, '0'));
}

/** What people buy may cost more than what an SMS does: ten thousand of some currency is a thousand million of another. */
export const LARGE_AMOUNT = /^\d{1,12}(?:\.\d{1,6})?$/;

/** The same of a large amount; as bigint, since it may be beyond what a number counts exactly. */
export function parseLargeAmount(text: string): bigint | null {
  if (!LARGE_AMOUNT.test(text)) return null;
  const [whole = '', decimals = ''] = text.split('.');
  return BigInt(whole) * BigInt(MICROS) + BigInt(decimals.padEnd(6, '0'));
}

/**
 * Millionths as an amount, exactly: at least two decimals, and no more than it has.
 * @throws RangeError for what is no whole number, or beyond what can be counted exactly
 */
export function formatAmount(micros: number | bigint): string {
  if (typeof micros === 'number' && !Number.isSafeInteger(micros)) {
    throw new RangeError(`${micros} are not whole millionths.`);
  }
  const digits = String(micros).replace('-', '').padStart(7, '0');
  const decimals = digits.slice(-6).replace(/0{1,4}$/, '');
  return `${micros < 0 ? '-' : ''}${digits.slice(0, -6)}.${decimals}`;
}
