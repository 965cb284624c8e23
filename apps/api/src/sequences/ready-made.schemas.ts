import { z } from 'zod';
import { channels, messageClasses } from '#common';
import { sequenceStates, stepTypes, triggerKinds } from '#sequences';
import { id, line, locale, localizedText } from '../http/schemas.js';
import { templateContent, templateWarning } from '../templates/templates.schemas.js';

const step = z
  .object({
    id: z.string(),
    type: z.enum(stepTypes),
    messageClass: z.enum(messageClasses).nullable().describe('Of a step that sends; it decides which topic'),
    channel: z
      .enum([...channels, 'either'])
      .nullable()
      .describe('Of a step that sends'),
  })
  .meta({ title: 'ReadyMadeStep' });

const summary = {
  key: z.string(),
  name: localizedText(100),
  description: localizedText(500),
  trigger: z.enum(triggerKinds).describe('What brings people in'),
  needs: z
    .object({
      topics: z.array(z.enum(messageClasses)).describe('A topic of the sender for each'),
      segment: z.enum(['no', 'optional', 'yes']),
      shop: z.enum(['no', 'optional']),
      attribute: z.boolean().describe('An attribute that holds a day'),
      product: z.boolean().describe('The product that its messages are about'),
      incentive: z.enum(['no', 'optional']).describe('What somebody gets for subscribing'),
      website: z.boolean().describe("The sender's web site, which its messages lead to"),
    })
    .describe('What is chosen when it is installed'),
  steps: z.array(step),
};

export const readyMadeSummary = z.object(summary).meta({ title: 'ReadyMadeSummary' });
export type ReadyMadeSummary = z.infer<typeof readyMadeSummary>;
export const readyMadeList = z.object({ items: z.array(readyMadeSummary) });
export type ReadyMadeList = z.infer<typeof readyMadeList>;

export const readyMadeView = z
  .object({
    ...summary,
    segmentRule: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('A rule for the segment that brings people in, to begin with (docs/segments.md)'),
    definition: z
      .record(z.string(), z.unknown())
      .describe(
        'A sequence’s definition in which topics stand by class, templates by key, and what is chosen as "given"',
      ),
    templates: z.array(
      z.object({
        key: z.string(),
        channel: z.enum(channels),
        name: localizedText(100),
        content: templateContent,
      }),
    ),
  })
  .meta({ title: 'ReadyMadeSequence' });
export type ReadyMadeView = z.infer<typeof readyMadeView>;

const bothLanguages = (longest: number) =>
  z.strictObject({ ar: line(longest).min(1), en: line(longest).min(1) });

const product = z
  .strictObject({
    name: bothLanguages(80),
    benefit: bothLanguages(300).describe('What it is good for, in a sentence that stands by itself'),
    url: z
      .url({ protocol: /^https?$/ })
      .max(500)
      .describe('Its page'),
  })
  .describe('Of a sequence about one product: written into its messages, where it can be edited afterwards')
  .meta({ title: 'LaunchedProduct' });

export const installRequest = z
  .strictObject({
    senderId: id('sender'),
    topics: z
      .strictObject({
        marketing: id('topic').optional(),
        service: id('topic').optional(),
        transactional: id('topic').optional(),
      })
      .default({})
      .describe('What is sent about which topic of the sender; absent: its only one of that purpose'),
    segmentId: id('segment').optional(),
    shopId: id('shop').optional().describe('Orders of this shop alone; absent: of every shop'),
    attribute: z.string().min(1).max(60).optional().describe('The key of an attribute that holds a day'),
    product: product.optional(),
    incentive: bothLanguages(200)
      .optional()
      .describe(
        'Of a welcome: what somebody gets for subscribing, and its conditions, written into the first message. Absent: nothing is promised',
      )
      .meta({
        examples: [
          {
            ar: 'خصم 10% على أول طلب بالرمز AHLAN حتى نهاية الشهر.',
            en: '10% off your first order with the code AHLAN until the end of the month.',
          },
        ],
      }),
    name: line(100)
      .min(1)
      .optional()
      .describe(
        'Absent: the name of the ready-made one in the sender’s language, with a number when it is taken',
      ),
    sms: z.boolean().default(true).describe('false: what would go by email or SMS goes by email alone'),
  })
  .meta({ title: 'InstallReadyMade' });
export type InstallRequest = z.infer<typeof installRequest>;

export const installedView = z
  .object({
    sequenceId: id('sequence'),
    name: z.string(),
    state: z.enum(sequenceStates),
    defaultLocale: locale.describe('Of its templates: the language of the sender'),
    templates: z.array(
      z.object({
        key: z.string(),
        id: id('template'),
        name: z.string(),
        channel: z.enum(channels),
        warnings: z.array(templateWarning),
      }),
    ),
  })
  .meta({ title: 'InstalledSequence' });
export type InstalledView = z.infer<typeof installedView>;
