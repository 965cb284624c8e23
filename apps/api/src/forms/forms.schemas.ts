import { z } from 'zod';
import { channels, locales, localize, type LocalizedText } from '#common';
import { formStates } from '#sign-ups';
import { id, instant, line, localizedText, pageQuery } from '../http/schemas.js';

const channel = z.enum(channels);

/** A text of some lines by language, at least one. */
const localizedLines = (longest: number) =>
  z
    .strictObject({
      ar: z.string().trim().min(1).max(longest).optional(),
      en: z.string().trim().min(1).max(longest).optional(),
    })
    .refine(
      (text: LocalizedText) => localize(text, 'en') !== '',
      'needs a text in at least one language (ar, en)',
    );

const link = z.url({ protocol: /^https?$/ }).max(500);

/** Scheme, host and port; whatever else could be read as a directive of a Content-Security-Policy is refused. */
export const origin = z
  .string()
  .max(300)
  .regex(
    /^https?:\/\/[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/,
    'must be an origin such as https://shop.example',
  )
  .meta({ examples: ['https://shop.example', 'http://localhost:8080'] });

const topicChannel = { topicId: id('topic'), channel };

export const wordingDraft = z
  .strictObject({
    heading: localizedText(150).optional(),
    lead: localizedLines(1000).optional(),
    choices: z
      .array(
        z.strictObject({
          ...topicChannel,
          consent: localizedText(500)
            .optional()
            .describe('The sentence beside the box; a plain one that names sender and topic when absent'),
        }),
      )
      .min(1)
      .max(20)
      .describe('The boxes, each unticked. SMS boxes show once text messages can be sent.'),
    privacyNoticeVersion: line(100).min(1).nullable().optional(),
    incentive: z
      .strictObject({
        name: localizedText(200).describe('How the form names it'),
        text: localizedLines(500).describe('What is shown after the confirmation, such as a code'),
        url: z.strictObject({ ar: link.optional(), en: link.optional() }).optional(),
        templateId: id('template')
          .optional()
          .describe('Brings it by mail as well: marketing, through the gate like any other'),
      })
      .nullable()
      .optional(),
    asks: z
      .strictObject({ firstName: z.boolean().optional(), phone: z.boolean().optional() })
      .optional()
      .describe('Fields beside the email address; both optional to fill in'),
  })
  .meta({ title: 'FormWordingDraft' });
export type WordingDraft = z.infer<typeof wordingDraft>;

const settings = {
  name: line(100).min(1).describe("For the shop's own eyes"),
  allowedOrigins: z
    .array(origin)
    .max(20)
    .describe('Sites that may frame the hosted page or post to it without a second press'),
  remind: z.boolean().describe('Remind once, after a day, somebody who has not confirmed'),
};

export const createForm = z
  .strictObject({
    senderId: id('sender'),
    name: settings.name,
    wording: wordingDraft,
    allowedOrigins: settings.allowedOrigins.default([]),
    remind: settings.remind.default(true),
  })
  .meta({ title: 'CreateForm' });
export type CreateForm = z.infer<typeof createForm>;

export const updateForm = z
  .strictObject({ ...settings, state: z.enum(formStates), wording: wordingDraft })
  .partial()
  .meta({ title: 'UpdateForm' });
export type UpdateForm = z.infer<typeof updateForm>;

export const formQuery = pageQuery.extend({ senderId: id('sender').optional() });
export type FormQuery = z.infer<typeof formQuery>;

export const embedQuery = z.object({ locale: z.enum(locales).default('en') });
export type EmbedQuery = z.infer<typeof embedQuery>;

const text = z.object({ ar: z.string().optional(), en: z.string().optional() });

export const wordingView = z
  .object({
    heading: text,
    lead: text,
    choices: z.array(z.object({ ...topicChannel, consent: text })),
    privacyNoticeVersion: z.string().nullable(),
    incentive: z.object({ name: text, text, url: text, templateId: id('template').nullable() }).nullable(),
    asks: z.object({ firstName: z.boolean(), phone: z.boolean() }),
  })
  .meta({ title: 'FormWording' });
export type WordingView = z.infer<typeof wordingView>;

export const formView = z
  .object({
    id: id('form'),
    senderId: id('sender'),
    name: z.string(),
    state: z.enum(formStates),
    url: z.string().describe('The hosted page'),
    allowedOrigins: z.array(z.string()),
    remind: z.boolean(),
    version: z
      .number()
      .int()
      .describe('Grows with every change of the wording; an older one stays as evidence'),
    wording: wordingView,
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ title: 'Form' });
export type FormView = z.infer<typeof formView>;

export const formVersionView = z
  .object({ version: z.number().int(), wording: wordingView, createdAt: instant })
  .meta({ title: 'FormVersion' });
export type FormVersionView = z.infer<typeof formVersionView>;

export const embedView = z
  .object({
    html: z.string().describe('A plain form for your own page: no script, and it ends on our page'),
    iframe: z.string().describe('The hosted page in a frame; its site must be among the allowed origins'),
    instructions: z.object({ ar: z.string(), en: z.string() }),
  })
  .meta({ title: 'FormEmbedding' });
export type EmbedView = z.infer<typeof embedView>;
