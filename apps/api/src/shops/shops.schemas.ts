import { z } from 'zod';
import { shopKinds } from '#orders';
import { id, instant, line, locale, localizedText, pageOf, pageQuery } from '../http/schemas.js';

const name = line(100).min(1);
const secret = z
  .string()
  .max(400)
  .describe(
    "What the shop signs with: from Shopify's and Salla's settings, or what you wrote into WooCommerce's; of a generic shop " +
      'whsec_ and base64',
  );

const settings = {
  name,
  senderId: id('sender'),
  serviceTopicIds: z
    .array(id('topic'))
    .max(20)
    .default([])
    .describe('Topics for service or transactions that a purchase is the ground for'),
  marketingTopicId: id('topic')
    .nullable()
    .default(null)
    .describe('The topic that a soft opt-in or a ticked box is for'),
  refusalText: localizedText(2000)
    .nullable()
    .default(null)
    .describe('What your checkout says where it offers to refuse offers, by language'),
  consentText: localizedText(2000)
    .nullable()
    .default(null)
    .describe(
      'What stands beside the box for offers in your checkout; without it a ticked box is no consent',
    ),
  locale: locale
    .nullable()
    .default(null)
    .describe(
      'The one language in which the shop speaks to its customers, for orders that tell none (Salla, WooCommerce without WPML). ' +
        'Only if it speaks no other: it says which text they read. null: several',
    ),
};

export const createShop = z
  .strictObject({
    ...settings,
    kind: z.enum(shopKinds),
    secret: secret
      .nullable()
      .default(null)
      .describe('May follow later. A generic shop gets one of ours when it is left out'),
  })
  .meta({ title: 'CreateShop' });
export type CreateShop = z.infer<typeof createShop>;

export const replaceShop = z.strictObject(settings).meta({ title: 'ReplaceShop' });
export type ReplaceShop = z.infer<typeof replaceShop>;

export const changeSecret = z
  .strictObject({
    secret: secret.nullable().default(null).describe('Left out for a generic shop: a new one of ours'),
    keepOldHours: z
      .number()
      .int()
      .min(0)
      .max(168)
      .default(24)
      .describe('How long the one before is still heard; at most until the next change'),
  })
  .meta({ title: 'ChangeShopSecret' });
export type ChangeSecret = z.infer<typeof changeSecret>;

const text = z.object({ ar: z.string().optional(), en: z.string().optional() }).nullable();

export const shopView = z
  .object({
    id: id('shop'),
    name: z.string(),
    kind: z.enum(shopKinds),
    senderId: id('sender'),
    serviceTopicIds: z.array(id('topic')),
    marketingTopicId: id('topic').nullable(),
    refusalText: text,
    consentText: text,
    locale: locale.nullable(),
    offersSince: instant.describe(
      'Since when its sender, its topic of offers and its two texts are as they are: only orders and ticks from then on are a ' +
        'ground for offers',
    ),
    webhookUrl: z.string().describe('What the shop is to call'),
    hasSecret: z.boolean().describe('Without one, its webhooks are refused'),
    previousSecretUntil: instant.nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ title: 'Shop' });
export type ShopView = z.infer<typeof shopView>;
export const shopsView = pageOf(shopView);

export const shopQuery = pageQuery.extend({ senderId: id('sender').optional().describe('Only these') });
export type ShopQuery = z.infer<typeof shopQuery>;

export const shopRefusalsView = z
  .object({
    items: z
      .array(
        z
          .object({
            refusedAt: instant,
            code: z.string().describe('As the shop was answered'),
            path: z.string().nullable().describe('Where in the body the fault is'),
            externalId: z
              .string()
              .nullable()
              .describe("The shop's own id of the order, where it could be read"),
          })
          .meta({ title: 'ShopRefusal' }),
      )
      .describe('The newest first, at most 100'),
  })
  .meta({ title: 'ShopRefusals' });
export type ShopRefusalsView = z.infer<typeof shopRefusalsView>;

export const shopWithSecret = shopView
  .extend({ secret: z.string().nullable().describe('One that was made here, shown this once; else null') })
  .meta({ title: 'ShopWithSecret' });
export type ShopWithSecretView = z.infer<typeof shopWithSecret>;
