import { openSync } from 'node:fs';
import { ClaimWatch } from '../claim-watch.js';
import { type Fault, fault } from '../fault.js';
import { pause, type Trial } from '../trial.js';

/** A crashed worker's chunk goes on within its lease and this. */
const GOES_ON_MS = 5000;

/** Ends workers at random moments, spread over the whole campaign, and replaces each. @returns how many */
async function endAtRandom(
  trial: Trial,
  times: number,
  end: () => Promise<unknown>,
  atEachPoll?: () => Promise<unknown>,
): Promise<number> {
  const share = trial.number('people') / (times + 1);
  for (let ended = 0; ended < times; ended++) {
    const moment = Math.floor((ended + 0.3 + trial.random()) * share);
    if (!(await trial.untilAttempted(moment, atEachPoll))) return ended;
    // Not always right after a poll: any phase of a batch.
    await pause(trial.random() * 50);
    await end();
    trial.start();
    trial.say(`${ended + 1} of ${times}, at ${trial.sink.taken.length} mails`);
  }
  return times;
}

const killWorker: Fault = fault({
  name: 'kill-worker',
  about: 'kill -9 of a random worker at random moments, --kills (20) times, each replaced',
  options: { kills: '20' },
  short: { people: '1500', kills: '3', lease: '2', batch: '20' },
  play: async trial => {
    const watch = new ClaimWatch(trial.database.db, () => trial.hasWorker);
    const look = (): Promise<void> => watch.look();
    trial.start(trial.number('workers'));
    const kills = await endAtRandom(
      trial,
      trial.number('kills'),
      async () => {
        await trial.end(trial.anyWorker(), 'SIGKILL');
        await watch.killed();
      },
      look,
    );
    const bound = trial.number('lease') * 1000 + GOES_ON_MS;
    const result = await trial.finish(
      kills * trial.unknownPerWorker,
      {},
      {
        'every kill came while it was sending': kills === trial.number('kills'),
      },
      look,
    );
    const broken = result['broken'] as string[];
    if (watch.longestUntilFree > bound) broken.push(`a crashed worker's chunk is free within ${bound} ms`);
    // Where every runner has its hands full, it is the next that one of them takes.
    if (watch.longestUntilClaimed > bound + watch.longestWork)
      broken.push(`a crashed worker's chunk is next`);
    return {
      ...{ kills, unknown_per_kill: trial.unknownPerWorker, claimed_again: watch.claimedAgain },
      longest_until_free_ms: Math.round(watch.longestUntilFree),
      longest_until_claimed_ms: Math.round(watch.longestUntilClaimed),
      longest_work_on_a_chunk_ms: Math.round(watch.longestWork),
      free_bound_ms: bound,
      ...result,
    };
  },
});

const sigterm: Fault = fault({
  name: 'sigterm',
  about: 'SIGTERM to a random worker, --stops (20) times, each replaced; nothing may be unknown',
  options: { stops: '20' },
  short: { people: '1000', stops: '2', batch: '20' },
  play: async trial => {
    const clean: boolean[] = [];
    trial.start(trial.number('workers'));
    const stops = await endAtRandom(trial, trial.number('stops'), async () => {
      clean.push(await trial.end(trial.anyWorker(), 'SIGTERM'));
    });
    return trial.finish(
      0,
      { stops },
      {
        'every worker ended with 0': clean.every(Boolean),
        'every stop came while it was sending': stops === trial.number('stops'),
      },
    );
  },
});

/** What libs/sending gives messages that have not begun when a stop is asked for, and a little for the rest. */
const STOP_PATIENCE_MS = 5000 + 4000;

