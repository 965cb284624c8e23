import { type SendPermit } from './transport.js';

export type SlotRefusal = 'late' | 'withdrawn' | 'closed';

interface Waiter<Slot> {
  give: (slot: Slot) => void;
  refuse: (why: SlotRefusal) => void;
}

/** A few things that one message each may use at a time; who comes later waits in line. */
export class Slots<Slot> {
  readonly #free: Slot[];
  readonly #all: number;
  readonly #waiters: Waiter<Slot>[] = [];
  #closed = false;
  #whenAllFree: () => void = () => undefined;
  #end: Promise<void> | null = null;

  constructor(slots: readonly Slot[]) {
    // The one used last is used next: its connection is the least likely to have been closed meanwhile.
    this.#free = [...slots];
    this.#all = slots.length;
  }

  get #busy(): number {
    return this.#all - this.#free.length;
  }

  /** Waits at most so long, and no longer than the permit lasts. Never rejects. */
  take(patienceMs: number, permit: SendPermit | undefined): Promise<Slot | SlotRefusal> {
    if (this.#closed) return Promise.resolve('closed');
    const free = this.#free.pop();
    if (free !== undefined) return Promise.resolve(free);
    return new Promise(resolve => {
      const end = (outcome: Slot | SlotRefusal): void => {
        clearTimeout(timer);
        stopListening?.();
        const at = this.#waiters.indexOf(waiter);
        if (at >= 0) this.#waiters.splice(at, 1);
        resolve(outcome);
      };
      const waiter: Waiter<Slot> = { give: end, refuse: end };
      const timer = setTimeout(() => end('late'), patienceMs);
      this.#waiters.push(waiter);
      const stopListening = permit?.onWithdrawn(() => end('withdrawn'));
    });
  }

  give(slot: Slot): void {
    const next = this.#waiters[0];
    if (next) {
      next.give(slot);
      return;
    }
    this.#free.push(slot);
    if (this.#busy === 0) this.#whenAllFree();
  }

  /** Refuses who waits and who comes, and resolves once the last one is given back. */
  close(): Promise<void> {
    this.#closed = true;
    for (const { refuse } of [...this.#waiters]) refuse('closed');
    this.#end ??= new Promise(resolve => {
      if (this.#busy === 0) resolve();
      else this.#whenAllFree = resolve;
    });
    return this.#end;
  }
}
