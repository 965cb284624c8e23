const STEP_LIMIT_MS = 60_000;

/** What was started, to be stopped again the other way round. */
export class UndoStack {
  readonly #steps: (() => Promise<void> | void)[] = [];
  #closed = false;

  /** @throws Stopped when the end has begun: whoever still starts things shall start no more. */
  goOn(): void {
    if (this.#closed) throw new Stopped();
  }

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** From now on `goOn` throws. */
  close(): void {
    this.#closed = true;
  }

  /** Undoes everything. A step that fails or hangs does not keep the others from being done. */
  async run(): Promise<void> {
    this.close();
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>(resolve => (timer = setTimeout(resolve, STEP_LIMIT_MS)));
      try {
        await Promise.race([step(), limit]);
      } catch {
        // The next start mends what is left over: a server that goes on running is found, a stale lock taken over.
      } finally {
        clearTimeout(timer);
      }
    }
  }
}

/** The start was called off. */
export class Stopped extends Error {}
