import { queues } from '../factories/system.js';
import { faults } from './faults/index.js';

/** Every fault in its short form; `npm run chaos` has the long one. What each promises stands in its `broken` list. */
describe('while a campaign is being sent', () => {
  const say = (): void => undefined;

  it.each(faults.filter(one => one.options['queue'] !== 'redis'))('$name breaks no promise', async one => {
    const result = await one.run({ ...one.options, ...one.short, queue: 'postgres' }, say);
    expect(result).toMatchObject({ broken: [] });
  });

  const onRedis = faults.filter(one => one.options['queue'] === 'redis' || one.name === 'kill-worker');
  const itWithRedis = (queues as readonly string[]).includes('redis') ? it : it.skip;
  for (const one of onRedis) {
    itWithRedis(`${one.name} breaks no promise on the Redis queue (skipped without redis-server)`, async () => {
      const result = await one.run({ ...one.options, ...one.short, queue: 'redis' }, say);
      expect(result).toMatchObject({ broken: [] });
    });
  }
});
