import { type Logger } from '#common';
import { type RelayOptions } from './relay-options.js';
import { SessionError, type SmtpMail, SmtpSession } from './smtp-session.js';
import { classifyReply, type SmtpResult } from './smtp-reply.js';

/** Attempts that fail in a row, on a relay that answers, before it is left alone for a while. */
const FAILURES_BEFORE_PAUSE = 3;
/** Kept connections a mail may find dead before that is its outcome. */
const MOST_WORN = 2;
/** Least time between two log lines about the same trouble, in milliseconds. */
const LOG_EVERY_MS = 10_000;
/** How long we do not ask a relay for more connections than it just gave, in milliseconds. */
const CEILING_MS = 30_000;

/** The relay was not even offered the mail; another relay may be. */
export interface Unreachable {
  kind: 'unreachable';
  cause: SmtpResult & { kind: 'refused' | 'lost' };
}

interface Waiter {
  give: (session: SmtpSession) => void;
  fail: (unreachable: Unreachable) => void;
}

/** A pool of connections to one relay: opened when needed, kept while busy, replaced when worn, paused when down. */
export class Relay {
  readonly name: string;
  readonly capacity: number;
  readonly #idle: SmtpSession[] = [];
  readonly #idleTimers = new Map<SmtpSession, NodeJS.Timeout>();
  readonly #waiters: Waiter[] = [];
  readonly #inUse = new Set<SmtpSession>();
  #opening = 0;
  #ceiling: number;
  #ceilingUntil = 0;
  #failures = 0;
  #pausedUntil = 0;
  #quietUntil = 0;
  #closed = false;

