import { type Channel } from '#common';
import { type SequenceVersion } from './sequence.js';
import { type SimulatedWalker } from './simulation.js';

/** Whom of them it names in each place. */
const MOST_NAMED = 20;

/** Where people would be, after so many days, and what they would have got by then. */
export interface DryRun {
  people: number;
  /** Those whom the sequence's entrance would turn away, or whom nothing has brought to it: no order. */
  turnedAway: number;
  at: Date;
  places: (Some & { step: string })[];
  ends: (Some & { reason: string })[];
  messages: (Some & {
    step: string;
    channel: Channel | null;
    denial: string | null;
    deferred: number;
  })[];
}

/** So many, and the first of them. */
interface Some {
  people: number;
  contactIds: number[];
}

/** Sums up imagined ways. */
export function tallied(
  { plan }: SequenceVersion,
  walkers: readonly SimulatedWalker[],
): Pick<DryRun, 'places' | 'ends' | 'messages'> {
  const nameOf = (step: number | null): string => plan.steps[step ?? 0]?.id ?? '';
  const places = new Map<string, Some>();
  const ends = new Map<string, Some>();
  const messages = new Map<string, DryRun['messages'][number]>();
  const add = (to: Some, { contactId }: SimulatedWalker): void => {
    to.people++;
    if (to.contactIds.length < MOST_NAMED && !to.contactIds.includes(contactId))
      to.contactIds.push(contactId);
  };
  const addTo = (counts: Map<string, Some>, key: string, walker: SimulatedWalker): void => {
    const known = counts.get(key) ?? { people: 0, contactIds: [] };
    counts.set(key, known);
    add(known, walker);
  };
  for (const walker of walkers) {
    if (walker.end) addTo(ends, walker.end.reason, walker);
    else addTo(places, nameOf(walker.enrolment.step), walker);
    for (const { step, message } of walker.path) {
      if (!message) continue;
      // Sorts by the step, then what would be sent before what would not.
      const key = `${String(step ?? 0).padStart(3, '0')} ${message.denial ?? ''} ${message.channel ?? ''}`;
      const known = messages.get(key) ?? {
        ...{ step: nameOf(step), channel: message.channel, denial: message.denial },
        ...{ people: 0, contactIds: [], deferred: 0 },
      };
      add(known, walker);
      if (message.deferral) known.deferred++;
      messages.set(key, known);
    }
  }
  return {
    places: [...places].map(([step, some]) => ({ step, ...some })),
    ends: [...ends].map(([reason, some]) => ({ reason, ...some })),
    messages: [...messages.entries()].sort(inOrder).map(([, message]) => message),
  };
}

function inOrder([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
