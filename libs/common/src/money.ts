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

/**
 * Millionths as an amount, exactly: at least two decimals, and no more than it has.
 * @throws RangeError for what is no whole number, or beyond what can be counted exactly
 */
export function formatAmount(micros: number): string {
  if (!Number.isSafeInteger(micros)) throw new RangeError(`${micros} are not whole millionths.`);
  const magnitude = Math.abs(micros);
  const decimals = String(magnitude % MICROS).padStart(6, '0');
  const sign = micros < 0 ? '-' : '';
  return `${sign}${Math.floor(magnitude / MICROS)}.${decimals.replace(/0{1,4}$/, '')}`;
}
