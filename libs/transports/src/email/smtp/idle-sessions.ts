import { type SmtpSession } from './smtp-session.js';

/** Connections that are kept for the next mail, for a while. */
export class IdleSessions {
  readonly #sessions: SmtpSession[] = [];
  readonly #timers = new Map<SmtpSession, NodeJS.Timeout>();

  /** @param idleMs how long one that nobody wants is kept */
  constructor(private readonly idleMs: number) {}

  get size(): number {
    return this.#sessions.length;
  }

  add(session: SmtpSession): void {
    session.onEnd = () => this.#drop(session);
    const timer = setTimeout(() => this.#drop(session).quit(), this.idleMs);
    timer.unref();
    this.#timers.set(session, timer);
    this.#sessions.push(session);
  }

  /** One that can be used; the one used last, which is the least likely to have been closed by the relay. */
  take(): SmtpSession | undefined {
    for (let session = this.#sessions.at(-1); session; session = this.#sessions.at(-1)) {
      this.#drop(session);
      if (session.usable) return session;
    }
    return undefined;
  }

  hangUp(): void {
    for (const session of [...this.#sessions]) this.#drop(session).quit();
  }

  #drop(session: SmtpSession): SmtpSession {
    clearTimeout(this.#timers.get(session));
    this.#timers.delete(session);
    const at = this.#sessions.lastIndexOf(session);
    if (at >= 0) this.#sessions.splice(at, 1);
    return session;
  }
}
