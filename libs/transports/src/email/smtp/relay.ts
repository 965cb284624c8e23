import { type Logger } from '#common';
import { type SendPermit } from '../../transport.js';
import { IdleSessions } from './idle-sessions.js';
import { isLoginTrouble, RelayHealth } from './relay-health.js';
import { forRelay } from './relay-headers.js';
import { type RelayOptions } from './relay-options.js';
import { SessionError, SmtpSession } from './smtp-session.js';
import { type SmtpFailure, type SmtpResult } from './smtp-reply.js';
import { type SmtpMail } from './smtp-transaction.js';

/** Kept connections a mail may find dead before that is its outcome. */
const MOST_WORN = 2;
/**
 * The round trip from which on a mail follows another unanswered, in milliseconds. It saves one round trip, and sometimes
 * costs more: where the envelope arrives just after the answer to the mail before it has left, the relay's next answer
 * waits for our acknowledgement of that one (Nagle's algorithm, RFC 896), which the system delays by 40 ms (RFC 1122
 * section 4.2.3.2), for we have nothing to say meanwhile. On one machine that struck one mail in ten.
 */
const FAR_MS = 5;
/** How long we do not ask a relay for more connections than it just gave, in milliseconds. */
const CEILING_MS = 30_000;

/** The relay was not even offered the mail; another relay may be. */
export interface Unreachable {
  kind: 'unreachable';
  cause: SmtpFailure;
}

/** Its permit ended before it began. */
export interface Withdrawn {
  kind: 'withdrawn';
}

/** How a relay stands: its connections, the mails that wait for one, and how long it is left alone. */
export interface RelayStanding {
  name: string;
  capacity: number;
  busy: number;
  idle: number;
  opening: number;
  waiting: number;
  pauseMs: number;
}

interface Waiter {
  give: (session: SmtpSession) => void;
  fail: (outcome: Unreachable | Withdrawn) => void;
}

/** A pool of connections to one relay: opened when needed, kept while busy, replaced when worn, paused when down. */
export class Relay {
  readonly name: string;
  readonly capacity: number;
  readonly #idle: IdleSessions;
  readonly #waiters: Waiter[] = [];
  /** Connections with mail on them, and how many mails hold each: two where one follows the other unanswered. */
  readonly #inUse = new Map<SmtpSession, number>();
  /** Those of them on which another mail may follow at once, the longest unanswered first. */
  readonly #roomy = new Set<SmtpSession>();
  #opening = 0;
  #ceiling: number;
  #ceilingUntil = 0;
  readonly #health: RelayHealth;
  /** Between us and the relay and back, as the quickest of its connections knows it. */
  #roundTripMs = Infinity;
  #closed = false;

  constructor(
    private readonly options: RelayOptions,
    logger: Logger,
  ) {
    this.#idle = new IdleSessions(options.timeouts.idle);
    this.#health = new RelayHealth(options.name, options.timeouts, logger);
    this.name = options.name;
    this.capacity = this.#ceiling = options.connections;
  }

  /** Told of each mail that was offered on a connection, and how long that took in milliseconds. */
  onTransaction: (relay: string, result: SmtpResult['kind'], milliseconds: number) => void = () => undefined;

