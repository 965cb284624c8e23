import { runNamed } from '../harness/named-runs.js';
import { faults, soak } from './faults/index.js';

/**
 * `npm run chaos -- NAME [--json] [--option value]`: breaks something while a campaign is being sent, and holds what
 * arrived against the ledger. Ends with 1 when a promise did not hold.
 */
process.exitCode = await runNamed('chaos', [...faults, soak]);
