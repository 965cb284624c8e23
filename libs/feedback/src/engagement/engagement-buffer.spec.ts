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
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    throw new Error(`Write ${nth} never came.`);
  }
}

const away = new Error('PostgreSQL is away');

describe('the buffer of opens and clicks', () => {
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
    await new Promise(resolve => setTimeout(resolve, 3 * limits.waitMs));
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
    await new Promise(resolve => setImmediate(resolve));
    expect(writer.calls).toHaveLength(1);
    (await writer.call(1)).end();
    (await writer.call(2)).end();
  });

  it('rests after a full batch for as long as that took, unless more than half of its room is taken', async () => {
    const writer = new Writer();
    for (let item = 0; item < 9; item++) writer.buffer.add(item);
    const first = await writer.call(0);
    await new Promise(resolve => setTimeout(resolve, 100));
    const began = performance.now();
    first.end();
    const second = await writer.call(1);
    expect(performance.now() - began).toBeGreaterThan(90);
    for (let item = 9; item < 14; item++) writer.buffer.add(item);
    await new Promise(resolve => setTimeout(resolve, 100));
    const again = performance.now();
    second.end();
    (await writer.call(2)).end();
    expect(performance.now() - again).toBeLessThan(80);
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
    expect(await hung.buffer.drain(50)).toBe(2);
    (await hung.call(0)).end();
  });
});
