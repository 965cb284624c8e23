import { type Channel, type MessageClass } from '#common';
import { type UtmTags } from '#templates';
import { type DispatchState } from './dispatch-state.js';

/** Where a local hour has passed: send at once, or at that hour of the next day. */
export const pastHours = ['at_once', 'next_day'] as const;
export type PastHour = (typeof pastHours)[number];

/** One content to many: what is sent, about what, in whose name, and to which audience. */
export interface Dispatch {
  id: number;
  name: string;
  state: DispatchState;
  channel: Channel;
  messageClass: MessageClass;
  senderId: number;
  topicId: number;
  templateVersionId: number;
  /** What it offers; a soft opt-in covers nothing else. */
  productCategories: string[];
  /** The segment's rule as it was at launch; null is everybody. */
  audience: unknown;
  notAfter: Date | null;
  /** Tags its links get for the shop's own statistics; null: none. */
  utm: UtmTags | null;
  /** Of an email dispatch: what those get who cannot or may not be reached by email but by SMS; null: nothing. */
  smsVersionId: number | null;
  /** Of SMS: quotation marks, dashes and spaces in GSM-7, where the whole text can be said in it. */
  smartEncoding: boolean;
  /** Of SMS: long links that everybody gets alike become short ones of ours, where the law lets them. */
  shortLinks: boolean;
  /** Whether people were added one by one and may be taken back: what it knows of each is asked at every attempt. */
  byPerson: boolean;
  /** The hour on each person's own clock, e.g. `2026-12-01T09:00`; null: at once. */
  localTime: string | null;
  /** Of a local time: what is done where it has passed when the audience is frozen. */
  pastHour: PastHour | null;
  /** Contacts that the gate let in when the audience was frozen; null before. */
  frozen: number | null;
  /** How many were left out, by reason; null before. */
  excluded: Record<string, number> | null;
  createdAt: Date;
  frozenAt: Date | null;
  endedAt: Date | null;
  /** Why the program paused it; null when a person did, or nobody. */
  pause: { by: string; message: string; at: string } | null;
}

export type NewDispatch = Pick<
  Dispatch,
  | 'name'
  | 'channel'
  | 'messageClass'
  | 'senderId'
  | 'topicId'
  | 'templateVersionId'
  | 'productCategories'
  | 'audience'
  | 'notAfter'
> &
  Partial<Pick<Dispatch, 'localTime' | 'pastHour' | 'utm' | 'smsVersionId' | 'smartEncoding' | 'shortLinks'>>;
