import { type Fault } from '../fault.js';
import { sigtermApi } from './api.js';
import { sequences } from './sequences.js';
import { serverFaults } from './servers.js';
import { smsTimeout } from './sms.js';
import { wireFaults } from './wire.js';
import { workerFaults } from './workers.js';

export { soak } from './soak.js';
export { workerFaults } from './workers.js';

/** Every fault that `npm test` meets in its short form. */
export const faults: Fault[] = [
  ...workerFaults,
  ...serverFaults,
  ...wireFaults,
  sigtermApi,
  smsTimeout,
  sequences,
];