  /** How it stands this moment. */
  get standing(): RelayStanding {
    const { name, capacity, pause } = this;
    return {
      ...{ name, capacity, pauseMs: pause, busy: this.#busy },
      ...{ idle: this.#idle.size, opening: this.#opening, waiting: this.#waiters.length },
    };
  }

  get #busy(): number {
    return this.#inUse.size;
  }

  /** Mails in hand for each connection there may be; the least busy relay is asked first. */
  get load(): number {
    return (this.#busy + this.#waiters.length) / this.capacity;
  }

  /** Milliseconds until this relay may be asked again; 0 when it may be asked now. */
  get pause(): number {
    return this.#health.pause;
  }

  /** For how long it takes a message with the same key only once, in milliseconds; null: it takes no key. */
  get keyLifetime(): number | null {
    const { idempotencyHeader, idempotencyHours = 24 } = this.options;
    return idempotencyHeader === undefined ? null : idempotencyHours * 3_600_000;
  }

  /** Offers one mail, waiting at most `patience` for a free connection. Never rejects. */
  async send(mail: SmtpMail, permit?: SendPermit): Promise<SmtpResult | Unreachable | Withdrawn> {
    // A kept connection may have died unseen. While nothing of the mail has left, that says nothing about the mail:
    // it goes on to a new connection.
    for (let worn = 0; ; worn++) {
      const session = await this.#acquire(permit);
      if (!(session instanceof SmtpSession)) return session;
      if (permit?.mayBegin() === false) {
        this.#release(session);
        return { kind: 'withdrawn' };
      }
      const wasUsed = session.mails > 0;
      const began = performance.now();
      const result = await session.send(forRelay(mail, this.options));
      this.onTransaction(this.name, result.kind, performance.now() - began);
      this.#health.learn(result);
      void session.recover().then(() => this.#release(session));
      if (!wasUsed || !isWornOut(result) || worn >= MOST_WORN) return result;
      // What died on one of the idle connections probably died on all.
      this.#idle.hangUp();
    }
  }

  /** Waits for mails under way, hangs up, and refuses further ones. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#failWaiters({ kind: 'lost', reason: 'The transport is closing.', bodyEnded: false });
    this.#idle.hangUp();
    const deadline = performance.now() + this.options.timeouts.close;
    while (this.#busy > 0 && performance.now() < deadline) await pause(10);
    for (const session of this.#inUse.keys()) session.abandon();
  }

  #acquire(permit: SendPermit | undefined): Promise<SmtpSession | Unreachable | Withdrawn> {
    if (this.#closed) {
      return Promise.resolve(
        unreachable({ kind: 'lost', reason: 'The transport is closed.', bodyEnded: false }),
      );
    }
    const ready = this.#takeIdle();
    if (ready) return Promise.resolve(ready);
    return new Promise(resolve => {
      const end = (outcome: SmtpSession | Unreachable | Withdrawn): void => {
        clearTimeout(timer);
        stopListening?.();
        resolve(outcome);
      };
      const giveUp = (outcome: Unreachable | Withdrawn): void => {
        const at = this.#waiters.indexOf(waiter);
        if (at < 0) return;
        this.#waiters.splice(at, 1);
        end(outcome);
      };
      const waiter: Waiter = { give: end, fail: end };
      const tooLong = unreachable({
        kind: 'lost',
        reason: 'No connection to the relay became free in time.',
        bodyEnded: false,
      });
      const timer = setTimeout(() => giveUp(tooLong), this.#waitingTime);
      const stopListening = permit?.onWithdrawn(() => giveUp({ kind: 'withdrawn' }));
      this.#waiters.push(waiter);
      this.#pump();
    });
  }

  /** A connection may be opening, which has its own limits; the wait must be longer than those. */
  get #waitingTime(): number {
    const { connect, greeting, command, patience } = this.options.timeouts;
    return connect + greeting + (this.options.credentials ? command : 0) + patience;
  }

  #takeIdle(): SmtpSession | undefined {
    const session = this.#idle.take();
    if (session) this.#inUse.set(session, 1);
    return session;
  }

  /** Serves those who wait: with an idle connection, or by opening one where there is room. */
  #pump(): void {
    while (this.#waiters.length > 0) {
      const session = this.#takeIdle();
      if (!session) break;
      this.#waiters.shift()?.give(session);
    }
    const ceiling = performance.now() < this.#ceilingUntil ? this.#ceiling : this.capacity;
    // After a failure one connection is tried alone: a relay that comes back is not stormed.
    const most = this.#health.isSuspect ? Math.min(1, this.#waiters.length) : this.#waiters.length;
    while (this.#opening < most && this.#busy + this.#opening < ceiling && !this.#closed) {
      this.#opening++;
      void this.#open();
    }
    this.#followOn();
  }

  /** Whoever no connection is left for, or on its way to, goes right behind a mail that is still to be answered. */
  #followOn(): void {
    for (const session of this.#roomy) {
      if (this.#waiters.length <= this.#opening || this.#closed) return;
      this.#roomy.delete(session);
      this.#inUse.set(session, 2);
      this.#waiters.shift()?.give(session);
    }
  }

  async #open(): Promise<void> {
    try {
      const session = await SmtpSession.open(this.options);
      session.onRoom = () => this.#offerRoom(session);
      this.#opening--;
      this.#keep(session);
    } catch (error) {
      this.#opening--;
      const cause: Unreachable['cause'] =
        error instanceof SessionError
          ? error.result
          : { kind: 'lost', reason: String(error), bodyEnded: false };
      const others = this.#busy + this.#idle.size + this.#opening;
      if (others > 0 && !isLoginTrouble(cause)) {
        // It talks to us on other connections, or may yet: it just gives no more of them.
        this.#ceiling = others;
        this.#ceilingUntil = performance.now() + CEILING_MS;
        return;
      }
      this.#health.unreachable(cause);
      this.#failWaiters(cause);
    }
    this.#pump();
  }

  /** Puts a connection where the next mail finds it, or hangs up when nobody wants it. */
  #keep(session: SmtpSession): void {
    if (this.#closed || !session.usable) {
      session.quit();
      return;
    }
    this.#idle.add(session);
  }

  #offerRoom(session: SmtpSession): void {
    // The mail before may have no answer either: a third one behind it would only wait.
    if (this.#inUse.get(session) !== 1 || !session.hasRoom) return;
    this.#roundTripMs = Math.min(this.#roundTripMs, session.roundTripMs);
    if (this.#roundTripMs < FAR_MS) return;
    this.#roomy.add(session);
    this.#followOn();
  }

  #release(session: SmtpSession): void {
    this.#roomy.delete(session);
    const holders = (this.#inUse.get(session) ?? 1) - 1;
    if (holders > 0) {
      this.#inUse.set(session, holders);
      this.#offerRoom(session);
      return;
    }
    this.#inUse.delete(session);
    this.#keep(session);
    this.#pump();
  }

  #failWaiters(cause: Unreachable['cause']): void {
    for (const waiter of this.#waiters.splice(0)) waiter.fail(unreachable(cause));
  }
}

function unreachable(cause: Unreachable['cause']): Unreachable {
  return { kind: 'unreachable', cause };
}

/** The connection ended, or the relay said goodbye, before any of the mail left. */
function isWornOut(result: SmtpResult): boolean {
  return (
    (result.kind === 'lost' && !result.bodyEnded) ||
    (result.kind === 'refused' && result.reply.code === 421 && result.stage !== 'body')
  );
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
