import { z } from 'zod';
import { AMOUNT, DomainError, formatAmount, parseAmount } from '#common';
import { currencyFaults } from '#sending';

/** Money in the installation's currency, as a decimal string: a float would not hold a tenth. */
export const amount = z
  .string()
  .regex(AMOUNT, 'must be an amount such as "12.50": at most 9 digits, then at most 6 decimals')
  .meta({ title: 'Amount', examples: ['12.50', '0.0450'] });

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be a currency of ISO 4217, as in USD')
  .meta({ examples: ['USD'] });

export const money = z.strictObject({ amount, currency }).meta({ title: 'Money' });
export type Money = z.infer<typeof money>;

/** As people write it: only the amount, or as it is read, with the currency. */
export const givenMoney = z.union([amount, money]);
export type GivenMoney = z.infer<typeof givenMoney>;

/** An amount that its schema let through, in millionths. */
export function microsOf(text: string): number {
  return parseAmount(text) ?? 0;
}

/**
 * In millionths.
 * @param ours the installation's currency
 * @throws DomainError WRONG_CURRENCY when it names another
 */
export function readMoney(given: GivenMoney | null, ours: string, path: string): number | null {
  if (given === null) return null;
  if (typeof given === 'string') return microsOf(given);
  const details = currencyFaults(given.currency, ours, `${path}.currency`);
  const [fault] = details;
  if (!fault) return microsOf(given.amount);
  throw new DomainError({ kind: 'unprocessable', code: fault.code, message: fault.message, details });
}

export function amountOrNull(micros: number | null): string | null {
  return micros === null ? null : formatAmount(micros);
}

/** What is left of a limit; nothing of one that was lowered below what was spent; null: no limit. */
export function leftOf({ most, spent }: { most: number | null; spent: number }): string | null {
  return most === null ? null : formatAmount(Math.max(0, most - spent));
}
