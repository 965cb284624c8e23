import { type NamedRun } from '../harness/named-runs.js';

/** A figure about the product, by its name. */
export type Bench = NamedRun;

export type { Say } from '../harness/named-runs.js';
