import { createHash } from 'node:crypto';
import { type Channel } from '#common';
import { type ConsentState, type TrackingPurpose } from '#consent';

/** One box: a topic, or a kind of measuring, on a channel. */
export interface Choice {
  /** The topic's id; a kind of measuring may have no topic yet. */
  about: number | TrackingPurpose;
  channel: Channel;
}

/** A box as things stand. */
export interface Standing {
  /** Whether the person agreed: the box is shown ticked. */
  ticked: boolean;
  /** Whether it is being done: ticked, or else what the law allows without asking. An empty box ends it. */
  inForce: boolean;
}

/** What a posted preference form says. Values are `valueOf(choice)`. */
export interface PostedChoices {
  /** Boxes that were ticked when it was sent. */
  want: string[];
  /** Boxes that were ticked when the page was shown. */
  shown: string[];
}

export function valueOf({ about, channel }: Choice): string {
  return `${about}.${channel}`;
}

/** Whether the ledger says yes at this moment. */
export function isSubscribed(states: ConsentState[], channel: Channel, topicId: number, now: Date): boolean {
  const state = states.find(one => one.channel === channel && one.topicId === topicId);
  return state?.status === 'granted' && (state.expiresAt === null || state.expiresAt > now);
}

/**
 * What to record of a posted form: differences only.
 * An empty box takes back what is in force now, even what was granted while the page was open. A ticked box grants only
 * if the person ticked it: one that was ticked when the page was shown, and was taken back elsewhere since, stays
 * taken back. Values that name no box on the page mean nothing.
 */
export function preferenceChanges<T extends Choice & Standing>(
  choices: T[],
  { want, shown }: PostedChoices,
): { withdraw: T[]; grant: T[] } {
  const isWanted = (choice: T): boolean => want.includes(valueOf(choice));
  return {
    withdraw: choices.filter(choice => !isWanted(choice) && choice.inForce),
    grant: choices.filter(choice => isWanted(choice) && !choice.ticked && !shown.includes(valueOf(choice))),
  };
}

/** What a radio button says: null unless the person chose another than the page showed, so that no stale page undoes anything. */
export function chosen<T extends string>(
  values: readonly T[],
  posted: string | undefined,
  shown: string | undefined,
): T | null {
  return posted === shown ? null : (values.find(value => value === posted) ?? null);
}

/**
 * A fingerprint of the words on a page. The form carries it, so that a consent is recorded only with words that the
 * person truly saw: a topic may be renamed while the page is open.
 */
export function digestOf(texts: string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('base64url').slice(0, 22);
}
