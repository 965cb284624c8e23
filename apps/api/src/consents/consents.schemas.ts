import { z } from 'zod';
import { channels } from '#common';
import { bases, breachKinds, consentActions, purgeReasons, stateStatuses } from '#consent';
import { country, id, instant, locale } from '../http/schemas.js';

const channel = z.enum(channels);

/** A product category, e.g. `shoes`. */
export const category = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,59}$/u, 'must be a short name such as shoes')
  .meta({ examples: ['shoes', 'socks', 'phones', 'cases'] });

const softOptIn = z
  .strictObject({
    orderId: z.string().trim().min(1).max(200).describe('The sale, or the negotiation of one').optional(),
    productCategories: z.array(category).min(1).max(50).optional(),
    collectedBy: z.enum(['self', 'other']).optional().describe('Who took the details down; only self counts'),
    refusalText: z
      .string()
      .trim()
      .min(1)
      .max(10_000)
      .optional()
      .describe('The refusal that was offered then'),
    refusalOfferedAt: instant.optional(),
  })
  .describe(
    'What a soft opt-in needs (PECR reg 22(3), ePrivacy art 13(2)); with any part missing nothing is sent on it',
  )
  .meta({ title: 'SoftOptIn' });

const evidence = {
  textVersion: z.string().max(100).optional(),
  locale: locale.optional().describe('The language the person saw'),
  method: z
    .string()
    .regex(/^[a-z_]{1,40}$/, 'must be a word such as checkbox, paper, verbal')
    .default('api'),
  source: z.string().trim().min(1).max(500).describe("Where it happened: a form's URL, a shop, an event"),
  ip: z.union([z.ipv4(), z.ipv6()]).optional().describe("The person's IP, where it was taken"),
  userAgent: z.string().max(500).optional(),
  evidence: z.record(z.string().max(60), z.union([z.string().max(2000), z.number(), z.boolean()])).optional(),
};

export const grantConsent = z
  .strictObject({
    contactId: id('contact'),
    channel,
    topicId: id('topic'),
    basis: z.enum(bases).default('express'),
    textShown: z.string().trim().min(1).max(10_000).describe('The full wording the person agreed to'),
    ...evidence,
    /** Where the person was then; the law of that place goes on to apply. */
    country: country.optional(),
    privacyNoticeVersion: z.string().trim().min(1).max(100).optional(),
    evidenceUrl: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .optional()
      .describe('Where more is kept: a scan, a recording'),
    softOptIn: softOptIn.optional(),
    occurredAt: instant.optional().describe('When the person agreed; now when absent'),
    expiresAt: instant.optional(),
  })
  .meta({ title: 'GrantConsent' });
export type GrantConsent = z.infer<typeof grantConsent>;

export const withdrawConsent = z
  .strictObject({
    contactId: id('contact'),
    scope: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('topic'), topicId: id('topic'), channel: channel.optional() }),
        z.strictObject({ kind: z.literal('channel'), channel, senderId: id('sender').optional() }),
        z.strictObject({ kind: z.literal('everything'), senderId: id('sender').optional() }),
      ])
      .describe('One topic, a whole channel, or everything; without senderId: of every sender'),
    ...evidence,
    occurredAt: instant.optional(),
  })
  .meta({ title: 'WithdrawConsent' });
export type WithdrawConsent = z.infer<typeof withdrawConsent>;

export const consentEventView = z
  .object({
    id: id('consentEvent'),
    contactId: id('contact'),
    channel: channel.nullable().describe('null: every channel'),
    senderId: id('sender').nullable().describe('null: every sender'),
    topicId: id('topic').nullable().describe('null: every topic of the sender'),
    action: z.enum(consentActions),
    basis: z.enum(bases).nullable(),
    textShown: z.string().nullable(),
    textHash: z.string().nullable().describe('SHA-256 of textShown, hex'),
    textVersion: z.string().nullable(),
    locale: z.string().nullable(),
    method: z.string(),
    source: z.string(),
    evidence: z.record(z.string(), z.unknown()),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
    actor: z.string(),
    occurredAt: instant,
    recordedAt: instant,
    expiresAt: instant.nullable(),
  })
  .meta({ title: 'ConsentEvent' });
export type ConsentEventView = z.infer<typeof consentEventView>;

export const grantedView = consentEventView
  .extend({
    effective: z.boolean().describe('false: a later withdrawal stands; the event is kept as evidence only'),
  })
  .meta({ title: 'GrantedConsent' });

export const consentStateView = z
  .object({
    channel,
    topicId: id('topic'),
    status: z.enum(stateStatuses),
    basis: z.enum(bases).nullable(),
    eventId: id('consentEvent'),
    since: instant,
    expiresAt: instant.nullable(),
  })
  .meta({ title: 'ConsentState' });
export type ConsentStateView = z.infer<typeof consentStateView>;

export const verificationView = z
  .object({
    intact: z.boolean(),
    events: z.number().int(),
    sealed: z.number().int().describe('Events linked into the chain'),
    unsealed: z.number().int().describe('Events of the last moment, not yet linked'),
    head: z
      .string()
      .nullable()
      .describe('The newest link; keep it elsewhere, and a chain made anew shows too'),
    purged: z
      .record(z.enum(purgeReasons), z.number().int())
      .describe('Events that left by the one way there is; their links stay and are proven'),
    breaches: z
      .array(
        z.object({
          number: z.number().int(),
          eventId: id('consentEvent'),
          problem: z.enum(breachKinds),
        }),
      )
      .describe('The first places where the ledger is not what it was'),
    strangers: z.array(id('consentEvent')).describe("Events put in around the ledger's guards"),
  })
  .meta({ title: 'LedgerVerification' });
export type VerificationView = z.infer<typeof verificationView>;
