import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '#common';
import { bottleneck, formula, type Setup } from './model.js';
import { simulate } from './simulate.js';

/** What was measured, and where: refreshed by hand after `npm run bench -- costs` and `npm run bench -- email`. */
interface Measured {
  machine: string;
  costs: Omit<Setup, 'messages' | 'workers' | 'rttMs' | 'relayMs' | 'lanes'>;
  points: (Pick<Setup, 'messages' | 'workers' | 'rttMs' | 'relayMs'> &
    Partial<Setup> & { what: string; seconds: number })[];
}

const BEGIN = '<!-- simulated: begin (npm run simulate -- --write) -->';
const END = '<!-- simulated: end -->';
const FREE = [{ share: 1, perSecond: Infinity }];

/** `npm run simulate [-- --write] [--seed n]`: the tables of docs/scaling.md. */
function main(): void {
  const { values } = parseArgs({
    options: { write: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
  });
  const options = { seed: Number(values.seed), jitter: 0.2 };
  const measured = JSON.parse(
    readFileSync(join(projectRoot(), 'test/bench/simulation/measured.json'), 'utf8'),
  ) as Measured;
  const text = [pointsTable(measured, options), forecastTable(measured, options)].join('\n\n');
  if (!values.write) {
    process.stdout.write(`${text}\n`);
    return;
  }
  const file = join(projectRoot(), 'docs/scaling.md');
  const before = readFileSync(file, 'utf8');
  const [from, to] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/scaling.md lost its marks "${BEGIN}" and "${END}".`);
  writeFileSync(file, `${before.slice(0, from + BEGIN.length)}\n\n${text}\n\n${before.slice(to)}`);
}

type Options = { seed: number; jitter: number };

function pointsTable({ machine, costs, points }: Measured, options: Options): string {
  if (points.length === 0) return `No measured points yet (${machine}).`;
  const rows = points.map(({ what, seconds, ...point }) => {
    const played = simulate({ ...costs, lanes: FREE, ...point }, options).seconds;
    return [what, `${seconds.toFixed(1)} s`, `${played.toFixed(1)} s`, percent(played / seconds - 1)];
  });
  return [`Measured points (${machine}):`, table(['What', 'Measured', 'Simulated', 'Apart'], rows)].join(
    '\n\n',
  );
}

function forecastTable({ costs }: Measured, options: Options): string {
  const rows: string[][] = [];
  const near = { rttMs: 0.2, relayMs: 1, lanes: FREE };
  const far = { rttMs: 20, relayMs: 5, lanes: FREE };
  const quota = [
    { share: 0.5, perSecond: 2000 },
    { share: 0.2, perSecond: 1000 },
    { share: 0.3, perSecond: Infinity },
  ];
  const add = (what: string, change: Partial<Setup> & Pick<Setup, 'messages' | 'workers'>): void => {
    const setup = { ...costs, ...near, ...change } as Setup;
    const { seconds, perSecond, databaseBusy, workersBusy } = simulate(setup, options);
    rows.push([
      ...[what, millions(setup.messages), String(setup.workers), String(setup.databaseCores)],
      ...[duration(formula(setup)), duration(seconds), Math.round(perSecond).toLocaleString('en')],
      ...[percent(databaseBusy), percent(workersBusy), bottleneck(setup)],
    ]);
  };
  const sizes = [1e5, 1e6, 1e7, 1e8];
  for (const messages of sizes) add('near relay', { messages, workers: 1 });
  for (const workers of [2, 4, 8, 20]) add('near relay', { messages: 1e8, workers });
  for (const databaseCores of [8, 16, 32])
    add('near relay, larger database', { messages: 1e8, workers: 20, databaseCores });
  add('larger batches (200)', { messages: 1e8, workers: 20, databaseCores: 16, batch: 200 });
  for (const connections of [8, 20, 100])
    add(`20 ms away, ${connections} connections`, {
      ...far,
      messages: 1e7,
      workers: 8,
      databaseCores: 16,
      connections,
      runners: 8,
    });
  add('quotas: half at 2,000/s, a fifth at 1,000/s', {
    messages: 1e7,
    workers: 20,
    databaseCores: 32,
    lanes: quota,
  });
  return [
    `Simulated, with these costs: ${Object.entries(costs)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}:`,
    table(
      [
        'What',
        'Messages',
        'Workers',
        'DB cores',
        'Formula',
        'Simulated',
        'A second',
        'DB busy',
        'Workers busy',
        'Limit',
      ],
      rows,
    ),
  ].join('\n\n');
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n');
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const millions = (messages: number): string =>
  messages >= 1e6 ? `${messages / 1e6} M` : `${messages / 1e3} k`;

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(0)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

main();
