import { jest } from '@jest/globals';
import { queues } from '../factories/system.js';
import { type Fault } from './fault.js';

/** A test for each of these faults in its short form; `npm run chaos` has the long one. */
export function meetInShort(faults: readonly Fault[]): void {
  // Each is seconds of work; a machine that does much else takes longer.
  jest.setTimeout(300_000);

  const expectWhole = async (one: Fault, queue: string): Promise<void> => {
    const result = await one.run({ ...one.options, ...one.short, queue }, () => undefined);
    // All of it: the numbers tell what happened.
    if ((result['broken'] as string[]).length > 0) throw new Error(JSON.stringify(result, null, 2));
  };

  const onPostgres = faults.filter(one => one.options['queue'] !== 'redis');
  const onRedis = faults.filter(one => one.options['queue'] === 'redis' || one.name === 'kill-worker');
  const itWithRedis = (queues as readonly string[]).includes('redis') ? it : it.skip;

  // What each promises stands in its `broken` list.
  describe('while a campaign is being sent', () => {
    for (const one of onPostgres) {
      it(`${one.name} breaks no promise`, () => expectWhole(one, 'postgres'));
    }
    for (const one of onRedis) {
      itWithRedis(`${one.name} breaks no promise on the Redis queue (skipped without redis-server)`, () =>
        expectWhole(one, 'redis'),
      );
    }
  });
}
