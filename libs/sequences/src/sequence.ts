import { type Definition } from './definition.js';
import { type Plan } from './plan.js';

/**
 * draft: nobody enters. running: people enter and are moved. paused: nobody is moved and nothing is sent; who arrives waits
 * outside. closed: nobody enters, who is in it goes on to the end. stopped: over; who was in it has left.
 */
export const sequenceStates = ['draft', 'running', 'paused', 'closed', 'stopped'] as const;
export type SequenceState = (typeof sequenceStates)[number];

const moves: Record<SequenceState, readonly SequenceState[]> = {
  draft: ['running'],
  running: ['paused', 'closed', 'stopped'],
  paused: ['running', 'closed', 'stopped'],
  closed: ['running', 'paused', 'stopped'],
  stopped: [],
};

export function canMove(from: SequenceState, to: SequenceState): boolean {
  return moves[from].includes(to);
}

export interface Sequence {
  id: number;
  name: string;
  state: SequenceState;
  /** The version that people enter. */
  versionId: number;
  startedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

/** What a sequence does. Once somebody entered it (usedAt) it never changes; they stay on it. */
export interface SequenceVersion {
  id: number;
  sequenceId: number;
  number: number;
  definition: Definition;
  plan: Plan;
  usedAt: Date | null;
  createdAt: Date;
}

/** What the database's triggers look for. */
export interface Hearing {
  kind: Definition['trigger']['on'];
  topicId: number | null;
  event: string | null;
  shopId: number | null;
  segmentId: number | null;
  withinMs: number;
}
