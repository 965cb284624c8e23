import { type SendPermit } from '#transports';
import { type Lease } from './chunk.repository.js';

/** A permit for one mail, which also knows whether the mail is on the wire. */
export interface MailPermit extends SendPermit {
  /** Its outcome is here. */
  ended(): void;
}

/**
 * Holds back what has not begun of one batch: once its dispatch was paused or cancelled, or its "not later than"
 * passed. A mail that has begun is never cut off: what became of it would not be known.
 */
export class BatchHold {
  #halted = false;
  #onWire = 0;
  readonly #listeners = new Set<() => void>();

  /** @param notAfter of the dispatch; asked of the injected clock before each mail. */
  constructor(
    readonly lease: Lease,
    private readonly notAfter: Date | null,
    private readonly now: () => Date,
  ) {}

  /** Nothing more may begin. */
  get isOver(): boolean {
    return this.#halted || (this.notAfter !== null && this.now() > this.notAfter);
  }

  /** Mails that have begun and whose outcome is not here yet. */
  get onWire(): number {
    return this.#onWire;
  }

  /** For good: a batch that was held is not taken up again, its people are asked for anew. */
  halt(): void {
    this.#halted = true;
    for (const listener of [...this.#listeners]) listener();
    this.#listeners.clear();
  }

  /** @param isFresh whether the permission in hand still counts. */
  permit(isFresh: () => boolean): MailPermit {
    let begun = false;
    return {
      mayBegin: () => {
        if (this.isOver || !isFresh()) return false;
        if (!begun) this.#onWire++;
        begun = true;
        return true;
      },
      onWithdrawn: listener => {
        if (this.#halted) queueMicrotask(listener);
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      ended: () => {
        if (begun) this.#onWire--;
        begun = false;
      },
    };
  }
}
