import { type Logger } from '#common';

/** Requests in a row of which nothing is known, before the API is left alone for a while. */
const DOUBTS_BEFORE_PAUSE = 3;
/** Least time between two log lines about the same trouble, in milliseconds. */
const LOG_EVERY_MS = 10_000;

export interface Trouble {
  /** For the log and for whoever waits: no number, no secret. */
  reply: string;
  code?: number | null;
  status?: number;
}

/**
 * What we think of an API: whether to ask it now. After a failure it is left alone, twice as long each time, and then asked by
 * one message until that was answered. Durations are monotonic, not of the clock.
 */
export class ApiHealth {
  #doubts = 0;
  #pauses = 0;
  #pausedAt = -Infinity;
  #until = 0;
  #reply = '';
  readonly #toldAt = new Map<string, number>();

  constructor(
    private readonly relay: string,
    private readonly waits: { backoff: number; longestBackoff: number },
    private readonly logger: Logger,
  ) {}

  /** Milliseconds until it may be asked again; 0 when it may be asked now. */
  get pause(): number {
    return Math.max(0, this.#until - performance.now());
  }

  /** It was left alone and has not answered since: one message is enough to see whether it is back. */
  get isSuspect(): boolean {
    return this.#pauses > 0;
  }

  /** Why it is left alone. */
  get cause(): string {
    return this.#reply;
  }

  /**
   * It answered, if only with a proper no.
   * @param begun when it was asked: what was under way when the trouble came says nothing of afterwards
   */
  answered(begun: number): void {
    this.#doubts = 0;
    if (begun < this.#pausedAt) return;
    if (this.#pauses > 0) this.logger.info({ relay: this.relay }, 'the SMS API takes messages again');
    this.#pauses = 0;
    this.#until = 0;
  }

  /** Nobody knows what became of a message: a time-out, a failure of theirs, an answer that cannot be read. */
  doubtful(trouble: Trouble): void {
    if (++this.#doubts >= DOUBTS_BEFORE_PAUSE) this.failed(trouble);
  }

  /**
   * Leaves it alone. Several failing together are one failure.
   * @param atLeastMs what it asked for itself
   * @param slower a trouble that does not mend itself, and locks us out when it is tried often
   */
  failed(trouble: Trouble, atLeastMs = 0, slower = false): void {
    const { backoff, longestBackoff } = this.waits;
    const [first, longest] = slower ? [backoff * 30, longestBackoff * 5] : [backoff, longestBackoff];
    const isNew = this.pause === 0;
    const wait = Math.min(first * 2 ** Math.min(this.#pauses - (isNew ? 0 : 1), 16), longest);
    const pause = Math.max(Math.min(atLeastMs, longestBackoff * 5), wait * (0.8 + Math.random() * 0.4));
    this.#pausedAt = performance.now();
    this.#until = Math.max(this.#until, this.#pausedAt + pause);
    this.#reply = trouble.reply;
    this.#doubts = 0;
    if (isNew) this.#pauses++;
    if (isNew) this.tell(trouble, 'the SMS API is left alone');
  }

  /** Says something to the operator, now and then. */
  tell(trouble: Trouble, message: string): void {
    const key = `${message} ${trouble.code ?? ''}`;
    if (performance.now() - (this.#toldAt.get(key) ?? -Infinity) < LOG_EVERY_MS) return;
    this.#toldAt.set(key, performance.now());
    this.logger.warn({ relay: this.relay, ...trouble, seconds: Math.ceil(this.pause / 1000) }, message);
  }
}
