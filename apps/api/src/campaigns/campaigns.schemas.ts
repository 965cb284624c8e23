import { z } from 'zod';
import { channels, messageClasses } from '#common';
import { dispatchStates, pastHours, waitCodes } from '#sending';
import { category } from '../consents/consents.schemas.js';
import { givenMoney, money } from '../http/money.js';
import { id, instant, line, locale, pageQuery, rate } from '../http/schemas.js';

const tag = line(100).min(1);

/** A host, in whichever script. */
const domain = z
  .string()
  .trim()
  .max(253)
  .toLowerCase()
  .regex(/^[^\s.@:/?#%\\]+(?:\.[^\s.@:/?#%\\]+)+$/, 'must be a domain, as in shop.example');

const utm = z
  .strictObject({
    source: tag.describe('utm_source, e.g. newsletter'),
    medium: tag.describe('utm_medium, e.g. email'),
    campaign: tag.describe('utm_campaign'),
    content: tag.optional().describe('utm_content'),
    domains: z
      .array(domain)
      .min(1)
      .max(50)
      .optional()
      .describe('Only links to these hosts and what is below them; absent: every web link'),
  })
  .describe(
    'Tags for your own web statistics, added to web links of the HTML part. They are the same for everybody and tell nobody ' +
      'apart, so they need no consent to tracking. A utm_ parameter that a link has already stays, and so does everything ' +
      'else in it; never added to the way out, the preferences and the privacy notice, nor to a link with data-track="off". ' +
      'Of marketing campaigns alone.',
  )
  .meta({ title: 'UtmTags', examples: [{ source: 'newsletter', medium: 'email', campaign: 'autumn' }] });

const fields = {
  name: line(200).min(1),
  channel: z
    .enum(channels)
    .describe('email or sms; by email with an smsTemplateId: by SMS to whom email may not or cannot reach'),
  smsTemplateId: id('template')
    .nullable()
    .describe(
      'Of a campaign by email: what those get by SMS who did not agree to email or have none. Decided for each person at the ' +
        'moment of sending; nobody gets both',
    ),
  smartEncoding: z
    .boolean()
    .describe(
      'Of SMS: writes quotation marks, dashes and spaces in the cheaper alphabet of SMS, where the whole text can be said in it. ' +
        'Arabic stays as it is',
    ),
  shortLinks: z
    .boolean()
    .describe(
      'Of SMS: links that are written out in the template, the same for everybody, become short ones of this installation’s ' +
        'address (PUBLIC_URL) where that is shorter and the law of the phone’s country lets them (not in SA)',
    ),
  topicId: id('topic').nullable(),
  segmentId: id('segment').nullable().describe('null: everybody who agreed to the topic'),
  templateId: id('template').nullable(),
  productCategories: z
    .array(category)
    .max(50)
    .describe(
      'What it offers; customers without express consent (soft opt-in) get offers of similar products alone',
    ),
  utm: utm.nullable(),
  rate: rate
    .nullable()
    .describe(
      'How fast it may send, also changed while it runs; null: as fast as the limits of its sender allow',
    ),
};

const budget = givenMoney
  .nullable()
  .describe(
    'What its SMS may cost in all, also changed while it runs; what would cost more than is left waits. null: no limit',
  );

export const createCampaign = z
  .strictObject({ ...fields, budget })
  .partial()
  .required({ name: true })
  .meta({ title: 'CreateCampaign' });
export type CreateCampaign = z.infer<typeof createCampaign>;

export const updateCampaign = z
  .strictObject({ ...fields, budget })
  .partial()
  .meta({ title: 'UpdateCampaign' });
export type UpdateCampaign = z.infer<typeof updateCampaign>;

const notLaterThan = instant.describe('After this instant nothing of it is sent');

const localTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/, 'must look like 2026-12-01T09:00')
  .refine(isOfCalendar, 'must be a day and a time that there is')
  .meta({ examples: ['2026-12-01T09:00'] });

/** Date.parse takes 30 February for 2 March. */
function isOfCalendar(text: string): boolean {
  const time = Date.parse(`${text}:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) && !text.startsWith('0000');
}

const ifHourPassed = z
  .enum(pastHours)
  .describe(
    'Where localTime has passed by the launch: `next_day` waits for that hour of the next day, `at_once` does not wait',
  );

export const scheduleCampaign = z
  .strictObject({
    at: instant.optional().describe('When to launch, for everybody at once; this or localTime'),
    localTime: localTime
      .optional()
      .describe(
        'Send at this hour on each person’s own clock instead: in their time zone, else in that of their country or their ' +
          'phone’s where it has one, else in the sender’s. The audience is frozen before the first zone’s hour. A time that ' +
          'clocks skip is sent as much later as they skip, one that comes twice the first time.',
      ),
    ifHourPassed: ifHourPassed.optional().describe(`Only with localTime; next_day when absent`),
    timeZone: z
      .string()
      .max(60)
      .optional()
      .describe('The IANA zone the hour was meant in, for people to read'),
    notLaterThan: notLaterThan.optional(),
  })
  .refine(
    body => (body.at === undefined) !== (body.localTime === undefined),
    'needs either at (one instant) or localTime (an hour on each person’s own clock)',
  )
  .refine(
    body => body.localTime !== undefined || body.ifHourPassed === undefined,
    'ifHourPassed goes with localTime',
  )
  .refine(
    body => body.localTime === undefined || body.timeZone === undefined,
    'timeZone goes with at; a localTime is in each person’s own zone',
  )
  .meta({
    title: 'ScheduleCampaign',
    examples: [
      { at: '2026-12-01T06:00:00Z', timeZone: 'Asia/Riyadh' },
      { localTime: '2026-12-01T09:00', ifHourPassed: 'next_day', notLaterThan: '2026-12-03T00:00:00Z' },
    ],
  });
export type ScheduleCampaign = z.infer<typeof scheduleCampaign>;

export const launchCampaign = z
  .strictObject({ notLaterThan: notLaterThan.optional() })
  .default({})
  .meta({ title: 'LaunchCampaign' });
export type LaunchCampaign = z.infer<typeof launchCampaign>;

export const campaignView = z
  .object({
    id: id('campaign'),
    ...fields,
    budget: money.nullable().describe('What its SMS may cost in all; null: no limit'),
    messageClass: z
      .enum(messageClasses)
      .nullable()
      .describe(
        "What its messages are, by the topic's purpose: it decides which consent they need, which hours they keep, what " +
          'the template may say and what the footer says. null: no topic of messages is chosen',
      ),
    state: z
      .enum(['draft', 'scheduled', 'missed', ...dispatchStates])
      .describe(
        'draft, scheduled, missed; once launched: freezing, running, paused, finished, cancelled, expired',
      ),
    scheduledAt: instant
      .nullable()
      .describe('When it is launched; with localTime a little before the first zone’s hour'),
    localTime: localTime.nullable().describe('The hour on each person’s own clock'),
    ifHourPassed: ifHourPassed.nullable(),
    timeZone: z.string().nullable(),
    notLaterThan: instant.nullable(),
    problem: z.string().nullable().describe('Why it could not be launched when its hour came'),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ title: 'Campaign' });
export type CampaignView = z.infer<typeof campaignView>;

export const haltedCampaignView = campaignView
  .extend({
    onTheWire: z
      .number()
      .int()
      .describe(
        'Messages that had begun to leave and were not yet answered: at most so many can still arrive',
      ),
    heeded: z
      .boolean()
      .describe(
        'true: every worker has heeded, no further message begins. false: one did not answer in time (it may be dead); ' +
          'what it has in hand is counted in onTheWire',
      ),
  })
  .meta({ title: 'HaltedCampaign' });
export type HaltedCampaignView = z.infer<typeof haltedCampaignView>;

const counts = z.record(z.string(), z.number().int());

export const audienceView = z
  .object({
    candidates: z.number().int().describe('Contacts in the segment'),
    willReceive: z.number().int(),
    ofThemBySms: z.number().int().describe('How many of those by SMS'),
    excluded: counts.describe('How many will not receive it, by reason'),
    reasons: z
      .record(z.string(), z.strictObject({ en: z.string(), ar: z.string() }))
      .describe('The reasons in words'),
    summary: z.strictObject({ en: z.string(), ar: z.string() }),
  })
  .meta({ title: 'Audience' });
export type AudienceView = z.infer<typeof audienceView>;

export const peopleQuery = z.object({
  limit: pageQuery.shape.limit,
  cursor: pageQuery.shape.cursor,
  reason: z
    .string()
    .regex(/^[A-Z_]{1,40}$/)
    .optional()
    .describe('A reason of `excluded`; absent: those who will receive it'),
});
export type PeopleQuery = z.infer<typeof peopleQuery>;

export const peopleView = z.object({ items: z.array(id('contact')), nextCursor: z.string().nullable() });
export type PeopleView = z.infer<typeof peopleView>;

export const progressView = z
  .object({
    state: z.enum(['draft', 'scheduled', 'missed', ...dispatchStates]),
    candidates: z.number().int().nullable(),
    frozen: z.number().int().nullable(),
    excluded: counts,
    accepted: z.number().int(),
    rejected: z.number().int(),
    deferred: z.number().int(),
    skipped: counts,
    unknown: z.number().int().describe('It left, but no answer came; never sent again by itself'),
    cancelled: z.number().int(),
    attempting: z.number().int(),
    notYetAttempted: z.number().int(),
    waits: z
      .array(
        z.object({
          code: z.enum(waitCodes),
          message: z.string().describe('For the people who run the campaign, in English'),
          until: instant.nullable().describe('When it is over, as far as is known'),
        }),
      )
      .describe('Why it is not sent faster, or why the program paused it; empty: nothing holds it back'),
    waiting: z
      .array(
        z.object({
          reason: z.string(),
          count: z.number().int(),
          from: instant.describe('When the first of them comes due'),
          until: instant.describe('When the last of them does'),
          words: z.strictObject({ en: z.string(), ar: z.string() }),
        }),
      )
      .describe(
        'What waits and until when: of deferred by reason (QUIET_HOURS, FREQUENCY, BUSY, BUDGET, COUNTRY_CLOSED, CARRIER_LOST, NOT_OFFERED, TRY_LATER, HELD), of notYetAttempted by ' +
          'the hour it waits for on the people’s own clocks (LOCAL_TIME)',
      ),
  })
  .meta({
    title: 'Progress',
    description:
      'Balances at every moment: candidates = frozen + excluded; frozen = accepted + rejected + deferred + skipped + ' +
      'unknown + cancelled + attempting + notYetAttempted.',
  });
export type ProgressView = z.infer<typeof progressView>;

export const testCampaign = z
  .strictObject({
    to: z
      .array(
        z.union([
          z.email().max(254).toLowerCase(),
          z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be an email address or a phone in E.164 form (+...)'),
        ]),
      )
      .min(1)
      .max(10)
      .describe(
        'Verified team addresses: to emails goes what the campaign says by email, to phones (E.164) what by SMS',
      ),
    asContactId: id('contact').optional().describe('Render as this contact would get it'),
    locale: locale.default('en').describe('Language of the sample person when no contact is given'),
  })
  .meta({ title: 'TestCampaign' });
export type TestCampaign = z.infer<typeof testCampaign>;

export const testView = z.object({
  items: z.array(
    z.object({
      to: z.string(),
      state: z.enum(['accepted', 'rejected', 'deferred', 'unknown']),
      relay: z.string(),
      reply: z.string(),
    }),
  ),
});
