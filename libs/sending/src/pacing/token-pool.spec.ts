import { type BucketAnswer } from './token-bucket.repository.js';
import { TokenPool } from './token-pool.js';

const answer = (more: Partial<BucketAnswer>): BucketAnswer => ({
  ...{ key: 'sender:1', rate: 500, granted: 500, nextMs: 2, holders: 1, slowRate: null, slow: null, now: 0 },
  ...more,
});
const filled = (more: Partial<BucketAnswer>, want: number): TokenPool => {
  const pool = new TokenPool();
  pool.fill(answer(more), want, 0);
  return pool;
};

describe('leased tokens', () => {
  it('of a fast bucket are used in batches of a tenth of a second', () => {
    const pool = filled({}, 5000);
    expect(pool.batch).toBe(50);
    expect(pool.readyAt(1)).toBe(0);
    expect(pool.readyAt(50)).toBeCloseTo(98);
    pool.use(50);
    expect(pool.readyAt(50)).toBeCloseTo(198);
    expect(pool.renewAt).toBe(1000);
  });

  it('of a slow bucket are used one by one', () => {
    const pool = filled({ rate: 5, granted: 5 }, 1000);
    expect(pool.batch).toBe(1);
    const times = [0, 1, 2, 3, 4].map(() => {
      const at = pool.readyAt(1);
      pool.use(1);
      return at;
    });
    expect(times).toEqual([0, 200, 400, 600, 800]);
    expect([pool.left, pool.renewAt]).toEqual([0, 1000]);
  });

  it('that piled up are used as evenly as they came in, and no faster than this second brings them', () => {
    // At 10 a second: the second's worth, then what a worker that came by late got for a second and a half.
    for (const granted of [10, 15]) {
      const pool = filled({ rate: 10, granted }, 1000);
      expect(pool.batch).toBe(1);
      const times = Array.from({ length: granted }, () => {
        const at = pool.readyAt(1);
        pool.use(1);
        return at;
      });
      for (const [n, at] of times.entries()) expect(at).toBeCloseTo((n * 1000) / granted);
      expect(pool.left).toBe(0);
    }
  });

  it('are shared with the other workers', () => {
    expect(filled({ granted: 250, holders: 2 }, 5000).batch).toBe(25);
  });

  it('that were few because few were wanted are no reason to wait for others', () => {
    expect(filled({ granted: 10 }, 10).renewAt).toBe(20);
    expect(filled({ granted: 10 }, 11).renewAt).toBe(200);
  });

  it('wait for the token that comes in hours, and look every second whether the rate was changed', () => {
    const pool = filled({ rate: 1 / 3600, granted: 0, nextMs: 3_000_000 }, 10);
    expect([pool.nextAt, pool.renewAt]).toEqual([3_000_000, 1000]);
  });

  it('go back when they are not needed', () => {
    const pool = filled({}, 5000);
    pool.use(50);
    pool.spare(20);
    expect(pool.drain()).toBe(470);
    expect(pool.left).toBe(0);
  });
});
