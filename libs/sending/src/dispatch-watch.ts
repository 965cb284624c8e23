import { Inject, Injectable } from '@nestjs/common';
import { Clock, LOGGER, type Logger } from '#common';
import { BatchHold } from './batch-hold.js';
import { type Lease } from './chunk.repository.js';
import { type Dispatch } from './dispatch.js';
import { HaltRepository, type Halted } from './halt.repository.js';

/** How often PostgreSQL is asked while a batch is in the air, in milliseconds. */
const ASK_EVERY_MS = 200;

/**
 * Watches the dispatches whose batches are in the air, one for the whole process: what was paused or cancelled
 * meanwhile is held back, and whoever paused learns that it was heeded. One statement each time, whatever the number of
 * runners; none while nothing is in the air.
 */
@Injectable()
export class DispatchWatch {
  readonly #holds = new Set<BatchHold>();
  readonly #heeded = new WeakSet<BatchHold>();
  #timer: NodeJS.Timeout | undefined;
  #asking = false;

  constructor(
    private readonly halts: HaltRepository,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** A batch that was just allowed; `leave` when all its outcomes are here. */
  enter(lease: Lease, { notAfter }: Pick<Dispatch, 'notAfter'>): BatchHold {
    const hold = new BatchHold(lease, notAfter, () => this.clock.now());
    this.#holds.add(hold);
    this.#timer ??= setInterval(() => void this.#ask(), ASK_EVERY_MS).unref();
    return hold;
  }

  leave(hold: BatchHold): void {
    this.#holds.delete(hold);
  }

  async #ask(): Promise<void> {
    if (this.#holds.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    // What waits for a connection need not wait until after its "not later than".
    for (const hold of this.#holds) if (hold.isOver) hold.halt();
    if (this.#asking) return;
    this.#asking = true;
    // Batches that enter from here on were allowed after what this statement sees.
    const holds = [...this.#holds];
    try {
      const halted = await this.halts.halted([...new Set(holds.map(hold => hold.lease.dispatchId))]);
      if (halted.length > 0) await this.#hold(holds, new Map(halted.map(one => [one.dispatchId, one])));
    } catch (error) {
      this.logger.warn({ err: error }, 'whether dispatches were paused could not be asked; asking again');
    } finally {
      this.#asking = false;
    }
  }

  async #hold(holds: readonly BatchHold[], halted: ReadonlyMap<number, Halted>): Promise<void> {
    const told = [];
    for (const hold of holds) {
      const halt = halted.get(hold.lease.dispatchId);
      if (!halt) continue;
      hold.halt();
      if (!this.#heeded.has(hold)) told.push({ hold, moves: halt.moves, onWire: hold.onWire });
    }
    const heard = await this.halts.heed(
      told.map(({ hold, moves, onWire }) => ({ lease: hold.lease, moves, onWire })),
    );
    for (const { hold } of told) if (heard.has(hold.lease.chunkId)) this.#heeded.add(hold);
  }
}
