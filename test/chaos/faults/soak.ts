import { type NamedRun } from '../../harness/named-runs.js';
import { commonOptions, Trial } from '../trial.js';

type Line = Record<string, unknown>;

/** Campaign after campaign on one queue, with a kill in every interval. */
async function soakOn(
  queue: string,
  minutes: number,
  options: Record<string, string>,
  say: (what: string) => void,
) {
  const trial = await Trial.open('soak', { ...options, queue }, say);
  try {
    await trial.addPeople();
    trial.start(trial.number('workers'));
    const endsAt = performance.now() + minutes * 60_000;
    const interval = trial.number('every') * 1000;
    let kills = 0;
    let nextKill = performance.now() + interval * trial.random();
    let intervalEnds = performance.now() + interval;
    const maybeKill = async (): Promise<void> => {
      const now = performance.now();
      if (now >= nextKill) {
        await trial.end(trial.anyWorker(), 'SIGKILL');
        trial.start();
        kills++;
        nextKill = Infinity;
        say(`${queue}: kill ${kills}, ${trial.sink.taken.length} mails`);
      }
      if (now < intervalEnds) return;
      intervalEnds += interval;
      nextKill = now + interval * trial.random();
    };
    const campaigns: string[] = [];
    let finished = true;
    while (finished && performance.now() < endsAt) {
      await trial.launch();
      campaigns.push(trial.campaign);
      finished = await trial.until(numbers => numbers.state === 'finished', maybeKill);
    }
    const last = await trial.finish(Infinity);
    // Only now: what arrived of an earlier campaign after its end counts too.
    const total: Record<string, number> = {};
    for (const campaign of campaigns) {
      for (const [what, n] of Object.entries(await trial.judge(campaign)))
        total[what] = (total[what] ?? 0) + n;
    }
    const bound = kills * trial.unknownPerWorker;
    const broken = last['broken'] as string[];
    for (const what of ['duplicates', 'lost', 'delivered_without_row', 'contradicted', 'misaddressed']) {
      if (total[what] !== 0) broken.push(`${what} 0`);
    }
    if ((total['unknown'] ?? 0) > bound) broken.push(`unknown at most ${bound}`);
    if (kills === 0) broken.push('something was killed');
    const line: Line = {
      ...{ queue, campaigns: campaigns.length, kills, mails: trial.sink.taken.length, ...total },
      ...{
        unknown_bound: bound,
        frozen: campaigns.length * Number(last['frozen']),
        balanced: last['balanced'],
      },
      ...{ polls: trial.polls, seconds: last['seconds'], broken: [...new Set(broken)] },
    };
    return line;
  } finally {
    await trial.close();
  }
}

export const soak: NamedRun = {
  name: 'soak',
  about:
    'campaign after campaign for --minutes (30), a kill every --every (60) seconds; half the time on each queue',
  options: { ...commonOptions, minutes: '30', every: '60', people: '5000', delay: '60', queue: 'both' },
  run: async (options, say) => {
    const queues = options['queue'] === 'both' ? ['postgres', 'redis'] : [options['queue'] as string];
    const minutes = Number(options['minutes']) / queues.length;
    const lines: Line[] = [];
    for (const queue of queues) lines.push(await soakOn(queue, minutes, options, say));
    const sum = (what: string): number => lines.reduce((total, line) => total + Number(line[what]), 0);
    const summed = [
      'campaigns',
      'kills',
      'mails',
      'duplicates',
      'lost',
      'delivered_without_row',
      'contradicted',
    ];
    return {
      name: 'soak',
      minutes: Number(options['minutes']),
      ...Object.fromEntries(
        [...summed, 'misaddressed', 'unknown', 'unknown_bound', 'frozen'].map(what => [what, sum(what)]),
      ),
      balanced: lines.every(line => line['balanced']),
      queues: lines,
      broken: lines.flatMap(line => line['broken'] as string[]),
    };
  },
};
