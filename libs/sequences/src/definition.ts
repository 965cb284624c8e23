import { z } from 'zod';
import { idPattern, type IdKind } from '#common';
import { parseDuration } from './duration.js';

/**
 * What a sequence does, as an author writes it: what brings people in, what ends their way, and the steps. This schema is
 * the published one (GET /v1/sequences/schema); what it cannot say, `checkGraph` and `DefinitionCheck` do.
 */

export const MOST_STEPS = 100;
const MOST_BRANCHES = 10;

const id = (kind: IdKind) => z.string().regex(idPattern(kind), `must be the id of a ${kind}`);
const duration = z
  .string()
  .refine(
    text => parseDuration(text) !== null,
    'must be a duration such as P3D, PT90M or P1DT12H, at most two years',
  )
  .meta({ examples: ['P3D', 'PT4H'] });
const stepId = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'must be a lower-case letter, then lower-case letters, digits, - or _');
const rule = z
  .record(z.string(), z.unknown())
  .describe('A rule as segments have them (docs/segments.md), over anything that is known of the person');
const next = stepId
  .nullable()
  .optional()
  .describe('The step that follows; absent: the one below. null: it ends');
const eventName = z
  .string()
  .regex(/^[a-z][a-z0-9_.]{0,63}$/, 'must be the name of an event: lower-case letters, digits, _ and .');
const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, as in 09:30');
const weekdays = z
  .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
  .min(1)
  .max(7);
export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const within = duration
  .optional()
  .describe(
    'What happened longer ago than this when it is told starts nothing (P3D); an import of old orders is no purchase',
  );
const where = rule.optional().describe('Only people of whom this is true at that moment');

export const trigger = z
  .discriminatedUnion('on', [
    z.strictObject({ on: z.literal('order.placed'), shopId: id('shop').optional(), where, within }),
    z.strictObject({ on: z.literal('order.fulfilled'), shopId: id('shop').optional(), where, within }),
    z.strictObject({
      on: z.literal('event'),
      name: eventName,
      data: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
        .optional()
        .describe('Only events whose data has these values'),
      ...{ where, within },
    }),
    z.strictObject({
      on: z
        .literal('consent.given')
        .describe('Granted by themselves, or confirmed (double opt-in); not imported'),
      topicId: id('topic'),
      ...{ where, within },
    }),
    z.strictObject({
      on: z.literal('segment.joined'),
      segmentId: id('segment'),
      members: z
        .enum(['later', 'present'])
        .optional()
        .describe('later (default): who joins from now on. present: who is in it at the start, too'),
    }),
    z.strictObject({
      on: z.literal('date'),
      attribute: z.string().min(1).max(60).describe('The key of an attribute that holds a day'),
      yearly: z.boolean().describe('Every year on that day (a birthday), or once (a renewal)'),
      daysBefore: z
        .int()
        .min(-366)
        .max(366)
        .optional()
        .describe('So many days before that day; after it when negative'),
      at: timeOfDay.optional().describe("The hour on the person's own clock (09:00)"),
      where,
    }),
    z.strictObject({ on: z.literal('api').describe('POST /v1/sequences/:id/enrolments alone'), where }),
  ])
  .describe('What brings people in');
export type Trigger = z.infer<typeof trigger>;
/** Whether there is something that the messages are about: an order, an event. */
export const hasOccasion = (trigger: Trigger): boolean =>
  trigger.on === 'event' || trigger.on === 'order.placed' || trigger.on === 'order.fulfilled';
export const triggerKinds = trigger.options.map(({ shape }) => shape.on.value);

const exit = z
  .strictObject({
    purchase: z.boolean().optional().describe('Whoever buys (again) leaves at once'),
    orderEnded: z.boolean().optional().describe('Whose order is cancelled or refunded leaves at once'),
    goal: rule
      .optional()
      .describe('Whoever this becomes true of has reached the goal and leaves before the next step'),
    leftSegment: z
      .boolean()
      .optional()
      .describe('Of a sequence that people enter by joining a segment: who leaves that leaves'),
  })
  .describe('What ends it besides. Whoever takes back a consent that a step sends on leaves at once, always');

const common = { id: stepId, name: z.string().trim().min(1).max(100).optional() };

