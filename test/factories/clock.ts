import { Clock } from '#common';

/** A clock that stands still until a test moves it. */
export class TestClock extends Clock {
  constructor(private time = new Date('2026-11-21T09:00:00Z')) {
    super();
  }

  now(): Date {
    return new Date(this.time);
  }

  set(time: string | Date): void {
    this.time = new Date(time);
  }

  advance(milliseconds: number): void {
    this.time = new Date(this.time.getTime() + milliseconds);
  }
}