const sigtermSlowRelay: Fault = fault({
  name: 'sigterm-slow-relay',
  about:
    'SIGTERM while a relay takes so long for each mail that a batch would outlast the stop; --stops (2) times',
  options: {
    stops: '2',
    people: '500',
    workers: '1',
    connections: '1',
    runners: '1',
    batch: '100',
    delay: '800',
    lease: '60',
  },
  short: { people: '150', stops: '1', batch: '30', delay: '400' },
  play: async trial => {
    const stops = trial.number('stops');
    for (let done = 0; done < stops; done++) {
      const worker = trial.start();
      const taken = trial.sink.taken.length;
      if (!(await trial.untilTaken(taken + 2))) break;
      await trial.end(worker, 'SIGTERM');
      trial.say(`${done + 1} of ${stops}, at ${trial.sink.taken.length} mails`);
    }
    trial.sink.delay = 0;
    const isQuick = trial.longestStopMs <= STOP_PATIENCE_MS + trial.number('delay');
    const longest = Math.round(trial.longestStopMs);
    trial.start();
    const promises = { 'a stop waits for no whole batch': isQuick };
    const result = await trial.finish(0, { stops }, promises, () => trial.hasten());
    return { ...result, longest_stop_ms: longest };
  },
});

const freezeWorker: Fault = fault({
  name: 'freeze-worker',
  about: 'SIGSTOP of a worker beyond its lease, then SIGCONT, while another goes on; --freezes (5) times',
  options: { freezes: '5', beyond: '2' },
  short: { people: '800', freezes: '1', lease: '2', beyond: '0.5', batch: '20', delay: '10' },
  play: async trial => {
    const freezes = trial.number('freezes');
    const beyond = (trial.number('lease') + trial.number('beyond')) * 1000;
    let reaped = 0;
    trial.start(trial.number('workers'));
    for (let frozen = 0; frozen < freezes; frozen++) {
      const share = trial.number('people') / (freezes + 1);
      if (!(await trial.untilTaken(Math.floor((frozen + 0.3 + trial.random()) * share)))) break;
      const sleeper = trial.anyWorker();
      sleeper.kill('SIGSTOP');
      const wakesAt = performance.now() + beyond;
      await trial.until(() => performance.now() >= wakesAt);
      reaped = Math.max(reaped, (await trial.poll())?.unknown ?? 0);
      sleeper.kill('SIGCONT');
      trial.say(`${frozen + 1} of ${freezes}, at ${trial.sink.taken.length} mails`);
    }
    // What the sleeper provably had not sent waits for its retry.
    const hasten = (): Promise<void> => trial.hasten();
    return trial.finish(
      freezes * trial.unknownPerWorker,
      { freezes, most_unknown_meanwhile: reaped },
      {},
      hasten,
    );
  },
});

const twoReapers: Fault = fault({
  name: 'two-reapers',
  about: 'several workers look every 20 ms for expired leases while others die; --kills (10) times',
  options: { kills: '10' },
  short: { people: '800', kills: '1', lease: '2', workers: '3', batch: '20' },
  play: async trial => {
    trial.start(trial.number('workers'), { SENDING_POLL_MS: '20' });
    const kills = await endAtRandom(trial, trial.number('kills'), () =>
      trial.end(trial.anyWorker(), 'SIGKILL'),
    );
    const result = await trial.finish(kills * trial.unknownPerWorker);
    return { kills, ...result };
  },
});

const diskFullLog: Fault = fault({
  name: 'disk-full-log',
  about: 'the log of the workers goes to a full device; they send, and end as they should',
  short: { people: '300', workers: '1', batch: '20', lease: '2' },
  play: async trial => {
    const full = openSync('/dev/full', 'w');
    trial.start(trial.number('workers'), { LOG_LEVEL: 'trace' }, full);
    await trial.untilTaken(trial.number('people') / 2);
    // It cannot say that it has started, but it has: it must end as any other.
    const clean = await trial.end(trial.anyWorker(), 'SIGTERM', true);
    trial.start(1, { LOG_LEVEL: 'trace' }, full);
    return trial.finish(0, {}, { 'a worker whose log is full ends with 0': clean });
  },
});

export const workerFaults: Fault[] = [
  killWorker,
  sigterm,
  sigtermSlowRelay,
  freezeWorker,
  twoReapers,
  diskFullLog,
];
