import { type ContactKey } from '#contacts';

/** Dotted words, from what it is about to what happened: `cart.abandoned`. */
export const EVENT_NAME = /^[a-z][a-z0-9_.]{0,63}$/;

export type EventScalar = string | number | boolean | null;
/** Flat: a value, or a list of values; what is deeper belongs to the system that tells it. */
export type EventData = Readonly<Record<string, EventScalar | readonly EventScalar[]>>;

/** What one event may hold. A row of facts about what happened, not a document. */
export const eventLimits = {
  /** Such as templates can name: `event.data.cart_url`. */
  key: /^[A-Za-z_][A-Za-z0-9_]{0,63}$/,
  keys: 50,
  /** Characters of one text. */
  text: 2000,
  /** Items of one list. */
  items: 50,
  /** Bytes of all of it as JSON. */
  bytes: 16_384,
  /** Events of one batch. */
  batch: 1000,
  /** How far a teller's clock may be ahead of ours, in milliseconds. */
  aheadMs: 5 * 60_000,
  /** Nothing that an app tells is older; what claims so has a broken clock. */
  earliest: new Date('2000-01-01T00:00:00Z'),
} as const;

/** An event as it is told. */
export interface ToldEvent {
  contact: ContactKey;
  name: string;
  /** Which system tells it, by its own word: keys are its own. Empty: the only one there is. */
  source: string;
  /** The teller's own id of it; null: each telling is one of its own. */
  key: string | null;
  /** null: now. */
  occurredAt: Date | null;
  data: EventData;
}

/** An event as it is stored. */
export interface PersonEvent {
  id: number;
  contactId: number;
  name: string;
  source: string;
  key: string | null;
  data: EventData;
  occurredAt: Date;
  receivedAt: Date;
}

/** What became of one event of a batch. */
export type Telling =
  { state: 'stored' | 'repeated'; event: PersonEvent } | { state: 'refused'; code: string; message: string };

export interface EventName {
  name: string;
  count: number;
  lastOccurredAt: Date;
}
