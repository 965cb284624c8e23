import { z } from 'zod';
import { deliveryStates, disabledReasons, outgoingEventKinds } from '#webhooks';
import { id, instant, line, pageQuery } from '../http/schemas.js';

const kind = z.enum(outgoingEventKinds).meta({ title: 'OutgoingEventKind' });

const settings = {
  url: z
    .url({ protocol: /^https?$/, error: 'must be a URL that begins with https://' })
    .max(2000)
    .describe('Called with POST for each event; https, at a public address'),
  description: line(200).nullable().describe('For your own eyes'),
  kinds: z
    .array(kind)
    .min(1)
    .max(outgoingEventKinds.length)
    .nullable()
    .describe('What it is told of; null: everything, also kinds to come'),
};

export const createWebhook = z
  .strictObject({
    url: settings.url,
    description: settings.description.optional(),
    kinds: settings.kinds.optional(),
  })
  .meta({ title: 'CreateWebhook' });
export type CreateWebhook = z.infer<typeof createWebhook>;

export const updateWebhook = z
  .strictObject({ ...settings, enabled: z.boolean() })
  .partial()
  .meta({ title: 'UpdateWebhook' });
export type UpdateWebhook = z.infer<typeof updateWebhook>;

export const rotateSecret = z
  .strictObject({
    keepOldHours: z
      .number()
      .int()
      .min(0)
      .max(168)
      .default(24)
      .describe('How long the old secret signs beside the new one'),
  })
  .meta({ title: 'RotateWebhookSecret' });
export type RotateSecret = z.infer<typeof rotateSecret>;

export const replayWebhook = z
  .union([
    z.strictObject({ fromEventId: id('outgoingEvent').describe('The first event that is told again') }),
    z.strictObject({ since: instant }),
  ])
  .meta({ title: 'ReplayWebhook' });
export type ReplayWebhook = z.infer<typeof replayWebhook>;

export const replayView = z
  .object({
    events: z.number().int().describe('How many are told again'),
    nextEventId: id('outgoingEvent')
      .nullable()
      .describe('Go on with this one: there are more than one replay takes'),
  })
  .meta({ title: 'WebhookReplay' });
export type ReplayView = z.infer<typeof replayView>;

export const webhookView = z
  .object({
    id: id('webhook'),
    url: z.string(),
    description: z.string().nullable(),
    kinds: z.array(kind).nullable(),
    enabled: z.boolean(),
    disabledReason: z
      .enum(disabledReasons)
      .nullable()
      .describe(
        'by_request; failing: nothing was delivered for five days; gone: it answered 410; secret_lost',
      ),
    failingSince: instant.nullable(),
    oldSecretUntil: instant.nullable().describe('Until then two secrets sign'),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ title: 'Webhook' });
export type WebhookView = z.infer<typeof webhookView>;

export const webhookWithSecret = webhookView
  .extend({ secret: z.string().describe('Verifies the signatures; shown this once') })
  .meta({ title: 'WebhookWithSecret' });
export type WebhookWithSecret = z.infer<typeof webhookWithSecret>;

export const pingView = z
  .object({
    delivered: z.boolean(),
    status: z.number().int().nullable(),
    error: z.string().nullable(),
    milliseconds: z.number().int(),
  })
  .meta({ title: 'WebhookPing' });
export type PingView = z.infer<typeof pingView>;

export const deliveryQuery = pageQuery.extend({ state: z.enum(deliveryStates).optional() });
export type DeliveryQuery = z.infer<typeof deliveryQuery>;

export const deliveryView = z
  .object({
    eventId: id('outgoingEvent'),
    kind: z.string(),
    contactId: id('contact').nullable(),
    state: z.enum(deliveryStates).describe('waiting: an earlier event of the same contact is not over'),
    attempts: z.number().int(),
    dueAt: instant.nullable().describe('When it is tried next'),
    lastStatus: z.number().int().nullable(),
    lastError: z.string().nullable(),
    lastAttemptAt: instant.nullable(),
    finishedAt: instant.nullable(),
  })
  .meta({ title: 'WebhookDelivery' });
export type DeliveryView = z.infer<typeof deliveryView>;
