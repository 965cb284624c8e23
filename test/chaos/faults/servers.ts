import { Redis } from 'ioredis';
import { type Fault, fault } from '../fault.js';
import { pause, type Trial } from '../trial.js';

/** A connection to the trial's Redis, for the one who breaks it. */
function breaker(trial: Trial): Redis {
  if (!trial.redis) throw new Error('This fault is about Redis: --queue redis.');
  const redis = new Redis(trial.redis.url, { maxRetriesPerRequest: 1 });
  redis.on('error', () => undefined);
  return redis;
}

/** Whether a worker waits for jobs, as Redis sees it. */
async function isListenedTo(redis: Redis): Promise<boolean> {
  try {
    return String(await redis.call('CLIENT', 'LIST')).includes('cmd=bzpopmin');
  } catch {
    return false;
  }
}

const flushRedis: Fault = fault({
  name: 'flush-redis',
  about: 'FLUSHALL again and again, every --every (200) ms, while it is sending',
  options: { queue: 'redis', every: '200' },
  short: { people: '800', batch: '20', every: '50' },
  play: async trial => {
    const redis = breaker(trial);
    let flushes = 0;
    let last = 0;
    trial.start(trial.number('workers'));
    const flush = async (): Promise<void> => {
      if (performance.now() - last < trial.number('every')) return;
      last = performance.now();
      await redis.flushall();
      flushes++;
    };
    const sending = await trial.untilTaken(1, flush);
    const before = flushes;
    const result = await trial.finish(0, {}, { 'mails were sent': sending }, flush);
    redis.disconnect();
    return { flushes, flushes_while_sending: flushes - before, ...result };
  },
});

const stopRedis: Fault = fault({
  name: 'stop-redis',
  about: 'Redis is gone for --seconds (60) while it is sending, and comes back empty',
  options: { queue: 'redis', seconds: '60', delay: '30' },
  short: { people: '1000', seconds: '3', batch: '20', delay: '20' },
  play: async trial => {
    const redis = breaker(trial);
    trial.start(trial.number('workers'));
    await trial.untilTaken(Math.floor(trial.number('people') / 20));
    await trial.redis?.stop('SIGKILL');
    const taken = trial.sink.taken.length;
    trial.say(`Redis is gone at ${taken} mails`);
    const backAt = performance.now() + trial.number('seconds') * 1000;
    await trial.until(() => performance.now() >= backAt);
    // It ended meanwhile: whatever is left of the time has nothing to break.
    await pause(Math.max(0, backAt - performance.now()));
    const meanwhile = trial.sink.taken.length - taken;
    await trial.redis?.begin();
    const began = performance.now();
    trial.say(`Redis is back at ${trial.sink.taken.length} mails`);
    // BullMQ's own pause between tries is up to 20 seconds.
    while (!(await isListenedTo(redis)) && performance.now() - began < 60_000) await pause(50);
    const listening = performance.now() - began;
    const result = await trial.finish(
      0,
      { sent_meanwhile: meanwhile, listening_again_ms: Math.round(listening) },
      { 'sending went on meanwhile': meanwhile > 0, 'the workers listen again': listening < 60_000 },
    );
    redis.disconnect();
    return result;
  },
});

const restartPostgres: Fault = fault({
  name: 'restart-postgres',
  about:
    'PostgreSQL crashes (immediate stop, kill -9) and starts again while it is sending; --restarts (6) times',
  options: { restarts: '6' },
  short: { people: '1000', restarts: '2', batch: '20' },
  ownServer: true,
  play: async trial => {
    const restarts = trial.number('restarts');
    const share = trial.number('people') / (restarts + 1);
    trial.start(trial.number('workers'));
    for (let done = 0; done < restarts; done++) {
      if (!(await trial.untilTaken(Math.floor((done + 0.3 + trial.random()) * share)))) break;
      await trial.database.crash?.(done % 2 === 0 ? 'SIGQUIT' : 'SIGKILL');
      trial.say(`${done + 1} of ${restarts}, at ${trial.sink.taken.length} mails`);
    }
    // A worker that outlives the crash keeps what it knows until it can be written down: nothing has to be unknown.
    return trial.finish(0, { restarts });
  },
});

const freezePostgres: Fault = fault({
  name: 'freeze-postgres',
  about:
    'PostgreSQL hangs beyond every lease and comes back, with all that was asked of it; --freezes (4) times',
  options: { freezes: '4', beyond: '2' },
  short: { people: '600', freezes: '1', beyond: '0.5', lease: '2', batch: '20' },
  ownServer: true,
  play: async trial => {
    const freezes = trial.number('freezes');
    const share = trial.number('people') / (freezes + 1);
    trial.start(trial.number('workers'));
    for (let done = 0; done < freezes; done++) {
      if (!(await trial.untilTaken(Math.floor((done + 0.3 + trial.random()) * share)))) break;
      trial.database.signalAll?.('SIGSTOP');
      await pause((trial.number('lease') + trial.number('beyond')) * 1000);
      trial.database.signalAll?.('SIGCONT');
      trial.say(`${done + 1} of ${freezes}, at ${trial.sink.taken.length} mails`);
    }
    // Permissions that came late were not used; they are asked for again.
    return trial.finish(0, { freezes }, {}, () => trial.hasten());
  },
});

export const serverFaults: Fault[] = [flushRedis, stopRedis, restartPostgres, freezePostgres];
