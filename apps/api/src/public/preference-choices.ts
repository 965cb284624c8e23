import { createHash } from 'node:crypto';
import { type Channel } from '#common';
import { type ConsentState } from '#consent';

/** One box: a topic on a channel. */
export interface Choice {
  topicId: number;
  channel: Channel;
}

/** What a posted preference form says. Values are `valueOf(choice)`. */
export interface PostedChoices {
  /** Boxes that were ticked when it was sent. */
  want: string[];
  /** Boxes that were ticked when the page was shown. */
  shown: string[];
}

export function valueOf({ topicId, channel }: Choice): string {
  return `${topicId}.${channel}`;
}

/** Whether the ledger says yes at this moment. */
export function isSubscribed(states: ConsentState[], channel: Channel, topicId: number, now: Date): boolean {
  const state = states.find(one => one.channel === channel && one.topicId === topicId);
  return state?.status === 'granted' && (state.expiresAt === null || state.expiresAt > now);
}

/**
 * What to record of a posted form: differences only.
 * An empty box takes back what is granted now, even what was granted while the page was open. A ticked box grants only
 * if the person ticked it: one that was ticked when the page was shown, and was taken back elsewhere since, stays
 * taken back. Values that name no box on the page mean nothing.
 */
export function preferenceChanges<T extends Choice>(
  choices: T[],
  isGranted: (choice: T) => boolean,
  { want, shown }: PostedChoices,
): { withdraw: T[]; grant: T[] } {
  const isWanted = (choice: T): boolean => want.includes(valueOf(choice));
  return {
    withdraw: choices.filter(choice => !isWanted(choice) && isGranted(choice)),
    grant: choices.filter(
      choice => isWanted(choice) && !isGranted(choice) && !shown.includes(valueOf(choice)),
    ),
  };
}

/**
 * A fingerprint of the words on a page. The form carries it, so that a consent is recorded only with words that the
 * person truly saw: a topic may be renamed while the page is open.
 */
export function digestOf(texts: string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('base64url').slice(0, 22);
}
