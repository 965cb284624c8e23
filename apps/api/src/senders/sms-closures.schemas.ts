import { z } from 'zod';
import { country, id, instant, line, pageQuery } from '../http/schemas.js';

export const smsClosureQuery = pageQuery.extend({
  state: z.enum(['closed', 'reopened']).optional().describe('Only these'),
});
export type SmsClosureQuery = z.infer<typeof smsClosureQuery>;

export const reopenSmsClosure = z
  .strictObject({ why: line(500).min(1).describe('What was mended; it is kept') })
  .meta({ title: 'ReopenSmsClosure', examples: [{ why: 'The campaign is registered for A2P 10DLC now.' }] });
export type ReopenSmsClosure = z.infer<typeof reopenSmsClosure>;

export const smsClosureView = z
  .object({
    id: id('smsClosure'),
    from: z
      .string()
      .nullable()
      .describe(
        'What the messages came from; null: whatever they come from, as the account may not send there',
      ),
    country: country.nullable().describe('Of the phones; null: phones of which no country is known'),
    code: z.int().describe('Of the provider’s dictionary of errors: 21408, 30032, 30034 and the like'),
    closedAt: instant,
    reopenedAt: instant.nullable(),
    reopenedBy: z.string().nullable(),
    why: z.string().nullable(),
  })
  .meta({ title: 'SmsClosure' });
export type SmsClosureView = z.infer<typeof smsClosureView>;
