import { z } from 'zod';
import { channels } from '#common';
import { bounceClasses, feedbackKinds, feedbackStates, heldReasons } from '#feedback';
import { id, instant, pageQuery } from '../http/schemas.js';

export const feedbackQuery = pageQuery.extend({
  state: z.enum(feedbackStates).optional().describe('held: what a person should look at'),
});
export type FeedbackQuery = z.infer<typeof feedbackQuery>;

export const feedbackView = z
  .object({
    id: id('feedback'),
    source: z.string().describe('mail, relay (refused while it was sent), or a provider'),
    kind: z.enum(feedbackKinds),
    channel: z.enum(channels),
    senderId: id('sender').nullable().describe('Of an SMS to a number: whose number it is'),
    messageId: z
      .string()
      .nullable()
      .meta({ examples: ['msg_7_1042'] })
      .describe(
        'null: nothing proves which message it is about. Of an SMS that somebody wrote: the last one they got',
      ),
    contactId: id('contact').nullable(),
    bounceClass: z
      .enum(bounceClasses)
      .nullable()
      .describe('hard: the address is dead; soft: not now; block: the mail or its sender was refused'),
    reason: z.string().nullable(),
    status: z.string().nullable().describe('Enhanced status code (RFC 3463)'),
    words: z.string().nullable().describe('What the server or the person wrote, without addresses'),
    from: z.string().nullable(),
    subject: z.string().nullable(),
    occurredAt: instant,
    receivedAt: instant,
    state: z.enum(feedbackStates),
    heldFor: z
      .enum(heldReasons)
      .nullable()
      .describe(
        'UNPROVEN: no token of ours in it; NOT_FROM_A_SERVER: a bounce with a sender; AMBIGUOUS: a person must read it; ' +
          'MESSAGE_UNKNOWN: there is nothing to act upon',
      ),
    forwardedAt: instant.nullable().describe('Of a reply: when it was passed on to the sender'),
  })
  .meta({ title: 'Feedback' });
export type FeedbackView = z.infer<typeof feedbackView>;

export const decideFeedback = z
  .strictObject({ why: z.string().trim().min(5).max(500).describe('It goes into the audit trail') })
  .meta({ title: 'DecideFeedback' });
export type DecideFeedback = z.infer<typeof decideFeedback>;

const number = z.number().int();

export const feedbackCounts = z
  .object({
    delivered: number.describe('Of these alone somebody said so; of all others nobody did'),
    delayed: number,
    bounced: z.object({ hard: number, soft: number, block: number }),
    complained: number,
    optedOut: number.describe('By a reply, or a mail to the unsubscribe address'),
    replied: number,
    autoReplied: number,
  })
  .meta({
    title: 'FeedbackCounts',
    description: 'Messages of the campaign of which each was told, each counted once',
  });
export type FeedbackCountsView = z.infer<typeof feedbackCounts>;

export const timelineQuery = pageQuery;

export const timelineItem = z
  .object({
    at: instant,
    kind: z.string().meta({
      examples: ['message.accepted', 'feedback.bounced', 'consent.withdrawn', 'event.cart.abandoned'],
    }),
    messageId: z.string().nullable(),
    topicId: id('topic').nullable(),
    senderId: id('sender').nullable(),
    channel: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ title: 'TimelineItem' });
export type TimelineItem = z.infer<typeof timelineItem>;
