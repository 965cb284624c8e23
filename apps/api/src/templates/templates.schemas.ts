import { z } from 'zod';
import { channels, messageClasses } from '#common';
import { partLimits, promotionKinds } from '#templates';
import { money } from '../http/money.js';
import { id, instant, locale, localizedText } from '../http/schemas.js';

/** Half of a surrogate pair is no character: PostgreSQL cannot store it and no mail can carry it. */
const wellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);
const NOT_WELL_FORMED = 'contains half of a character (a lone surrogate)';

const name = z.string().trim().min(1).max(200).refine(wellFormed, NOT_WELL_FORMED);

// Sizes are checked by the templates room, which answers 413 and names the part.
const part = (what: string, longest: number) =>
  z
    .string()
    .refine(wellFormed, NOT_WELL_FORMED)
    .describe(`${what} At most ${longest} characters.`)
    .optional();

const variant = z
  .strictObject({
    subject: part('Liquid, one line.', partLimits.subject),
    preheader: part('Liquid; shown beside the subject in lists of messages.', partLimits.preheader),
    mjml: part(
      'MJML with Liquid: a whole <mjml>, or the sections of a body, optionally after {% layout %}.',
      partLimits.mjml,
    ),
    text: part('Liquid; derived from the MJML when absent.', partLimits.text),
  })
  .meta({ title: 'TemplateVariant' });

const content = z
  .strictObject({ ar: variant.optional(), en: variant.optional() })
  .refine(
    variants => variants.ar !== undefined || variants.en !== undefined,
    'needs a variant in at least one language (ar, en)',
  )
  .meta({ title: 'TemplateContent' });

export const createTemplate = z
  .strictObject({
    name,
    channel: z
      .enum(channels)
      .default('email')
      .describe('An SMS has a text in each language and nothing else'),
    defaultLocale: locale.optional().describe('The variant for people whose language has none.'),
    content: content.optional(),
    fromStarter: z
      .string()
      .max(60)
      .optional()
      .describe('A key of GET /v1/templates/starters, instead of content.'),
  })
  .refine(
    body => (body.content === undefined) !== (body.fromStarter === undefined),
    'needs either "content" or "fromStarter"',
  )
  .refine(
    body => body.channel === 'email' || body.fromStarter === undefined,
    'the starters are of emails: an SMS needs "content"',
  )
  .meta({ title: 'CreateTemplate' });
export type CreateTemplate = z.infer<typeof createTemplate>;

export const updateTemplate = z
  .strictObject({ name, defaultLocale: locale, content })
  .meta({ title: 'UpdateTemplate' });
export type UpdateTemplate = z.infer<typeof updateTemplate>;

const templateFields = {
  id: id('template'),
  name: z.string(),
  channel: z.enum(channels),
  createdAt: instant,
  updatedAt: instant,
};

export const templateSummary = z.object(templateFields).meta({ title: 'TemplateSummary' });
export type TemplateSummary = z.infer<typeof templateSummary>;

export const versionView = z
  .object({
    id: id('templateVersion'),
    number: z.number().int(),
    defaultLocale: locale,
    content: z.object({ ar: variant.optional(), en: variant.optional() }),
    missing: z.array(z.string()).describe('What keeps it from being sent, e.g. "ar.subject"; empty: ready.'),
    createdAt: instant,
    usedAt: instant.nullable().describe('Since then it cannot change; an edit makes the next version.'),
  })
  .meta({ title: 'TemplateVersion' });
export type VersionView = z.infer<typeof versionView>;

export const templateWarning = z
  .object({
    path: z.string().describe('Language, part and line: "en.mjml:12"'),
    code: z.string(),
    message: z.string(),
  })
  .meta({ title: 'TemplateWarning' });

export const templateView = z.object({ ...templateFields, version: versionView }).meta({ title: 'Template' });
export type TemplateView = z.infer<typeof templateView>;

export const savedTemplateView = z
  .object({ ...templateFields, version: versionView, warnings: z.array(templateWarning) })
  .meta({ title: 'SavedTemplate' });
export type SavedTemplateView = z.infer<typeof savedTemplateView>;

/** A template's texts, as they are read. */
export const templateContent = z.object({ ar: variant.optional(), en: variant.optional() });

