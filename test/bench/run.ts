import { parseArgs } from 'node:util';
import { addressKeysBench } from './address-keys.bench.js';
import { type Bench } from './bench.js';
import { emailBench, latencyBench } from './email.bench.js';
import { freezeBench } from './freeze.bench.js';
import { gateBench } from './gate.bench.js';
import { memoryBench } from './memory.bench.js';
import { segmentsBench } from './segments.bench.js';

const benches: Bench[] = [
  ...[addressKeysBench, emailBench, freezeBench, gateBench, latencyBench, memoryBench, segmentsBench],
];

/** `npm run bench -- NAME [--json] [--option value]`: figures from one run on this machine, as ratios where that can be. */
async function main(): Promise<number> {
  const [name, ...rest] = process.argv.slice(2);
  const bench = benches.find(one => one.name === name);
  if (!bench || rest.includes('--help')) {
    print('npm run bench -- NAME [--json] [--option value]\n');
    for (const { name, about, options } of benches) {
      print(`  ${name}  ${about}`);
      for (const [option, value] of Object.entries(options)) print(`      --${option} (${value})`);
    }
    return name === undefined || name === '--help' || bench ? 0 : 2;
  }
  const { values } = parseArgs({
    args: rest,
    options: {
      json: { type: 'boolean', default: false },
      ...Object.fromEntries(Object.keys(bench.options).map(option => [option, { type: 'string' as const }])),
    },
  });
  const started = performance.now();
  const say = (what: string): void => {
    process.stderr.write(`  ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${what}\n`);
  };
  const given = values as Record<string, string | boolean>;
  const result = await bench.run({ ...bench.options, ...(given as Record<string, string>) }, say);
  print(given['json'] === true ? JSON.stringify(result) : JSON.stringify(result, null, 2));
  return 0;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main();
