import { z } from 'zod';
import { channels } from '#common';
import { endReasons, moveOutcomes } from '#sequences';
import { id, instant } from '../http/schemas.js';

const some = {
  people: z.number().int(),
  contactIds: z.array(id('contact')).describe('The first twenty of them'),
};

const assumptions = {
  at: instant
    .refine(time => time >= '2000' && time < '2100', 'must lie between 2000 and 2100')
    .optional()
    .describe('When they would enter; now when absent'),
  days: z.int().min(1).max(731).default(90).describe('How far to look'),
  did: z
    .array(z.string().max(40))
    .max(100)
    .default([])
    .describe(
      'Listening steps at which they would do it; at the others they do not. Who was in it before enters anew',
    ),
};

export const simulate = z
  .strictObject({
    contactId: id('contact'),
    orderId: id('order')
      .optional()
      .describe('The order of theirs that would have brought them in; absent: their newest'),
    ...assumptions,
  })
  .meta({ title: 'SimulateWay' });
export type Simulate = z.infer<typeof simulate>;

export const dryRun = z
  .strictObject({
    segmentId: id('segment')
      .optional()
      .describe('Whose people; absent: everybody. At most 1,000 of them are imagined'),
    ...assumptions,
  })
  .meta({ title: 'DryRunSequence' });
export type DryRunBody = z.infer<typeof dryRun>;

export const simulatedView = z
  .object({
    moves: z.array(
      z.object({
        at: instant,
        step: z.string().nullable(),
        outcome: z.enum(moveOutcomes),
        reason: z.string().nullable(),
        channel: z.enum(channels).nullable().describe('Of a message that would be sent'),
        deferral: z
          .object({ reason: z.string(), until: instant })
          .nullable()
          .describe('Why it would wait first, and until when'),
        text: z.object({ en: z.string(), ar: z.string() }),
      }),
    ),
    end: z
      .object({ reason: z.enum(endReasons) })
      .nullable()
      .describe('null: they would still be on their way'),
    step: z.string().nullable().describe('Where they would be then, or were last'),
  })
  .meta({ title: 'SimulatedWay' });
export type SimulatedView = z.infer<typeof simulatedView>;

export const dryRunView = z
  .object({
    people: z.number().int(),
    turnedAway: z
      .number()
      .int()
      .describe(
        'Those whom the rule at the entrance does not let in, or who have no order where an order brings people in',
      ),
    at: instant.describe('As of when it says who would be where'),
    places: z.array(z.object({ step: z.string(), ...some })),
    ends: z.array(z.object({ reason: z.string(), ...some })),
    messages: z.array(
      z.object({
        step: z.string(),
        channel: z.enum(channels).nullable(),
        denial: z.string().nullable().describe('Why it would not be sent; null: it would'),
        ...some,
        deferred: z.number().int().describe('Of those, how many it would wait for first: quiet hours, caps'),
      }),
    ),
  })
  .meta({ title: 'SequenceDryRun' });
export type DryRunView = z.infer<typeof dryRunView>;
