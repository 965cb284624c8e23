import { runNamed } from '../harness/named-runs.js';
import { faults, soak } from './faults/index.js';
import { closeTrials } from './trial.js';

/**
 * `npm run chaos -- NAME [--json] [--option value]`: breaks something while a campaign is being sent, and holds what
 * arrived against the ledger. Ends with 1 when a promise did not hold.
 */
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void closeTrials().finally(() => process.exit(130)));
}
process.exitCode = await runNamed('chaos', [...faults, soak]);
