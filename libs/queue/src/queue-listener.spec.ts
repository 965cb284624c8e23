import { EventEmitter } from 'node:events';
import { jest } from '@jest/globals';
import { type Worker } from 'bullmq';
import { createLogger } from '#common';
import { QueueListener } from './queue-listener.js';

/** As BullMQ's worker fails when its connections break in the making: again and again, until it is closed. */
class StormingWorker extends EventEmitter {
  closedBy: unknown = undefined;
  errors = 0;

  storm(most: number): void {
    while (this.closedBy === undefined && this.errors < most) {
      this.errors++;
      this.emit('error', new Error('Connection terminated unexpectedly'));
    }
  }

  async close(force?: boolean): Promise<void> {
    this.closedBy = force ?? false;
  }
}

describe('a queue that fails', () => {
  const made: StormingWorker[] = [];
  let listener: QueueListener;

  beforeEach(() => {
    jest.useFakeTimers();
    made.length = 0;
    listener = new QueueListener(
      'sending',
      () => {
        const worker = new StormingWorker();
        made.push(worker);
        return worker as unknown as Worker;
      },
      createLogger('silent'),
    );
    listener.start();
  });
  afterEach(() => jest.useRealTimers());

  it('at once and always is put down by force after a burst, and tried anew a little later', () => {
    made[0]!.storm(100_000);
    expect(made[0]!.errors).toBeLessThan(100);
    expect(made[0]!.closedBy).toBe(true);
    expect(made).toHaveLength(1);
    jest.advanceTimersByTime(5000);
    expect(made).toHaveLength(2);
    made[1]!.storm(100_000);
    expect(made[1]!.closedBy).toBe(true);
  });

  it('now and then is left to wait by itself', () => {
    for (let n = 0; n < 100; n++) {
      made[0]!.emit('error', new Error('connect ECONNREFUSED'));
      jest.advanceTimersByTime(500);
    }
    expect(made[0]!.closedBy).toBeUndefined();
    expect(made).toHaveLength(1);
  });

  it('is not tried anew once the worker stops', async () => {
    made[0]!.storm(100_000);
    await listener.stop(1000);
    jest.advanceTimersByTime(60_000);
    expect(made).toHaveLength(1);
  });
});
