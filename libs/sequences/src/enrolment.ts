/** One person's way through one version of a sequence. */
export interface Enrolment {
  id: number;
  sequenceId: number;
  versionId: number;
  contactId: number;
  orderId: number | null;
  eventId: number | null;
  /** How often this person had entered before. */
  ordinal: number;
  /** How often the way led back to an earlier step, or the same. */
  laps: number;
  step: number;
  phase: Phase;
  dueAt: Date;
  /** Since when, by what the steps say, they are at this step: waits count from here, however late anybody looks. */
  since: Date;
  dispatchId: number | null;
  /** How often a message was asked after that had not left yet. */
  looks: number;
  moves: number;
  enteredAt: Date;
}

/** at: about to do it. waiting: until due. sending: its message is on its way. listening: for what they may do. */
export const phases = ['at', 'waiting', 'sending', 'listening'] as const;
export type Phase = (typeof phases)[number];

export const enrolmentStates = ['active', 'finished', 'left'] as const;
export type EnrolmentState = (typeof enrolmentStates)[number];

/** Why a way ended. finished: COMPLETED or GOAL; the others left. */
export const endReasons = [
  ...([
    'COMPLETED',
    'GOAL',
    'WITHDRAWN',
    'PURCHASED',
    'ORDER_ENDED',
    'ORDER_MOVED',
    'LEFT_SEGMENT',
    'NOTHING_TO_WAIT_FOR',
  ] as const),
  ...(['STOPPED', 'REMOVED'] as const),
] as const;
export type EndReason = (typeof endReasons)[number];

/** What a move may be: how somebody came past a step. */
export const moveOutcomes = [
  ...([
    'entered',
    'waits',
    'waited',
    'listens',
    'did',
    'did_not',
    'branched',
    'split',
    'updated',
    'not_updated',
    'told',
  ] as const),
  ...(['sending', 'sent', 'not_sent', 'too_late', 'goal_missed', 'finished', 'left'] as const),
] as const;
export type MoveOutcome = (typeof moveOutcomes)[number];

/** One entry of somebody's way. */
export interface Move {
  enrolmentId: number;
  seq: number;
  /** null: the way's beginning. */
  step: number | null;
  outcome: MoveOutcome;
  /** A branch's or an arm's name, a message's reason, why it ended. */
  reason: string | null;
  dispatchId: number | null;
  at: Date;
}
