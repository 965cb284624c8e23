import { z } from 'zod';

const cap = z
  .strictObject({
    messages: z.number().int().min(1).max(1000),
    days: z
      .number()
      .int()
      .min(1)
      .max(365)
      .describe('Of 24 hours each, counted back from the moment of sending'),
  })
  .meta({ title: 'FrequencyCap' });

export const putFrequencyCap = z
  .strictObject({ cap: cap.nullable().describe('null: no cap') })
  .meta({ title: 'PutFrequencyCap' });
export type PutFrequencyCap = z.infer<typeof putFrequencyCap>;

export const frequencyCapView = z
  .object({
    cap: cap.nullable().describe('null: no cap'),
    source: z
      .enum(['sender', 'account'])
      .nullable()
      .describe(
        'Whose word it is: the sender’s own, or the account’s for every sender without one; null: nobody’s',
      ),
  })
  .meta({ title: 'FrequencyCapInForce' });
export type FrequencyCapView = z.infer<typeof frequencyCapView>;
