import { DomainError, type Logger, messageOf } from '#common';
import { type Gate } from '#consent';
import { type Outcome } from '#transports';
import { type BatchHold } from './batch-hold.js';
import { type Prepared } from './outlet.js';
import { type ChunkJob } from './outlets.js';
import { held, renderFailure, settle, type Settlement } from './settlement.js';

/** How long a stop waits for messages that have not begun, in milliseconds: a slow relay must not make it a kill. */
const STOP_PATIENCE_MS = 5000;
/** What must arrive by a certain time does not begin when less than this is left: the least a provider may be given. */
const LEAST_LEFT_MS = 1000;

export interface HandOverTools {
  gate: Gate;
  logger: Logger;
  now: () => Date;
  leaseSeconds: number;
}

/** A message whose attempt is committed, and when it was asked for, on the clock that does not stop with the process. */
export interface Ready {
  message: Prepared<unknown>;
  askedAt: number;
  /** It is with the transport, or was: only the transport knows whether anything left. */
  handedOver?: boolean;
}

/** The last steps of one message: whether it may still begin, the grant, the transport, and what became of it. */
export class HandOver {
  #stopAskedAt = Infinity;

  constructor(
    private readonly tools: HandOverTools,
    private readonly job: ChunkJob,
    private readonly hold: BatchHold,
    private readonly saw: (outcome: Outcome) => void,
  ) {}

  /** What has not begun soon shall not. */
  stop(): void {
    this.#stopAskedAt = performance.now();
  }

  async send(ready: Ready): Promise<Settlement> {
    return priced(await this.#attempt(ready), ready.message);
  }

  /** Of one that did not begin. */
  readonly held = ({ message }: Ready): Settlement => {
    const { contactId, attempt } = message.person;
    return priced(held(contactId, attempt, this.#askAgainAt(message)), message);
  };

  /** A fault of the program: what was handed over may have left, and nothing else has. */
  failed({ message, handedOver }: Ready, error: unknown): Settlement {
    this.#logFailure(error);
    const { contactId, attempt } = message.person;
    const reply = messageOf(error).slice(0, 500);
    const settlement =
      handedOver === true
        ? settle(contactId, attempt, { state: 'unknown', relay: '', reply }, this.tools.now(), Math.random())
        : this.#faulty(message, reply);
    return priced(settlement, message);
  }

  async #attempt(ready: Ready): Promise<Settlement> {
    const { message, askedAt } = ready;
    const { person } = message;
    const { gate, now, leaseSeconds } = this.tools;
    const { dispatch, outlet } = this.job;
    const { contactId, attempt } = person;
    // A process that was stopped, or a relay that keeps us waiting: meanwhile the person may have changed their mind.
    // Nor does a stop wait for what has not begun. No attempt was made of either, so none is counted.
    const isFresh = (): boolean =>
      this.#hasTime(message.endsAt) &&
      performance.now() - askedAt <= leaseSeconds * 1000 &&
      performance.now() - this.#stopAskedAt <= STOP_PATIENCE_MS;
    if (this.hold.isOver || !isFresh()) return held(contactId, attempt, this.#askAgainAt(message));
    let made;
    try {
      made = message.make();
    } catch (error) {
      if (!(error instanceof DomainError)) this.tools.logger.error({ err: error }, 'composing failed');
      return renderFailure(contactId, attempt, messageOf(error));
    }
    const grant = gate.mint(person, outlet.channel, dispatch.messageClass);
    const permit = this.hold.permit(isFresh);
    let outcome: Outcome;
    try {
      ready.handedOver = true;
      outcome = await outlet.transport.send(made, grant, { permit });
    } catch (error) {
      // A transport throws only before anything is sent, for a fault of the program or of a field of the sender.
      this.#logFailure(error);
      ready.handedOver = false;
      return this.#faulty(message, messageOf(error));
    } finally {
      permit.ended();
    }
    this.saw(outcome);
    outlet.saw?.(message, outcome);
    return settle(contactId, attempt, outcome, now(), Math.random());
  }

  /** Nothing left for a fault of ours: it counts as an attempt, so that one that stays ends. */
  #faulty({ person: { contactId, attempt } }: Prepared<unknown>, reply: string): Settlement {
    const outcome: Outcome = { state: 'deferred', relay: '', reply, code: null, enhanced: null };
    return { ...settle(contactId, attempt, outcome, this.tools.now(), Math.random()), offered: false };
  }

  /** Not once more within its last second: just after it, when the gate says when hours are open again. */
  #askAgainAt({ endsAt }: Prepared<unknown>): Date {
    const now = this.tools.now();
    return endsAt && !this.#hasTime(endsAt) && endsAt >= now ? new Date(endsAt.getTime() + 1) : now;
  }

  #hasTime(endsAt: Date | null | undefined): boolean {
    return !endsAt || endsAt.getTime() - this.tools.now().getTime() >= LEAST_LEFT_MS;
  }

  #logFailure(error: unknown): void {
    this.tools.logger.error({ dispatch: this.job.dispatch.id, err: error }, 'a message could not be written');
  }
}

function priced(settlement: Settlement, { parts, cost }: Prepared<unknown>): Settlement {
  return parts === undefined ? settlement : { ...settlement, parts, cost: cost ?? null };
}
