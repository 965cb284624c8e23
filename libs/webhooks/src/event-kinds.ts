/**
 * What a webhook can be told of. Dotted, by what it is about (Standard Webhooks, "Event types"); a kind that is here keeps
 * its meaning and its fields.
 */
export const outgoingEventKinds = [
  'message.bounced',
  'message.complained',
  'message.replied',
  'consent.withdrawn',
  'address.suppressed',
  'campaign.paused',
  'sequence.step',
  'order.placed',
  'order.refunded',
] as const;

export type OutgoingEventKind = (typeof outgoingEventKinds)[number];

/** The kind of a test ping; nobody subscribes to it, every webhook gets its own. */
export const TEST_KIND = 'webhook.test';
