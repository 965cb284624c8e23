import { createHash } from 'node:crypto';
import { type ApiAnswer, type TakenMessage } from '../factories/recording-messages-api.js';

/** How the stand-in meets those that it does not answer at once, each as often. */
export const troubles = ['late', 'never', 'hang up', 'twice', 'twice, later', 'error', 'busy'] as const;
export type Trouble = (typeof troubles)[number];
/** After these nobody who asked knows what became of the message. */
export const ANSWERLESS = new Set<Trouble>(['late', 'never', 'hang up', 'error']);

/** When the statuses of a message are reported, by how many of a hundred, and which. */
export const reports = [
  { when: 'never', until: 15, statuses: [] },
  { when: 'before the answer', until: 30, statuses: ['sent'] },
  { when: 'at once', until: 50, statuses: ['queued', 'sent', 'delivered'] },
  { when: 'twice', until: 65, statuses: ['sent', 'sent', 'delivered', 'delivered'] },
  { when: 'out of order', until: 80, statuses: ['delivered', 'sent'] },
  { when: 'after the end', until: 100, statuses: ['sent', 'delivered'] },
] as const;

/** From 0 up to 1: the same for the same person of the same seed, in whatever order they come. */
export function draw(seed: number, what: string, to: string): number {
  return createHash('sha256').update(`${seed} ${what} ${to}`).digest().readUInt32BE() / 2 ** 32;
}

export function toAnswer(
  trouble: Trouble | null,
  time: number,
  answerSeconds: number,
  at: number,
): ApiAnswer {
  switch (trouble) {
    case 'late':
      return { late: answerSeconds * 1000 + 500 };
    case 'error':
      return { error: at < 0.5 ? 500 : 503 };
    case 'twice':
      return { again: 0 };
    case 'twice, later':
      return { again: 1 + Math.floor(at * 20) };
    case 'busy':
      return time === 1 ? 'busy' : 'at once';
    case null:
      return 'at once';
    default:
      return trouble;
  }
}

/** How many met each, of those that were taken. */
export function countOf(
  taken: readonly TakenMessage[],
  troubleOf: (to: string) => Trouble | null,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { to } of taken) {
    const trouble = troubleOf(to) ?? 'at once';
    counts[trouble] = (counts[trouble] ?? 0) + 1;
  }
  return counts;
}
