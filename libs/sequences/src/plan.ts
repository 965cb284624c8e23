import { type Channel, type MessageClass } from '#common';
import { type UtmTags } from '#templates';

/** What a step says that sends: everything that a dispatch of it needs. */
export interface SendPlan {
  type: 'send';
  channel: Channel;
  senderId: number;
  topicId: number;
  messageClass: MessageClass;
  templateVersionId: number;
  /** Of a mail: what those get by SMS whom email may not or cannot reach; null: nothing. */
  smsVersionId: number | null;
  /** So long after its moment it is not sent any more, in milliseconds; null: however late. */
  patienceMs: number | null;
  /** `order`: those of the order that brought the person in. */
  categories: string[] | 'order';
  utm: UtmTags | null;
  next: number;
}

/** What a way may listen for: an event's name, or one of these. */
export type Heard = '@order' | '@click' | '@reply' | (string & {});

/** A step with everything looked up: durations in milliseconds, steps by number (END: the way ends), ids as numbers. */
export type PlanStep = { id: string } & (
  | SendPlan
  | { type: 'wait'; ms: number; next: number }
  /** weekdays: 1 is Monday; minutes since midnight. */
  | { type: 'wait-until'; weekdays: number[]; minutes: number; next: number }
  | { type: 'wait-for-replenishment'; beforeMs: number; otherwiseMs: number | null; next: number }
  | { type: 'listen'; for: Heard; ms: number; next: number; otherwise: number }
  | { type: 'branch'; branches: { when: unknown; next: number }[]; otherwise: number }
  | { type: 'split'; arms: { name: string; weight: number; next: number }[] }
  | { type: 'update'; attribute: string; value: unknown; next: number }
  | { type: 'webhook'; next: number }
  | { type: 'goal'; when: unknown; next: number }
  | { type: 'end' }
);

/** How a version is run. Written when the definition is saved, so that what it names may change without changing it. */
export interface Plan {
  senderId: number | null;
  steps: PlanStep[];
  reentry: { mode: 'never' } | { mode: 'per_order' } | { mode: 'after'; days: number };
  /** Only people of whom this is true enter; null: all. */
  where: unknown;
  /** Of a trigger by event: values its data must have. */
  data: Record<string, string | number | boolean> | null;
  segmentId: number | null;
  /** Whether who is in the segment at the start enters, too. */
  takesPresent: boolean;
  day: { attribute: string; yearly: boolean; daysBefore: number; minutes: number } | null;
  exit: { purchase: boolean; orderEnded: boolean; goal: unknown; leftSegment: boolean };
}

export function minutesOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}
