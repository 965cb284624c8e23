import { z } from 'zod';
import { machineReasons } from '#feedback';

const words = z.strictObject({ en: z.string(), ar: z.string() });

const byVerdict = z.object({
  human: z.number().int(),
  unknown: z.number().int(),
  machine: z.number().int(),
});

const figures = z.object({
  events: byVerdict.describe('How often it happened'),
  people: byVerdict.describe(
    'How many people: each counts once, by the best that is known of any of theirs; the three add up to all of them',
  ),
});

export const engagementView = z
  .object({
    opens: figures.describe(
      '`machine`: a mail program or a proxy loaded the picture; `unknown`: nobody can tell who or what did. Never `human`.',
    ),
    clicks: figures.describe(
      '`machine`: something betrays a program (see machines); `human`: nothing did within 90 seconds; `unknown`: it was less ' +
        'than that ago.',
    ),
    links: z
      .array(
        figures.extend({
          link: z.number().int().describe('Its number in the template'),
          url: z.string().nullable().describe('As it is written in the template, variables and all'),
        }),
      )
      .describe('The clicks by link; the same address in several places or languages is one link'),
    machines: z
      .partialRecord(z.enum(machineReasons), z.number().int())
      .describe('How many opens and clicks were taken for a machine’s, by why'),
    dropped: z
      .boolean()
      .describe(
        'true: the records were dropped with their messages (MESSAGE_RETENTION_MONTHS); the figures are gone',
      ),
    words: z.object({
      summary: words,
      limits: words.describe('What these figures can tell and what they cannot'),
      machines: z.partialRecord(z.enum(machineReasons), words),
    }),
  })
  .meta({ title: 'Engagement' });
export type EngagementView = z.infer<typeof engagementView>;
