import { runNamed } from '../harness/named-runs.js';
import { addressKeysBench } from './address-keys.bench.js';
import { costsBench } from './costs.bench.js';
import { emailBench, latencyBench } from './email.bench.js';
import { freezeBench } from './freeze.bench.js';
import { importBench } from './import.bench.js';
import { gateBench } from './gate.bench.js';
import { ledgerBench } from './ledger.bench.js';
import { memoryBench } from './memory.bench.js';
import { redirectBench } from './redirect.bench.js';
import { segmentsBench } from './segments.bench.js';
import { sequencesBench } from './sequences.bench.js';
import { smsBench } from './sms.bench.js';
import { withdrawBench } from './withdraw.bench.js';
import { type Bench } from './bench.js';

const benches: Bench[] = [
  addressKeysBench,
  costsBench,
  emailBench,
  freezeBench,
  gateBench,
  importBench,
  latencyBench,
  ledgerBench,
  memoryBench,
  redirectBench,
  segmentsBench,
  sequencesBench,
  smsBench,
  withdrawBench,
];

/** `npm run bench -- NAME [--json] [--option value]`: figures from one run on this machine, as ratios where that can be. */
process.exitCode = await runNamed('bench', benches);
