import { z } from 'zod';
import { amount, currency } from '../http/money.js';
import { monthSpend } from '../senders/sms-budget.schemas.js';

const count = z.number().int();

export const costView = z
  .object({
    currency,
    spent: amount.describe(
      'Taken for its SMS: those that were accepted or may have been, those under way, and what a worker that died had taken',
    ),
    budget: amount.nullable().describe('null: no limit'),
    left: amount.nullable().describe('null: no limit'),
    messages: count
      .nullable()
      .describe(
        'SMS that were accepted or may have been; null: they have served their time and are forgotten',
      ),
    parts: count.nullable().describe('What these were sent in'),
    settled: amount.nullable().describe('What these cost, at the prices of then: at most `spent`'),
    month: monthSpend.nullable().describe('Of its sender, this month; null: no topic is chosen'),
  })
  .meta({ title: 'CampaignCost' });
export type CostView = z.infer<typeof costView>;

const span = <Value extends z.ZodType>(value: Value) =>
  z.object({
    least: value.describe('Of one message'),
    average: value.describe('Of one message'),
    most: value.describe('Of one message'),
    total: value.describe('Of all recipients; of a sample, the average times their number'),
  });

export const estimateView = z
  .object({
    currency,
    recipients: count.describe('People who would get an SMS if it were launched now'),
    looked: count.describe('How many of them were rendered for this; fewer than all: a sample, evenly taken'),
    parts: span(z.number()).nullable().describe('null: nobody would get one'),
    cost: span(amount).nullable().describe('null: of none of them a price is known'),
    encodings: z.object({ gsm7: count, ucs2: count }),
    failing: count.describe('Of those looked at: it cannot be written for them, or is too long'),
    unpriced: count.describe('Of those looked at: there is no price for their country'),
  })
  .meta({ title: 'CostEstimate' });
export type EstimateView = z.infer<typeof estimateView>;
