import { z } from 'zod';
import { amount, currency, givenMoney } from '../http/money.js';

export const putSmsBudget = z
  .strictObject({
    monthly: givenMoney
      .nullable()
      .describe('What SMS of the sender may cost in a calendar month of its own time zone; null: no limit'),
  })
  .meta({ title: 'PutSmsBudget', examples: [{ monthly: '250.00' }] });
export type PutSmsBudget = z.infer<typeof putSmsBudget>;

/** Spending in a month, as campaigns show it too. */
export const monthSpend = z.object({
  month: z.string().meta({ examples: ['2026-11'] }),
  timeZone: z.string().describe('Of the sender: its months begin at midnight there'),
  spent: amount.describe('Of all its campaigns and single messages'),
  budget: amount.nullable().describe('null: no limit'),
  left: amount.nullable().describe('null: no limit'),
});

export const smsBudgetView = monthSpend
  .omit({ budget: true })
  .extend({ currency, monthly: amount.nullable().describe('null: no limit') })
  .meta({ title: 'SmsBudget' });
export type SmsBudgetView = z.infer<typeof smsBudgetView>;
