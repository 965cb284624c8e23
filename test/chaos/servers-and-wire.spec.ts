import { faults, workerFaults } from './faults/index.js';
import { meetInShort } from './faults-in-short.js';

// All the others, so that none is forgotten.
meetInShort(faults.filter(one => !workerFaults.includes(one)));
