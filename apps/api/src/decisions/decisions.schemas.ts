import { z } from 'zod';
import { channels, messageClasses } from '#common';
import { bases, deferrals, denials, jurisdictionGrounds } from '#consent';
import { category } from '../consents/consents.schemas.js';
import { id, instant } from '../http/schemas.js';

const channel = z.enum(channels);

export const askDecisions = z
  .strictObject({
    contactIds: z.array(id('contact')).min(1).max(1000),
    channel,
    topicId: id('topic').describe('What the message is about; whether it is marketing follows from it'),
    productCategories: z
      .array(category)
      .max(50)
      .default([])
      .describe('What the message offers; a soft opt-in covers similar products only'),
    at: instant
      .refine(time => time >= '2000' && time < '2100', 'must lie between 2000 and 2100')
      .optional()
      .describe('As of when; now when absent. What is recorded now is judged by the law of then'),
  })
  .meta({ title: 'AskDecisions' });
export type AskDecisions = z.infer<typeof askDecisions>;

const decisionView = z
  .object({
    contactId: id('contact'),
    decision: z.enum(['allow', 'deny', 'defer']),
    until: instant.nullable().describe('Of defer: when to ask again'),
    reason: z
      .object({
        code: z.enum([...denials, ...deferrals, 'CONTACT_NOT_FOUND']),
        text: z.object({ ar: z.string(), en: z.string() }),
      })
      .nullable()
      .describe('null: allowed'),
    basis: z.enum(bases).nullable(),
    consentEventId: id('consentEvent').nullable().describe('What of the ledger was read'),
    law: z
      .array(z.string())
      .describe('The law packs that were read, with version, and overrides behind a star: GB@2, GB@2*7'),
    jurisdictions: z.array(
      z.object({
        country: z.string().nullable().describe('ISO 3166-1 alpha-2; null: unknown, so the strict default'),
        because: z.array(z.enum(jurisdictionGrounds)),
      }),
    ),
  })
  .meta({ title: 'Decision' });
export type DecisionView = z.infer<typeof decisionView>;

export const decisionsView = z
  .object({
    at: instant,
    channel,
    topicId: id('topic'),
    senderId: id('sender'),
    messageClass: z.enum(messageClasses),
    items: z.array(decisionView).describe('One for each contact asked about, in that order'),
  })
  .meta({ title: 'Decisions' });
export type DecisionsView = z.infer<typeof decisionsView>;
