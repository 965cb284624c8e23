import { z } from 'zod';
import { LONGEST_WINDOW_MINUTES, lanes } from '#sending';
import { id, instant, rate } from '../http/schemas.js';

const lane = z.enum(lanes);

export const setPacing = z
  .strictObject({
    rate: rate.nullable().describe('How fast the sender may send over all of its campaigns; null: no limit'),
    lanes: z
      .partialRecord(lane, rate.nullable())
      .default({})
      .describe(
        'How fast it may send to each mailbox provider (google, microsoft, yahoo, apple, other; sms); a lane that is not ' +
          'named has no limit of its own',
      ),
  })
  .meta({ title: 'SetPacing' });
export type SetPacing = z.infer<typeof setPacing>;

export const pacingView = z
  .object({
    rate: rate.nullable(),
    lanes: z.array(
      z.object({
        lane: z.string(),
        rate: rate.nullable().describe('As it was set; null: it was not'),
        messagesPerSecond: z
          .number()
          .nullable()
          .describe('How fast it may go at present: as it was set, or slower; null: no limit'),
        slowed: z
          .object({
            messagesPerSecond: z.number(),
            before: z.number().describe('Messages per second when the trouble began'),
            since: instant,
            slowedAt: instant.describe('When it was slowed last; it recovers from then on'),
            reason: z.string().describe('What the receiving servers said'),
          })
          .nullable()
          .describe('Slowed by itself, because its servers asked for it; null: it was not'),
      }),
    ),
  })
  .meta({ title: 'Pacing' });
export type PacingView = z.infer<typeof pacingView>;

export const setWarmUp = z
  .strictObject({
    ceilings: z
      .array(z.number().int().min(1).max(100_000_000))
      .min(1)
      .max(120)
      .optional()
      .describe(
        'Messages on the first day of sending, the second...; afterwards there is no ceiling. Absent: 200, then 1.4 times ' +
          'the day before, over 20 days',
      ),
  })
  .default({})
  .meta({ title: 'SetWarmUp' });
export type SetWarmUp = z.infer<typeof setWarmUp>;

export const warmUpView = z
  .object({
    domain: z
      .string()
      .describe("The domain of the sender's fromEmail; all senders with it share the ceiling"),
    senderId: id('sender').describe('Whose time zone says when a day begins'),
    timeZone: z.string(),
    ceilings: z.array(z.number().int()),
    startedAt: instant,
    today: z
      .object({
        day: z.iso.date(),
        step: z
          .number()
          .int()
          .describe('Which day of the plan it is; a day counts when at least half of its ceiling was used'),
        ceiling: z.number().int(),
        used: z.number().int(),
        endsAt: instant,
      })
      .nullable()
      .describe('null: the plan is over, and with it the ceiling'),
    days: z.array(z.object({ day: z.iso.date(), ceiling: z.number().int(), used: z.number().int() })),
  })
  .meta({ title: 'WarmUp' });
export type WarmUpView = z.infer<typeof warmUpView>;

const share = z.number().gt(0).max(1).nullable();

export const errorBudget = z
  .strictObject({
    refusals: share
      .describe('Share of messages refused for good as they are handed over; null: never pauses')
      .default(0.05),
    bounces: share.describe('Share of messages that come back for good; null: never pauses').default(0.05),
    complaints: share
      .describe('Share of messages called spam, which must not be reached; null: never pauses')
      .default(0.003),
    minimumMessages: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(200)
      .describe('Nothing is judged by fewer messages'),
    windowMinutes: z
      .number()
      .int()
      .min(1)
      .max(LONGEST_WINDOW_MINUTES)
      .default(1440)
      .describe('Only what happened in so many minutes counts'),
  })
  .meta({ title: 'ErrorBudget' });
export type ErrorBudgetBody = z.infer<typeof errorBudget>;
