import { type SlotRefusal } from '../../slots.js';
import { type SendPermit } from '../../transport.js';
import { type ApiHealth } from './api-health.js';

/** Where messages wait while an API is left alone. After that one goes in by itself; its answer lets in the others. */
export class WaitingRoom {
  #inside = 0;
  #waiting = 0;
  #closed = false;
  readonly #wakers = new Set<() => void>();

  constructor(private readonly health: ApiHealth) {}

  /**
   * Waits until the API may be asked. Whoever was let in, and whoever was not, calls `leave` at the end.
   * @returns null: ask now; else why not
   */
  async enter(deadline: number, permit: SendPermit | undefined): Promise<SlotRefusal | null> {
    this.#inside++;
    this.#waiting++;
    let isWithdrawn = false;
    // Whether it may begin is asked when it does, and not here: who says yes to that takes it for begun.
    const stopListening = permit?.onWithdrawn(() => {
      isWithdrawn = true;
      this.#wake();
    });
    try {
      for (;;) {
        if (this.#closed) return 'closed';
        if (isWithdrawn) return 'withdrawn';
        const { pause, isSuspect } = this.health;
        const isAnotherAsking = isSuspect && this.#inside > this.#waiting;
        if (pause === 0 && !isAnotherAsking) return null;
        const left = deadline - performance.now();
        if (left <= 0 || pause > left) return 'late';
        await this.#sleep(pause > 0 ? pause + 1 : left);
      }
    } finally {
      stopListening?.();
      this.#waiting--;
    }
  }

  leave(): void {
    this.#inside--;
    this.#wake();
  }

  /** Nobody who waits goes in any more. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#wakers.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }
}
