import { count, type Terminal } from '../terminal.js';

export interface Named {
  id: string;
}
export interface AudienceView {
  candidates: number;
  willReceive: number;
  excluded: Record<string, number>;
  reasons: Record<string, { en: string; ar: string }>;
}
export interface ProgressView {
  state: string;
  candidates: number | null;
  frozen: number | null;
  excluded: Record<string, number>;
  accepted: number;
  rejected: number;
  deferred: number;
  unknown: number;
  attempting: number;
  notYetAttempted: number;
  waiting: { reason: string; count: number }[];
}

/** How often progress is asked for, in milliseconds, and for how long without any change. */
const ASK_EVERY_MS = 100;
const GIVE_UP_MS = 120_000;
/** Requests under way at the same time. */
const AT_ONCE = 8;

export function showAudience(
  { candidates, willReceive, excluded, reasons }: AudienceView,
  terminal: Terminal,
): void {
  terminal.done(`${count(candidates)} people are in the segment`);
  const rows = Object.entries(excluded).filter(([, people]) => people > 0);
  rows.sort(([, one], [, other]) => other - one);
  const width = count(candidates).length;
  terminal.say(`      ${count(willReceive).padStart(width)}  will receive it`);
  for (const [reason, people] of rows) {
    terminal.say(
      `      ${count(people).padStart(width)}  will not: ${lowerFirst(reasons[reason]?.en ?? reason)}`,
    );
  }
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}

export async function eachOf<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const next = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

export async function poll<T>(ask: () => Promise<T>, isDone: (answer: T) => boolean): Promise<T> {
  let last = '';
  let changedAt = Date.now();
  for (;;) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    const now = JSON.stringify(answer);
    if (now !== last) changedAt = Date.now();
    last = now;
    if (Date.now() - changedAt > GIVE_UP_MS) throw new Error(`Nothing has moved for two minutes: ${now}`);
    await new Promise(resolve => setTimeout(resolve, ASK_EVERY_MS));
  }
}
