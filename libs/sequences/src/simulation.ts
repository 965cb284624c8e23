import { type Channel } from '#common';
import { type Enrolment, type Move } from './enrolment.js';
import { type Plan } from './plan.js';
import { Walker } from './walker.js';

/** A message that would be sent on a simulated way, or would not. */
export interface SimulatedMessage {
  /** null: by none. */
  channel: Channel | null;
  /** The gate's no, as a code; null: it would be allowed. */
  denial: string | null;
  /** Why and until when it would wait first. */
  deferral: { reason: string; until: Date } | null;
}

/** One entry of a simulated way. */
export type SimulatedMove = Move & { message: SimulatedMessage | null };

/** Somebody who is only imagined to be on their way: entries bear the time at which they would be made. */
export class SimulatedWalker extends Walker {
  readonly messages = new Map<number, SimulatedMessage>();

  constructor(contactId: number, plan: Plan, startsAt: Date, orderId: number | null) {
    super(imaginedEnrolment(contactId, startsAt, orderId), plan, startsAt);
  }

  protected override moment(): Date {
    return this.enrolment.since;
  }

  /** The same as `note`, of a message. */
  noteMessage(message: SimulatedMessage): void {
    this.messages.set(this.enrolment.moves + 1, message);
    this.note(message.denial === null ? 'sent' : 'not_sent', message.denial);
  }

  get path(): SimulatedMove[] {
    return this.moves.map(move => ({ ...move, message: this.messages.get(move.seq) ?? null }));
  }
}

function imaginedEnrolment(contactId: number, at: Date, orderId: number | null): Enrolment {
  return {
    // A split draws by it: as many as there are people.
    id: contactId,
    ...{
      sequenceId: 0,
      versionId: 0,
      contactId,
      orderId,
      eventId: null,
      ordinal: 0,
      laps: 0,
      step: 0,
      phase: 'at',
    },
    ...{ dueAt: at, since: at, dispatchId: null, looks: 0, moves: 0, enteredAt: at },
  };
}