const send = z.strictObject({
  ...common,
  type: z.literal('send'),
  topicId: id('topic').describe('What people agreed to; its purpose is the class of the message'),
  channel: z
    .enum(['email', 'sms', 'either'])
    .describe('either: by email, and by SMS whom email may not or cannot reach'),
  templateId: id('template').optional().describe('Of email and either'),
  smsTemplateId: id('template').optional().describe('Of sms and either'),
  notLaterThan: duration
    .optional()
    .describe('So long after its moment it is not sent any more, and the way goes on without it'),
  productCategories: z
    .union([z.array(z.string().trim().min(1).max(100)).max(50), z.literal('order')])
    .optional()
    .describe('What it offers, for soft opt-ins; order: what was bought in the order that brought them in'),
  utm: z
    .strictObject({
      source: z.string().trim().min(1).max(100),
      medium: z.string().trim().min(1).max(100),
      campaign: z.string().trim().min(1).max(100),
      content: z.string().trim().min(1).max(100).optional(),
    })
    .optional(),
  next,
});

const wait = z.strictObject({ ...common, type: z.literal('wait'), for: duration, next });

const waitUntil = z.strictObject({
  ...common,
  type: z.literal('wait-until'),
  weekdays: weekdays
    .optional()
    .describe('The next of these days; absent: the next day on which that hour is still to come'),
  at: timeOfDay.describe("On the person's own clock; the sender's where theirs is not known"),
  next,
});

const waitForItem = z.strictObject({
  ...common,
  type: z.literal('wait-for-replenishment'),
  before: duration
    .optional()
    .describe('So long before the first item of the order is used up (replenishDays of the item)'),
  otherwise: duration.optional().describe('How long where no item says; absent: they leave'),
  next,
});

const listen = z.strictObject({
  ...common,
  type: z.literal('listen'),
  for: z
    .union([z.literal(['order', 'click', 'reply']), z.strictObject({ event: eventName })])
    .describe('What the person may do; clicks that no machine made, of people who may be measured'),
  atMost: duration,
  next: next.describe('When they did'),
  otherwise: stepId.nullable().describe('When they did not. null: it ends'),
});

const branch = z.strictObject({
  ...common,
  type: z.literal('branch'),
  branches: z
    .array(z.strictObject({ when: rule, next: stepId.nullable() }))
    .min(1)
    .max(MOST_BRANCHES)
    .describe('The first that is true is taken'),
  otherwise: stepId.nullable(),
});

const split = z.strictObject({
  ...common,
  type: z.literal('split'),
  arms: z
    .array(z.strictObject({ name: stepId, weight: z.int().min(0).max(1000), next: stepId.nullable() }))
    .min(2)
    .max(MOST_BRANCHES)
    .describe('Each person takes one by chance, by weight; the same one whenever it is asked'),
});

const update = z.strictObject({
  ...common,
  type: z.literal('update'),
  attribute: z.string().min(1).max(60),
  value: z
    .union([z.string().max(2000), z.number(), z.boolean(), z.array(z.string().max(200)).max(100), z.null()])
    .describe('null takes it away'),
  next,
});

const webhook = z.strictObject({
  ...common,
  type: z.literal('webhook').describe('Tells the webhooks that listen to sequence.step (docs/webhooks.md)'),
  next,
});

const goal = z.strictObject({
  ...common,
  type: z.literal('goal').describe('Who has reached it ends here; the others go on'),
  when: rule,
  next,
});

const end = z.strictObject({ ...common, type: z.literal('end') });

export const step = z.discriminatedUnion('type', [
  ...([send, wait, waitUntil, waitForItem, listen, branch] as const),
  ...([split, update, webhook, goal, end] as const),
]);
export type StepDefinition = z.infer<typeof step>;
export type StepType = StepDefinition['type'];
export const stepTypes = step.options.map(({ shape }) => shape.type.value);

export const definition = z
  .strictObject({
    trigger,
    reentry: z
      .union([z.literal(['never', 'per_order']), z.strictObject({ afterDays: z.int().min(1).max(3650) })])
      .describe(
        'Whether somebody who was in it may enter again: never; for each order; so many days after they entered last',
      ),
    exit: exit.optional(),
    steps: z.array(step).min(1).max(MOST_STEPS),
  })
  .meta({ title: 'SequenceDefinition' });
export type Definition = z.infer<typeof definition>;
