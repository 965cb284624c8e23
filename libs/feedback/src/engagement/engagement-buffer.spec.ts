import { jest } from '@jest/globals';
import { EngagementBuffer } from './engagement-buffer.js';

const limits = { most: 10, batch: 4, waitMs: 20, rest: 1, retryMs: 10, longestRetryMs: 40 };

/** What writes, by hand: each call waits until it is told how it ended. */
class Writer {
  readonly calls: { items: number[]; end: (error?: Error) => void }[] = [];
  readonly failures: number[] = [];
  readonly buffer = new EngagementBuffer<number>(
    items =>
      new Promise((resolve, reject) => {
        this.calls.push({ items: [...items], end: error => (error ? reject(error) : resolve()) });
      }),
    limits,
    (_error, failures) => this.failures.push(failures),
  );

  async call(nth: number): Promise<{ items: number[]; end: (error?: Error) => void }> {
    for (let tries = 0; tries < 500; tries++) {
      const call = this.calls[nth];
      if (call) return call;
      await jest.advanceTimersByTimeAsync(1);
    }
    throw new Error(`Write ${nth} never came.`);
  }
}

const away = new Error('PostgreSQL is away');

describe('the buffer of opens and clicks', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('writes what came together, in order, after a moment', async () => {
    const writer = new Writer();
    for (const item of [1, 2, 3]) expect(writer.buffer.add(item)).toBe(true);
    expect(writer.calls).toHaveLength(0);
    const first = await writer.call(0);
    expect(first.items).toEqual([1, 2, 3]);
    first.end();
  });

  it('writes one batch after another, and never two at a time', async () => {
    const writer = new Writer();
    for (const item of [1, 2, 3, 4, 5, 6]) writer.buffer.add(item);
    const first = await writer.call(0);
    expect(first.items).toEqual([1, 2, 3, 4]);
    await jest.advanceTimersByTimeAsync(3 * limits.waitMs);
    expect(writer.calls).toHaveLength(1);
    first.end();
    const second = await writer.call(1);
    expect(second.items).toEqual([5, 6]);
    second.end();
  });

  it('keeps what could not be written up to its bound, refuses more, and loses nothing of what it took', async () => {
    const writer = new Writer();
    const taken = Array.from({ length: 14 }, (_, item) => writer.buffer.add(item));
    expect(taken).toEqual([...Array<boolean>(10).fill(true), ...Array<boolean>(4).fill(false)]);
    for (let tries = 0; tries < 3; tries++) (await writer.call(tries)).end(away);
    const again = await writer.call(3);
    expect(again.items).toEqual([0, 1, 2, 3]);
    expect(writer.failures).toEqual([1, 2, 3]);
    // What is being written counts too: there is no room yet.
    expect(writer.buffer.add(99)).toBe(false);
    again.end();
    (await writer.call(4)).end();
    (await writer.call(5)).end();
    expect(writer.calls.slice(3).flatMap(({ items }) => items)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(writer.buffer.add(100)).toBe(true);
    (await writer.call(6)).end();
  });

  it('does not try more often because more comes while writing fails', async () => {
    const writer = new Writer();
    writer.buffer.add(1);
    (await writer.call(0)).end(away);
    for (let item = 2; item < 9; item++) writer.buffer.add(item);
    await jest.advanceTimersByTimeAsync(0);
    expect(writer.calls).toHaveLength(1);
    (await writer.call(1)).end();
    (await writer.call(2)).end();
  });

  it('rests after a full batch for as long as that took, unless more than half of its room is taken', async () => {
    const writer = new Writer();
    for (let item = 0; item < 9; item++) writer.buffer.add(item);
    const first = await writer.call(0);
    await jest.advanceTimersByTimeAsync(100);
    first.end();
    await jest.advanceTimersByTimeAsync(99);
    expect(writer.calls).toHaveLength(1);
    const second = await writer.call(1);
    for (let item = 9; item < 14; item++) writer.buffer.add(item);
    await jest.advanceTimersByTimeAsync(100);
    second.end();
    await jest.advanceTimersByTimeAsync(1);
    expect(writer.calls).toHaveLength(3);
    writer.calls[2]?.end();
    (await writer.call(3)).end();
  });

  it('is drained at the end: at once, again after a failure, and not for ever', async () => {
    const writer = new Writer();
    writer.buffer.add(1);
    const drained = writer.buffer.drain(5_000);
    (await writer.call(0)).end(away);
    (await writer.call(1)).end();
    expect(await drained).toBe(0);

    const hung = new Writer();
    hung.buffer.add(1);
    hung.buffer.add(2);
    const left = hung.buffer.drain(50);
    await jest.advanceTimersByTimeAsync(50);
    expect(await left).toBe(2);
    (await hung.call(0)).end();
  });
});