  constructor(
    private readonly options: RelayOptions,
    private readonly logger: Logger,
  ) {
    this.name = options.name;
    this.capacity = this.#ceiling = options.connections;
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
    return Math.max(0, this.#pausedUntil - performance.now());
  }

  /** Offers one mail, waiting at most `patience` for a free connection. Never rejects. */
  async send(mail: SmtpMail): Promise<SmtpResult | Unreachable> {
    // A kept connection may have died unseen. While nothing of the mail has left, that says nothing about the mail:
    // it goes on to a new connection.
    for (let worn = 0; ; worn++) {
      const session = await this.#acquire();
      if (!(session instanceof SmtpSession)) return session;
      const wasUsed = session.mails > 0;
      const result = await session.send(mail);
      this.#learn(result);
      void session.recover().then(() => this.#release(session));
      if (!wasUsed || !isWornOut(result) || worn >= MOST_WORN) return result;
      // What died on one of the idle connections probably died on all.
      this.#hangUpIdle();
    }
  }

  /** Waits for mails under way, hangs up, and refuses further ones. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#failWaiters({ kind: 'lost', reason: 'The transport is closing.', bodyEnded: false });
    this.#hangUpIdle();
    const deadline = performance.now() + this.options.timeouts.close;
    while (this.#busy > 0 && performance.now() < deadline) await pause(10);
    for (const session of this.#inUse) session.abandon();
  }

  #acquire(): Promise<SmtpSession | Unreachable> {
    if (this.#closed) {
      return Promise.resolve(
        unreachable({ kind: 'lost', reason: 'The transport is closed.', bodyEnded: false }),
      );
    }
    const ready = this.#takeIdle();
    if (ready) return Promise.resolve(ready);
    return new Promise(resolve => {
      const waiter: Waiter = {
        give: session => {
          clearTimeout(timer);
          resolve(session);
        },
        fail: cause => {
          clearTimeout(timer);
          resolve(cause);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        resolve(
          unreachable({
            kind: 'lost',
            reason: 'No connection to the relay became free in time.',
            bodyEnded: false,
          }),
        );
      }, this.#waitingTime);
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
    // The one used last is the least likely to have been closed by the relay.
    for (let session = this.#idle.at(-1); session; session = this.#idle.at(-1)) {
      this.#drop(session);
      if (!session.usable) continue;
      this.#inUse.add(session);
      return session;
    }
    return undefined;
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
    const most = this.#failures > 0 ? Math.min(1, this.#waiters.length) : this.#waiters.length;
    while (this.#opening < most && this.#busy + this.#opening < ceiling && !this.#closed) {
      this.#opening++;
      void this.#open();
    }
  }

  async #open(): Promise<void> {
    try {
      const session = await SmtpSession.open(this.options);
      this.#opening--;
      this.#recovered();
      this.#keep(session);
    } catch (error) {
      this.#opening--;
      const cause: Unreachable['cause'] =
        error instanceof SessionError
          ? error.result
          : { kind: 'lost', reason: String(error), bodyEnded: false };
      const others = this.#busy + this.#idle.length + this.#opening;
      if (others > 0 && !isLoginTrouble(cause)) {
        // It talks to us on other connections, or may yet: it just gives no more of them.
        this.#ceiling = others;
        this.#ceilingUntil = performance.now() + CEILING_MS;
        return;
      }
      this.#pauseFor(cause);
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
    session.onEnd = () => this.#drop(session);
    const timer = setTimeout(() => this.#drop(session).quit(), this.options.timeouts.idle);
    timer.unref();
    this.#idleTimers.set(session, timer);
    this.#idle.push(session);
  }

  #drop(session: SmtpSession): SmtpSession {
    clearTimeout(this.#idleTimers.get(session));
    this.#idleTimers.delete(session);
    const at = this.#idle.lastIndexOf(session);
    if (at >= 0) this.#idle.splice(at, 1);
    return session;
  }

  #release(session: SmtpSession): void {
    this.#inUse.delete(session);
    this.#keep(session);
    this.#pump();
  }

  /** What an attempt says about the relay itself. */
  #learn(result: SmtpResult): void {
    if (result.kind === 'accepted') return this.#recovered();
    if (result.kind === 'impossible') return;
    if (result.kind === 'refused') {
      const { code, enhanced, text } = result.reply;
      const { fault } = classifyReply(result.stage, code, enhanced, text);
      if (fault === 'relay' && performance.now() >= this.#quietUntil) {
        this.#quietUntil = performance.now() + LOG_EVERY_MS;
        this.logger.warn({ relay: this.name, stage: result.stage, reply: text }, 'the relay refuses us');
      }
      if (code !== 421) return this.#recovered();
    }
    this.#failures++;
    if (this.#failures >= FAILURES_BEFORE_PAUSE) this.#pauseFor(result);
  }

  #recovered(): void {
    if (this.#pausedUntil > 0) this.logger.info({ relay: this.name }, 'the relay answers again');
    this.#failures = 0;
    this.#pausedUntil = 0;
  }

  #hangUpIdle(): void {
    for (const session of [...this.#idle]) this.#drop(session).quit();
  }

  #pauseFor(cause: Unreachable['cause']): void {
    // Several connections failing together are one failure.
    if (this.pause > 0) return;
    const { backoff, longestBackoff } = this.options.timeouts;
    this.#failures = Math.max(this.#failures, 1);
    // A wrong password does not mend itself, and trying it often gets us locked out.
    const first = isLoginTrouble(cause) ? backoff * 30 : backoff;
    const longest = isLoginTrouble(cause) ? longestBackoff * 5 : longestBackoff;
    const wait = Math.min(first * 2 ** Math.min(this.#failures - 1, 16), longest);
    this.#pausedUntil = performance.now() + wait * (0.8 + Math.random() * 0.4);
    this.#failures++;
    const reason = cause.kind === 'refused' ? cause.reply.text : cause.reason;
    this.logger.warn(
      { relay: this.name, seconds: Math.round(wait / 1000), reason },
      'the relay is left alone',
    );
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

function isLoginTrouble(cause: Unreachable['cause']): boolean {
  return cause.kind === 'refused' && cause.stage === 'login';
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
