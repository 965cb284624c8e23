import { workerFaults } from './faults/index.js';
import { meetInShort } from './faults-in-short.js';

meetInShort(workerFaults);