export const starterView = z
  .object({
    key: z.string(),
    name: localizedText(200),
    description: localizedText(500),
    defaultLocale: locale,
    content: z.object({ ar: variant.optional(), en: variant.optional() }),
  })
  .meta({ title: 'TemplateStarter' });
export const starterList = z.object({ items: z.array(starterView) });
export type StarterList = z.infer<typeof starterList>;

const text = (longest: number) =>
  z.string().max(longest).refine(wellFormed, NOT_WELL_FORMED).nullable().optional();

const attributeValue = z.union([
  z.string().max(5_000).refine(wellFormed, NOT_WELL_FORMED),
  z.number(),
  z.boolean(),
  z.array(z.string().max(500).refine(wellFormed, NOT_WELL_FORMED)).max(200),
  z.null(),
]);

export const previewRequest = z
  .strictObject({
    version: z.number().int().min(1).max(1_000_000).optional().describe('The newest when absent.'),
    locale: locale.optional().describe('Overrides the language of the person.'),
    contactId: id('contact').optional().describe('Renders as this contact; needs contacts:read too.'),
    person: z
      .strictObject({
        firstName: text(200),
        lastName: text(200),
        email: text(320),
        phone: text(40),
        locale: text(35),
        country: text(2),
        attributes: z
          .record(z.string().max(100), attributeValue)
          .refine(attributes => Object.keys(attributes).length <= 200, 'has more than 200 attributes')
          .optional(),
      })
      .optional()
      .describe('Renders as this made-up person; a sample person when absent.'),
    senderId: id('sender')
      .optional()
      .describe('Whose details the footer shows; a sample sender when absent.'),
    messageClass: z
      .enum(messageClasses)
      .default('marketing')
      .describe('As what it would be sent: it decides the footer, and what the template may say.'),
    smartEncoding: z.boolean().optional().describe('Of an SMS, as the campaign would have it.'),
    shortLinks: z.boolean().optional().describe('Of an SMS, as the campaign would have it.'),
  })
  .refine(
    body => body.contactId === undefined || body.person === undefined,
    'takes either "contactId" or "person"',
  )
  .meta({ title: 'PreviewRequest' });
export type PreviewBody = z.infer<typeof previewRequest>;

const promotion = z
  .object({
    path: z.string().describe('Language, part and line: "en.mjml:12"'),
    code: z.enum(promotionKinds),
    words: z.string().describe('The words found, or the part of a link'),
    message: z.string().describe('Why they make it marketing, and what to do'),
  })
  .meta({ title: 'Promotion' });

const promotions = z
  .array(promotion)
  .describe(
    'What keeps it from being sent as this class: a service message promotes nothing and names no price, a ' +
      'transactional one may state the prices of what was bought. Empty: nothing, and always so for marketing.',
  );

const emailPreviewView = z
  .object({
    channel: z.literal('email'),
    locale,
    dir: z.enum(['ltr', 'rtl']),
    subject: z.string(),
    html: z.string(),
    text: z.string(),
    warnings: z.array(templateWarning),
    promotions,
  })
  .meta({ title: 'EmailPreview' });

const smsPreviewView = z
  .object({
    channel: z.literal('sms'),
    locale,
    dir: z.enum(['ltr', 'rtl']),
    text: z.string().describe('As it would be sent, with what the law of the phone’s country wants in it'),
    from: z.string().describe('The number or name it would come from'),
    encoding: z.enum(['gsm7', 'ucs2']),
    units: z.number().int().describe('Septets of GSM-7, or UTF-16 units of UCS-2'),
    parts: z.number().int().describe('Messages that are sent, and paid for'),
    left: z.number().int().describe('Units that the last part still has room for'),
    forcedBy: z
      .object({ character: z.string(), at: z.number().int() })
      .nullable()
      .describe('The first character that GSM-7 does not have, which makes all of it UCS-2'),
    cost: money.nullable().describe('Of all its parts; null: no price is known'),
    warnings: z.array(templateWarning),
    promotions,
  })
  .meta({ title: 'SmsPreview' });

export const previewView = z
  .discriminatedUnion('channel', [emailPreviewView, smsPreviewView])
  .meta({ title: 'TemplatePreview' });
export type PreviewView = z.infer<typeof previewView>;
