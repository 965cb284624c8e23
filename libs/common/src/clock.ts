/** The time, injected, so that a test can move it. Everything that asks "now?" asks a Clock. */
export abstract class Clock {
  abstract now(): Date;
}

export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }
}
