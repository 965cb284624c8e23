import { z } from 'zod';
import { channels } from '#common';
import { bases, consentActions, suppressionReasons } from '#consent';
import { subjectRequestKinds } from '#subjects';
import { consentEventView, consentStateView } from '../consents/consents.schemas.js';
import { agents, machineReasons } from '#feedback';
import { contactView } from '../contacts/contacts.schemas.js';
import { id, instant, locale, pageQuery } from '../http/schemas.js';
import { eventView as personEventView } from '../events/events.schemas.js';
import { orderView } from '../orders/orders.schemas.js';
import { whyView } from '../messages/messages.schemas.js';

const channel = z.enum(channels);
const words = z.strictObject({ en: z.string(), ar: z.string() });
const method = z.string().regex(/^[a-z_]{1,40}$/, 'must be a word such as letter, email, phone');

/** How a document is wanted; without these, as `Accept` and `Accept-Language` ask. */
export const documentQuery = z.object({
  format: z.enum(['json', 'html']).optional().describe('json, or html for reading and printing'),
  locale: locale.optional().describe('The language of the html; by default that of the contact'),
});
export type DocumentQuery = z.infer<typeof documentQuery>;

export const subjectRequestView = z
  .object({
    id: id('subjectRequest'),
    kind: z.enum(subjectRequestKinds),
    contactId: id('contact'),
    method: z.string().describe('How it reached us'),
    actor: z.string(),
    requestedAt: instant,
    dueAt: instant.describe('The end of the time that the strictest law which may apply gives'),
    law: z.string().describe('That law pack'),
    doneAt: instant.nullable(),
    doneBy: z.string().nullable(),
  })
  .meta({ title: 'SubjectRequest' });
export type SubjectRequestView = z.infer<typeof subjectRequestView>;

export const openSubjectRequest = z
  .strictObject({
    kind: z.enum(subjectRequestKinds),
    contactId: id('contact'),
    method: method.default('api').describe('How it reached you: letter, email, phone, shop'),
    requestedAt: instant.optional().describe('When it reached you; now when absent'),
  })
  .meta({ title: 'OpenSubjectRequest' });
export type OpenSubjectRequest = z.infer<typeof openSubjectRequest>;

export const listSubjectRequests = pageQuery.extend({
  contactId: id('contact').optional(),
  kind: z.enum(subjectRequestKinds).optional(),
  state: z.enum(['open', 'done']).optional(),
});
export type ListSubjectRequests = z.infer<typeof listSubjectRequests>;

const suppressionView = z.object({
  channel,
  senderId: id('sender').nullable(),
  topicId: id('topic').nullable(),
  reason: z.enum(suppressionReasons),
  words,
  since: instant,
});

const toldEvent = consentEventView.extend({ words: words.describe('What happened, in sentences') });

export const exportView = z
  .object({
    at: instant,
    contactId: id('contact'),
    profile: contactView.nullable(),
    states: z.array(consentStateView),
    events: z.array(toldEvent),
    preferences: z.array(
      z.object({
        senderId: id('sender'),
        frequency: z.enum(['all', 'weekly', 'monthly']),
        pausedUntil: instant.nullable(),
        updatedAt: instant,
      }),
    ),
    suppressions: z.array(suppressionView),
    confirmations: z.array(
      z.object({
        id: id('confirmationRequest'),
        channel,
        senderId: id('sender'),
        formId: id('form'),
        topicIds: z.array(id('topic')),
        locale: z.string(),
        ip: z.string().nullable(),
        userAgent: z.string().nullable(),
        source: z.string().nullable(),
        requestedAt: instant,
        confirmedAt: instant.nullable(),
        refusedAt: instant.nullable(),
        mails: z.array(z.object({ kind: z.string(), state: z.string(), at: z.string().nullable() })),
      }),
    ),
    messages: z.array(whyView),
    engagement: z
      .array(
        z.object({
          messageId: z.string(),
          kind: z.enum(['open', 'click']),
          link: z.number().int().nullable().describe('Of a click: which link of the message'),
          occurredAt: instant,
          agent: z.enum(agents).describe('The kind of program; nothing else is kept of it'),
          machine: z.enum(machineReasons).nullable().describe('Why a machine is believed to have done it'),
        }),
      )
      .describe('What was measured, oldest first'),
    personEvents: z
      .array(personEventView)
      .describe('What they did elsewhere, as it was told to us, oldest first'),
    orders: z.array(orderView).describe('What the person bought, oldest first'),
    imports: z.array(z.object({ id: id('import'), fileName: z.string().nullable(), createdAt: instant })),
    requests: z.array(subjectRequestView),
    senders: z.array(z.object({ id: id('sender'), name: z.string() })),
    topics: z.array(z.object({ id: id('topic'), name: z.record(z.string(), z.string()) })),
  })
  .meta({ title: 'SubjectExport' });
export type ExportView = z.infer<typeof exportView>;

export const contactProofView = z
  .object({
    at: instant,
    contactId: id('contact'),
    events: z.array(
      toldEvent.extend({
        link: z
          .object({
            number: z.number().int(),
            hash: z.string(),
            previousHash: z.string().nullable(),
            sealedAt: instant,
            intact: z.boolean().describe('Recomputed just now'),
          })
          .nullable()
          .describe('null: an event of the last moment, not linked yet'),
      }),
    ),
    chain: z.object({
      intact: z.boolean(),
      head: z.object({ number: z.number().int(), hash: z.string() }).nullable(),
    }),
    decisions: z.array(
      z.object({
        channel,
        topicId: id('topic'),
        state: consentStateView.nullable(),
        decision: z
          .enum(['allow', 'deny', 'defer'])
          .nullable()
          .describe('null: the topic bears no messages; the state alone counts'),
        until: instant.nullable(),
        words,
        law: z.array(z.string()),
      }),
    ),
  })
  .meta({ title: 'ContactProof' });
export type ContactProofView = z.infer<typeof contactProofView>;

export const proofQuery = z.object({
  channel,
  address: z.string().trim().min(1).max(320).describe('An email or a phone number, E.164'),
});
export type ProofQuery = z.infer<typeof proofQuery>;

export const proofView = z
  .object({
    eventId: id('consentEvent'),
    channel,
    senderId: id('sender').nullable(),
    topicId: id('topic').nullable(),
    action: z.enum(consentActions),
    basis: z.enum(bases).nullable(),
    textShown: z.string().nullable(),
    textHash: z.string().nullable(),
    textVersion: z.string().nullable(),
    locale: z.string().nullable(),
    method: z.string(),
    occurredAt: instant,
    recordedAt: instant,
    retainUntil: instant.describe('Deleted then'),
    law: z.string().describe('The law packs whose retention was read'),
  })
  .meta({ title: 'Proof' });
export type ProofView = z.infer<typeof proofView>;

export const proofsView = z.object({ items: z.array(proofView) });
