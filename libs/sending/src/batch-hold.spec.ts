import { BatchHold } from './batch-hold.js';
import { type Lease } from './chunk.repository.js';

const lease = { chunkId: 1, dispatchId: 1 } as Lease;

describe('what is held back of a batch', () => {
  it('is what has not begun: a mail that began counts as on the wire until its outcome is here', () => {
    const hold = new BatchHold(lease, null, () => new Date());
    const [begun, waiting] = [hold.permit(() => true), hold.permit(() => true)];
    expect(begun.mayBegin()).toBe(true);
    // A kept connection was dead: the same mail begins anew.
    expect(begun.mayBegin()).toBe(true);
    expect(hold.onWire).toBe(1);
    hold.halt();
    expect(waiting.mayBegin()).toBe(false);
    expect(hold.onWire).toBe(1);
    begun.ended();
    waiting.ended();
    expect(hold.onWire).toBe(0);
  });

  it('is told to what waits for a connection, also when it begins to wait only then', async () => {
    const hold = new BatchHold(lease, null, () => new Date());
    const told: string[] = [];
    hold.permit(() => true).onWithdrawn(() => told.push('early'));
    hold.permit(() => true).onWithdrawn(() => told.push('never'))();
    hold.halt();
    expect(told).toEqual(['early']);
    hold.permit(() => true).onWithdrawn(() => told.push('late'));
    await Promise.resolve();
    expect(told).toEqual(['early', 'late']);
  });

  it('is everything once "not later than" has passed by the clock, or the permission has grown old', () => {
    let now = 1000;
    let isFresh = true;
    const hold = new BatchHold(lease, new Date(1500), () => new Date(now));
    const permit = hold.permit(() => isFresh);
    now = 1500;
    expect(permit.mayBegin()).toBe(true);
    isFresh = false;
    expect(permit.mayBegin()).toBe(false);
    isFresh = true;
    now = 1501;
    expect(hold.isOver).toBe(true);
    expect(permit.mayBegin()).toBe(false);
  });
});
