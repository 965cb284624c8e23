import { z } from 'zod';
import { channels, messageClasses } from '#common';
import { purgeReasons, suppressionReasons } from '#consent';
import { laterEvidence, messageStates, operatorWords } from '#sending';
import { consentEventView } from '../consents/consents.schemas.js';
import { id, instant, pageQuery } from '../http/schemas.js';

export const messageQuery = pageQuery
  .extend({
    campaignId: id('campaign').optional(),
    contactId: id('contact').optional(),
    state: z.enum(messageStates).optional(),
  })
  .refine(
    query => query.campaignId !== undefined || query.contactId !== undefined,
    'name a campaignId, a contactId, or both',
  );
export type MessageQuery = z.infer<typeof messageQuery>;

export const messageView = z
  .object({
    id: z.string().meta({ examples: ['msg_7_1042'] }),
    contactId: id('contact'),
    state: z
      .enum(messageStates)
      .describe(
        'accepted: by the receiving server, which is not yet delivered; unknown: it left, no answer came',
      ),
    reason: z.string().nullable(),
    attempt: z.number().int(),
    consentEventId: id('consentEvent').nullable(),
    basis: z.string().nullable(),
    lawPack: z.string(),
    relay: z.string().nullable(),
    providerMessageId: z.string().nullable(),
    reply: z.string().nullable().describe("The receiving server's words"),
    allowedAt: instant,
    settledAt: instant.nullable(),
    retryAt: instant.nullable(),
  })
  .meta({ title: 'Message' });
export type MessageView = z.infer<typeof messageView>;

const words = z.strictObject({ en: z.string(), ar: z.string() });

export const whyView = z
  .object({
    message: messageView,
    allowed: z.boolean(),
    words: words.describe('What decided it, in sentences for the person and for a regulator'),
    dispatch: z.object({
      id: id('dispatch'),
      name: z.string(),
      channel: z.enum(channels),
      messageClass: z.enum(messageClasses),
    }),
    sender: z.object({ id: id('sender'), name: z.string() }),
    topic: z.object({ id: id('topic'), name: z.record(z.string(), z.string()) }),
    law: z
      .array(
        z.object({
          code: z.string(),
          version: z.number().int(),
          overrides: z.array(z.number().int()).describe("The operator's changes that were in force"),
          words,
        }),
      )
      .describe('The law packs that were read'),
    consent: consentEventView
      .nullable()
      .describe('The event that decided it, with the wording the person saw'),
    purged: z
      .object({ reason: z.enum(purgeReasons), at: instant })
      .nullable()
      .describe('Why that event is no longer there'),
    suppression: z
      .object({ reason: z.enum(suppressionReasons), since: instant, words })
      .nullable()
      .describe('What barred the address'),
    evidence: z
      .array(
        z.object({
          kind: z.enum([...laterEvidence, ...operatorWords, 'resent']),
          occurredAt: instant,
          recordedAt: instant,
          actor: z.string().describe('Who said so: a source of later evidence, or an API key'),
          detail: z.string().nullable(),
          decided: z.boolean().describe('Whether it changed what is known of the message'),
        }),
      )
      .describe('What was heard of it after no answer came'),
  })
  .meta({ title: 'Why' });
export type WhyView = z.infer<typeof whyView>;
