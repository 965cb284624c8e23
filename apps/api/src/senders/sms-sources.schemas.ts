import { z } from 'zod';
import { line, rate, country } from '../http/schemas.js';

const from = line(40)
  .min(1)
  .describe(
    'A number (+15005550006 or a short code), a Messaging Service of Twilio (MG…), or a name of up to 11 characters that people ' +
      'cannot answer. Leave out what a country asks advertisements to bear (`AD-`, `-AD`): it is put to the name.',
  );

const source = z.strictObject({
  country: country
    .nullable()
    .default(null)
    .describe('Of the phone it goes to; null: every country that has none of its own'),
  from,
  rate: rate
    .nullable()
    .optional()
    .describe(
      'How many parts it may send in a time, over all senders that use it; null: as fast as the provider takes them. Absent: ' +
        'one a second from a long number, no limit otherwise',
    ),
  providerAnswers: z
    .boolean()
    .optional()
    .describe(
      'Whether the provider itself answers "STOP", "START" and "HELP", as Twilio does unless told otherwise; then we do not',
    ),
});

export const putSmsSources = z
  .strictObject({ sources: z.array(source).max(100) })
  .meta({ title: 'PutSmsSources', examples: [{ sources: [{ from: '+15005550006' }] }] });
export type PutSmsSources = z.infer<typeof putSmsSources>;

export const smsSourcesView = z
  .object({
    sources: z.array(
      z.object({
        country: country.nullable(),
        from: z.string(),
        kind: z.enum(['number', 'service', 'name']),
        rate: rate.nullable(),
        providerAnswers: z.boolean(),
      }),
    ),
  })
  .meta({ title: 'SmsSources' });
export type SmsSourcesView = z.infer<typeof smsSourcesView>;
