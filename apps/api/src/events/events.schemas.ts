import { z } from 'zod';
import { EVENT_NAME, eventLimits } from '#events';
import { id, instant, pageQuery } from '../http/schemas.js';

export const eventName = z
  .string()
  .regex(EVENT_NAME, 'must be a name such as cart.abandoned: a-z, 0-9, _ and ., at most 64')
  .meta({ examples: ['cart.abandoned', 'video.watched'] });

const text = z.string().min(1).max(2000);

const contact = z
  .union([
    z.strictObject({ id: id('contact') }),
    z.strictObject({ externalId: text }),
    z.strictObject({ email: text }),
    z.strictObject({ phone: text.describe('E.164: +966501234567') }),
  ])
  .describe('Whose event it is; one of these')
  .meta({ title: 'EventContact', examples: [{ email: 'layla@example.com' }] });

const scalar = z.union([z.string().max(eventLimits.text), z.number(), z.boolean(), z.null()]);

const data = z
  .record(
    z.string().regex(eventLimits.key, 'must be a name such as cart_url, which a template can write'),
    z.union([scalar, z.array(scalar).max(eventLimits.items)]),
  )
  .refine(record => Object.keys(record).length <= eventLimits.keys, `has more than ${eventLimits.keys} keys`)
  .describe(
    `What is worth knowing of it, flat: values and lists of values; ${eventLimits.keys} keys and ${eventLimits.bytes / 1024} KB at most. Templates name it as event.data.<key>`,
  )
  .meta({
    title: 'EventData',
    examples: [{ cart_url: 'https://shop.example/cart/7', items: ['Ajwa dates', 'Arabic coffee x 2'] }],
  });

const told = {
  contact,
  name: eventName,
  key: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 visible ASCII characters')
    .optional()
    .describe(
      'Your own id of the event: told twice, it happened once. Other content under the same key is a conflict',
    ),
  source: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, 'must be 1 to 100 visible ASCII characters')
    .optional()
    .describe('Which of your systems tells it: keys of one do not meet those of another')
    .meta({ examples: ['web-shop'] }),
  occurredAt: instant.optional().describe('When it happened; now when absent'),
  data: data.default({}),
};

const createContact = z
  .boolean()
  .default(false)
  .describe(
    'Makes a contact of an unknown email, phone or external id; needs contacts:write too. Otherwise such an event is refused',
  );

export const tellEvent = z.strictObject({ ...told, createContact }).meta({ title: 'TellEvent' });
export type TellEvent = z.infer<typeof tellEvent>;

export const tellEvents = z
  .strictObject({
    events: z
      .array(z.strictObject(told).meta({ title: 'ToldEvent' }))
      .min(1)
      .max(eventLimits.batch),
    createContact,
  })
  .meta({ title: 'TellEvents' });
export type TellEvents = z.infer<typeof tellEvents>;

export const eventView = z
  .object({
    id: id('personEvent'),
    contactId: id('contact'),
    name: z.string(),
    source: z.string().nullable(),
    key: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
    occurredAt: instant,
    receivedAt: instant,
  })
  .meta({ title: 'Event' });
export type EventView = z.infer<typeof eventView>;

export const batchView = z
  .object({
    stored: z.number().int(),
    repeated: z.number().int().describe('Were stored before'),
    refused: z.number().int().describe('Cannot be stored; mend them or leave them out'),
    items: z
      .array(
        z.object({
          state: z.enum(['stored', 'repeated', 'refused']),
          id: id('personEvent').nullable(),
          problem: z.object({ code: z.string(), message: z.string() }).nullable(),
        }),
      )
      .describe('One for each event, in the order in which they were told'),
  })
  .meta({ title: 'ToldEvents' });
export type BatchView = z.infer<typeof batchView>;

export const namesView = z
  .object({
    items: z
      .array(
        z.object({ name: z.string(), count: z.number().int(), lastOccurredAt: instant }).meta({
          title: 'EventName',
        }),
      )
      .describe('By name; at most 500'),
  })
  .meta({ title: 'EventNames' });
export type NamesView = z.infer<typeof namesView>;

export const eventQuery = pageQuery.extend({ name: eventName.optional().describe('Only these') });
export type EventQuery = z.infer<typeof eventQuery>;
