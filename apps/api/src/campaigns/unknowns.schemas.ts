import { z } from 'zod';
import { operatorWords } from '#sending';
import { id, instant, line } from '../http/schemas.js';

export const resolveMessage = z
  .strictObject({
    as: z.enum(operatorWords),
    reason: line(500)
      .min(1)
      .describe('How that is known, e.g. "queue id 4ABC in the relay’s log"; no personal data'),
  })
  .meta({ title: 'ResolveMessage' });
export type ResolveMessage = z.infer<typeof resolveMessage>;

export const unknownView = z
  .object({
    id: z.string().meta({ examples: ['msg_7_1042'] }),
    contactId: id('contact'),
    attempt: z.number().int(),
    reason: z.string().nullable(),
    words: z.strictObject({ en: z.string(), ar: z.string() }),
    relay: z.string().nullable().describe('null: the worker ended before it noted which'),
    reply: z.string().nullable().describe('What was last heard of the relay'),
    bodyEnded: z
      .boolean()
      .nullable()
      .describe('true: the end of the mail was on its way when the answer failed to come; null: not known'),
    allowedAt: instant.describe('When the attempt began'),
    settledAt: instant.nullable().describe('When it became unknown'),
    resend: z.object({
      possible: z.boolean().describe('As far as can be said without asking the gate'),
      until: instant.nullable(),
      code: z.string().nullable().describe('Why not'),
      message: z.string().nullable(),
    }),
  })
  .meta({ title: 'UnknownMessage' });
export type UnknownView = z.infer<typeof unknownView>;

export const unknownsView = z
  .object({
    total: z.number().int(),
    items: z.array(unknownView),
    nextCursor: z.string().nullable(),
  })
  .meta({ title: 'UnknownMessages' });
export type UnknownsView = z.infer<typeof unknownsView>;
