import { Clock } from '#common';

/** The real time, put forward: the demo shows in seconds what takes weeks. It never goes back, for nothing that was written does. */
export class ShiftedClock extends Clock {
  #aheadMs = 0;

  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  advance(milliseconds: number): void {
    this.#aheadMs += milliseconds;
  }
}
