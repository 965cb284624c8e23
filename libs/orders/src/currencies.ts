import { currencyUnknown } from './order.errors.js';

/** ISO 4217, those that are no longer used too: old orders bear them. */
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/**
 * A currency's code, upper-cased.
 * @throws DomainError CURRENCY_UNKNOWN
 */
export function knownCurrency(text: string, path: string): string {
  const code = text.trim().toUpperCase();
  if (!CURRENCIES.has(code)) throw currencyUnknown(text, path);
  return code;
}
