import { z } from 'zod';
import { channels } from '#common';
import { id, line, locale } from '../http/schemas.js';

export const signUp = z
  .strictObject({
    formId: id('form'),
    formVersion: z
      .number()
      .int()
      .min(1)
      .max(1e9)
      .optional()
      .describe('The version of the wording that was shown; the newest when absent'),
    email: z
      .string()
      .max(1000)
      .optional()
      .meta({ examples: ['mona@example.com'] }),
    phone: z
      .string()
      .max(100)
      .optional()
      .describe('With + and the country code')
      .meta({ examples: ['+966501234567'] }),
    firstName: line(100).optional(),
    choices: z
      .array(z.strictObject({ topicId: id('topic'), channel: z.enum(channels) }))
      .min(1)
      .max(20)
      .describe('The boxes the person ticked'),
    locale: locale.optional().describe("The language the person saw; the sender's when absent"),
    ip: z.union([z.ipv4(), z.ipv6()]).optional().describe("The person's IP, from your own request"),
    userAgent: z.string().max(500).optional(),
    sourceUrl: z
      .url({ protocol: /^https?$/ })
      .max(500)
      .optional()
      .describe('The page the form was on'),
  })
  .meta({ title: 'SignUp' });
export type SignUp = z.infer<typeof signUp>;

export const signUpView = z.object({ received: z.literal(true) }).meta({ title: 'SignUpReceived' });
export type SignUpView = z.infer<typeof signUpView>;
