import { z } from 'zod';
import { definition, endReasons, enrolmentStates, phases, sequenceStates } from '#sequences';
import { id, line, pageQuery } from '../http/schemas.js';

const name = line(200).min(1);

export const createSequence = z.strictObject({ name, definition }).meta({ title: 'CreateSequence' });
export type CreateSequence = z.infer<typeof createSequence>;

export const updateSequence = z
  .strictObject({ name, definition })
  .partial()
  .meta({ title: 'UpdateSequence' });
export type UpdateSequence = z.infer<typeof updateSequence>;

export const sequenceView = z
  .object({
    id: id('sequence'),
    name: z.string(),
    state: z
      .enum(sequenceStates)
      .describe(
        'paused: nobody is moved, who arrives waits outside. closed: nobody enters, who is in it goes on. stopped: everybody left',
      ),
    version: z.number().int().describe('The one that people enter; who is on their way stays on theirs'),
    definition,
    startedAt: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ title: 'Sequence' });
export type SequenceView = z.infer<typeof sequenceView>;

export const versionsView = z.object({
  items: z.array(
    z.object({
      version: z.number().int(),
      definition,
      usedAt: z.string().nullable().describe('When somebody entered it first; from then on it never changes'),
      createdAt: z.string(),
    }),
  ),
});
export type VersionsView = z.infer<typeof versionsView>;

export const schemaView = z.record(z.string(), z.unknown());

export const placesView = z
  .object({
    onTheirWay: z.number().int(),
    finished: z.number().int(),
    left: z.number().int(),
    steps: z.array(
      z.object({
        version: z.number().int(),
        step: z.string(),
        phase: z
          .enum(phases)
          .describe(
            'at: about to do it. waiting: until its time. sending: the message is on its way, or put off. listening: for what they may do',
          ),
        people: z.number().int(),
      }),
    ),
    pauses: z
      .array(
        z.object({
          step: z.string(),
          dispatchId: id('dispatch').describe('As campaign.paused tells webhooks of it'),
          ...{ by: z.string(), message: z.string(), at: z.string() },
        }),
      )
      .describe('What the program paused by itself; POST .../resume-sending lets it go on'),
    ends: z.array(
      z.object({ version: z.number().int(), reason: z.enum(endReasons), people: z.number().int() }),
    ),
  })
  .meta({ title: 'SequencePlaces' });
export type PlacesView = z.infer<typeof placesView>;

export const resumedView = z.object({ dispatches: z.number().int().describe('So many go on') });

export const addPeople = z
  .strictObject({ contactIds: z.array(id('contact')).min(1).max(1000) })
  .meta({ title: 'AddPeople' });
export type AddPeople = z.infer<typeof addPeople>;

export const addedView = z.object({
  arrived: z
    .number()
    .int()
    .describe('So many stand at the entrance; its rule and its word on re-entry hold for them'),
});

export const sequenceQuery = pageQuery.extend({
  state: z.enum(sequenceStates).optional().describe('Only these'),
});
export type SequenceQuery = z.infer<typeof sequenceQuery>;

export const enrolmentQuery = pageQuery.extend({
  sequenceId: id('sequence').optional(),
  contactId: id('contact').optional(),
  state: z.enum(enrolmentStates).optional(),
});
export type EnrolmentQuery = z.infer<typeof enrolmentQuery>;

export const enrolmentView = z
  .object({
    id: id('enrolment'),
    sequenceId: id('sequence'),
    version: z.number().int(),
    contactId: id('contact'),
    orderId: id('order').nullable(),
    eventId: id('personEvent').nullable(),
    state: z.enum(enrolmentStates),
    reason: z.enum(endReasons).nullable().describe('Why it ended'),
    step: z.string().nullable().describe('Where they are, or were last'),
    phase: z.enum(phases).nullable(),
    lookAt: z.string().nullable().describe('When something happens next, or is looked for'),
    enteredAt: z.string(),
    endedAt: z.string().nullable(),
  })
  .meta({ title: 'Enrolment' });
export type EnrolmentView = z.infer<typeof enrolmentView>;

export const pathView = z
  .object({
    enrolment: enrolmentView,
    moves: z.array(
      z.object({
        at: z.string(),
        step: z.string().nullable(),
        outcome: z.string(),
        reason: z.string().nullable(),
        messageId: z.string().nullable().describe('GET /v1/messages/:id/why says why it was sent, or not'),
        text: z.object({ en: z.string(), ar: z.string() }),
      }),
    ),
  })
  .meta({ title: 'EnrolmentPath' });
export type PathView = z.infer<typeof pathView>;
