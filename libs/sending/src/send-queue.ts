import { type Settlement } from './settlement.js';

/**
 * What was allowed and is on its way out: up to `width` messages at the same time, the others in their turn. Outcomes
 * gather until they are taken, to be settled.
 */
export class SendQueue<Item> {
  #waiting: Item[] = [];
  #underWay = 0;
  #results: Settlement[] = [];
  #onChange: () => void = () => undefined;

  /** @param failed what to settle of one whose `send` rejected: it must not take the others with it. */
  constructor(
    private readonly width: number,
    private readonly send: (item: Item) => Promise<Settlement>,
    private readonly failed: (item: Item, error: unknown) => Settlement,
  ) {}

  /** Allowed and without an outcome. */
  get outstanding(): number {
    return this.#waiting.length + this.#underWay;
  }

  get hasResults(): boolean {
    return this.#results.length > 0;
  }

  push(items: readonly Item[]): void {
    this.#waiting.push(...items);
    this.#begin();
  }

  /** The outcomes that came since the last time. */
  takeResults(): Settlement[] {
    return this.#results.splice(0);
  }

  /** Resolves once no more than so many are outstanding. */
  async until(most: number): Promise<void> {
    while (this.outstanding > most) await new Promise<void>(resolve => (this.#onChange = resolve));
  }

  /** What has not begun shall not: `held` says what to settle of it. Resolves when what has begun is over. */
  async holdBack(held: (item: Item) => Settlement): Promise<void> {
    this.#results.push(...this.#waiting.splice(0).map(held));
    await this.until(0);
  }

  #begin(): void {
    while (this.#underWay < this.width) {
      const item = this.#waiting.shift();
      if (item === undefined) return;
      this.#underWay++;
      void this.send(item)
        .catch((error: unknown) => this.failed(item, error))
        .then(result => {
          this.#results.push(result);
          this.#underWay--;
          // Answers that are here already go first, so that no connection waits while the next mail is being made.
          setImmediate(() => {
            this.#begin();
            this.#onChange();
          });
        });
    }
  }
}
