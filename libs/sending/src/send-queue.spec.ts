import { SendQueue } from './send-queue.js';
import { held, type Settlement } from './settlement.js';

const settlement = (contactId: number): Settlement => held(contactId, 1, new Date(0));

describe('a queue of messages to be sent', () => {
  const open = new Map<number, () => void>();
  const queue = (width: number): SendQueue<number> =>
    new SendQueue(
      width,
      id =>
        id < 0
          ? Promise.reject(new Error('a fault of the program'))
          : new Promise(resolve => open.set(id, () => resolve(settlement(id)))),
      settlement,
    );
  const finish = async (id: number): Promise<void> => {
    open.get(id)?.();
    open.delete(id);
    // The answer's own turn, then the one in which the next begins.
    for (let turn = 0; turn < 2; turn++) await new Promise(resolve => setImmediate(resolve));
  };
  beforeEach(() => open.clear());

  it('sends as many at the same time as it is wide, in their order', async () => {
    const two = queue(2);
    two.push([1, 2, 3]);
    expect([...open.keys()]).toEqual([1, 2]);
    await finish(2);
    expect([...open.keys()]).toEqual([1, 3]);
    expect(two.outstanding).toBe(2);
    expect(two.takeResults().map(result => result.contactId)).toEqual([2]);
    expect(two.hasResults).toBe(false);
  });

  it('says when few enough are left, whether they wait or are under way', async () => {
    const one = queue(1);
    one.push([1, 2, 3]);
    let isReady = false;
    const ready = one.until(1).then(() => (isReady = true));
    await finish(1);
    expect(isReady).toBe(false);
    await finish(2);
    await ready;
    expect(one.outstanding).toBe(1);
  });

  it('settles one whose sending failed, and goes on with the others', async () => {
    const one = queue(1);
    one.push([-1, 2]);
    await finish(-1);
    expect(one.takeResults().map(result => result.contactId)).toEqual([-1]);
    await finish(2);
    await one.until(0);
    expect(one.takeResults().map(result => result.contactId)).toEqual([2]);
  });

  it('held back, begins nothing more and waits for what has begun', async () => {
    const one = queue(1);
    one.push([1, 2, 3]);
    const over = one.holdBack(settlement);
    await finish(1);
    await over;
    expect(open.size).toBe(0);
    expect(one.takeResults().map(result => result.contactId)).toEqual([2, 3, 1]);
  });
});
