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
