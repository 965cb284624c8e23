import { type Logger } from '#common';
import { type Timeouts } from './relay-options.js';
import { classifyReply, type SmtpFailure, type SmtpResult } from './smtp-reply.js';

/** Attempts that fail in a row, on a relay that answers, before it is left alone for a while. */
const FAILURES_BEFORE_PAUSE = 3;
/** Least time between two log lines about the same trouble, in milliseconds. */
const LOG_EVERY_MS = 10_000;

/** What we think of a relay: whether to ask it now, and when to ask again. Durations are monotonic, not of the clock. */
export class RelayHealth {
  #failures = 0;
  #pauses = 0;
  #pausedUntil = 0;
  #quietUntil = 0;

  constructor(
    private readonly relay: string,
    private readonly timeouts: Timeouts,
    private readonly logger: Logger,
  ) {}

  /** Milliseconds until the relay may be asked again; 0 when it may be asked now. */
  get pause(): number {
    return Math.max(0, this.#pausedUntil - performance.now());
  }

  /** It failed the last time: one connection is enough to see whether it is back. */
  get isSuspect(): boolean {
    return this.#failures + this.#pauses > 0;
  }

  /** What an attempt says about the relay itself. */
  learn(result: SmtpResult): void {
    if (result.kind === 'accepted') {
      this.recovered();
      return;
    }
    if (result.kind === 'impossible') return;
    if (result.kind === 'refused') {
      const { code, enhanced, text } = result.reply;
      const { fault } = classifyReply(result.stage, code, enhanced, text);
      if (fault === 'relay' && performance.now() >= this.#quietUntil) {
        this.#quietUntil = performance.now() + LOG_EVERY_MS;
        this.logger.warn({ relay: this.relay, stage: result.stage, reply: text }, 'the relay refuses us');
      }
      // A relay that refuses is a relay that works, unless it says goodbye with it.
      if (code !== 421) {
        this.recovered();
        return;
      }
    }
    this.#failures++;
    if (this.#failures >= FAILURES_BEFORE_PAUSE) this.unreachable(result);
  }

  /** It took a mail, or refused one properly. Merely answering a connection is not enough. */
  recovered(): void {
    if (this.#pauses > 0) this.logger.info({ relay: this.relay }, 'the relay takes mail again');
    this.#failures = this.#pauses = 0;
    this.#pausedUntil = 0;
  }

  /** Leaves the relay alone: twice as long as the last time. */
  unreachable(cause: SmtpFailure): void {
    // Several connections failing together are one failure.
    if (this.pause > 0) return;
    const { backoff, longestBackoff } = this.timeouts;
    // A wrong password does not mend itself, and trying it often gets us locked out.
    const [first, longest] = isLoginTrouble(cause)
      ? [backoff * 30, longestBackoff * 5]
      : [backoff, longestBackoff];
    const wait = Math.min(first * 2 ** Math.min(this.#pauses, 16), longest);
    this.#pausedUntil = performance.now() + wait * (0.8 + Math.random() * 0.4);
    this.#pauses++;
    const reason = cause.kind === 'refused' ? cause.reply.text : cause.reason;
    this.logger.warn(
      { relay: this.relay, seconds: Math.round(wait / 1000), reason },
      'the relay is left alone',
    );
  }
}

export function isLoginTrouble(cause: SmtpFailure): boolean {
  return cause.kind === 'refused' && cause.stage === 'login';
}
