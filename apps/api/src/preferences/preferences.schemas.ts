import { z } from 'zod';
import { frequencies, LONGEST_PAUSE_DAYS } from '#consent';
import { id, instant } from '../http/schemas.js';

export const preferencesQuery = z.object({
  senderId: id('sender').describe('Whose messages the preferences are about'),
});
export type PreferencesQuery = z.infer<typeof preferencesQuery>;

const frequency = z
  .enum(frequencies)
  .describe('How often marketing may come: whenever there is some, once in 7 days, once in 30 days');

export const putPreferences = z
  .strictObject({
    frequency,
    pausedUntil: instant
      .nullable()
      .describe(
        `No marketing before then; null, or a time that is over, ends a pause. ${LONGEST_PAUSE_DAYS} days at most`,
      ),
  })
  .meta({ title: 'PutPreferences' });
export type PutPreferences = z.infer<typeof putPreferences>;

const measured = z.object({
  opens: z.boolean().describe('Whether it may be measured that this person opens messages'),
  links: z.boolean().describe('Whether it may be measured which links this person presses'),
});

export const preferencesView = z
  .object({
    contactId: id('contact'),
    senderId: id('sender'),
    frequency,
    pausedUntil: instant.nullable(),
    tracking: z
      .object({ email: measured, sms: measured })
      .describe(
        'As it is decided now. It is changed by consents to the sender’s topics of the purposes open_tracking and link_tracking',
      ),
  })
  .meta({ title: 'Preferences' });
export type PreferencesView = z.infer<typeof preferencesView>;

export const trackingTopicsView = z
  .object({ openTracking: id('topic'), linkTracking: id('topic') })
  .meta({ title: 'TrackingTopics' });
export type TrackingTopicsView = z.infer<typeof trackingTopicsView>;
