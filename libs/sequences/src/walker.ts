import { type EndReason, type Enrolment, type Move, type MoveOutcome } from './enrolment.js';
import { END } from './graph.js';
import { type Plan, type PlanStep } from './plan.js';

/** Steps that one move may take somebody along before others have their turn. */
const MOST_HOPS = 200;
/** When to go on after that, in milliseconds. */
const REST_MS = 60_000;

/** Somebody who is being moved: what becomes of them is gathered here and written once. */
export class Walker {
  readonly moves: Move[] = [];
  end: { state: 'finished' | 'left'; reason: EndReason } | null = null;
  listensFor: string | null = null;
  /** Messages of theirs that are not to be sent any more, because their way ended or went on without them. */
  readonly takenBack: { dispatchId: number; reason: string }[] = [];
  /** The step that sends, where they stand and are added to its dispatch at the end of the move. */
  sends: Extract<PlanStep, { type: 'send' }> | null = null;
  /** Nothing more to be done now: they wait, or it is over. */
  rests = false;
  #hops = 0;

  constructor(
    readonly enrolment: Enrolment,
    readonly plan: Plan,
    private readonly now: Date,
  ) {}

  get contactId(): number {
    return this.enrolment.contactId;
  }

  get step(): PlanStep | undefined {
    return this.plan.steps[this.enrolment.step];
  }

  /** What an entry is dated. */
  protected moment(): Date {
    return this.now;
  }

  note(outcome: MoveOutcome, reason: string | null = null, dispatchId: number | null = null): void {
    const { enrolment } = this;
    enrolment.moves += 1;
    this.moves.push({
      ...{ enrolmentId: enrolment.id, seq: enrolment.moves, step: enrolment.step },
      ...{ outcome, reason, dispatchId, at: this.moment() },
    });
  }

  /** To the step `to`, reached at `since`; a way that leads back is a lap more. */
  goOn(to: number, since: Date): void {
    const { enrolment } = this;
    if (to === END) {
      this.finish('COMPLETED');
      return;
    }
    if (to <= enrolment.step) enrolment.laps += 1;
    Object.assign(enrolment, { step: to, phase: 'at', since, dispatchId: null, looks: 0, dueAt: this.now });
    this.listensFor = null;
    this.#hops += 1;
    if (this.#hops >= MOST_HOPS) this.#rest(new Date(this.now.getTime() + REST_MS));
  }

  /** Until then nothing happens to them. */
  waitUntil(dueAt: Date): void {
    if (this.enrolment.phase !== 'waiting') this.note('waits', dueAt.toISOString());
    this.enrolment.phase = 'waiting';
    this.#rest(dueAt);
  }

  /** They listen until `givesUp`; looked at before that, when what they did may have come while they came here. */
  listenUntil(givesUp: Date, what: string, lookAt: Date): void {
    if (this.enrolment.phase !== 'listening') this.note('listens', givesUp.toISOString());
    this.enrolment.phase = 'listening';
    this.listensFor = what;
    this.#rest(lookAt);
  }

  /** Their message waits for the others of this move. */
  willSend(step: Extract<PlanStep, { type: 'send' }>): void {
    this.sends = step;
    this.rests = true;
  }

  takeBack(dispatchId: number, reason: string): void {
    this.takenBack.push({ dispatchId, reason });
  }

  /** Their message is with that dispatch; it is asked after at `lookAt`. */
  sendThrough(dispatchId: number, lookAt: Date): void {
    Object.assign(this.enrolment, { phase: 'sending', dispatchId, looks: 0 });
    this.note('sending', null, dispatchId);
    this.#rest(lookAt);
  }

  /** As it stands, once more at `lookAt`. */
  lookAgain(lookAt: Date): void {
    this.enrolment.looks += 1;
    this.#rest(lookAt);
  }

  finish(reason: 'COMPLETED' | 'GOAL'): void {
    this.#over('finished', reason);
  }

  leave(reason: EndReason): void {
    this.#over('left', reason);
  }

  #over(state: 'finished' | 'left', reason: EndReason): void {
    this.note(state, reason, this.enrolment.dispatchId);
    this.end = { state, reason };
    if (this.enrolment.dispatchId !== null) this.takeBack(this.enrolment.dispatchId, 'LEFT_SEQUENCE');
    Object.assign(this.enrolment, { phase: 'at', dispatchId: null });
    this.listensFor = null;
    this.rests = true;
  }

  #rest(dueAt: Date): void {
    this.enrolment.dueAt = dueAt;
    this.rests = true;
  }
}
