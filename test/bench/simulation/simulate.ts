import { EventHeap } from './event-heap.js';
import { freezeSeconds, type Setup } from './model.js';

/** Contacts a chunk has at most, as the product freezes them. */
const CHUNK = 1000;

export interface Simulated {
  /** From the launch to the last settlement. */
  seconds: number;
  perSecond: number;
  /** Busy time of PostgreSQL's cores and of the workers' cores while messages were sent, 0 to 1. */
  databaseBusy: number;
  workersBusy: number;
}

interface Runner {
  worker: number;
  lane: number;
  /** Messages of its chunk that it has not asked for yet, and of the batch in hand. */
  left: number;
  batch: number;
}

/**
 * Plays a campaign event by event: each runner claims a chunk of a lane that has tokens, asks for a batch (one of
 * PostgreSQL's cores works on the step), sends it (the worker's one core, its connections), asks for the next. A batch is one
 * event, so a hundred million messages take seconds. The same seed gives the same figures.
 * @param jitter how much a step and a sending vary, 0 to 1
 */
export function simulate(setup: Setup, { seed = 1, jitter = 0 } = {}): Simulated {
  const random = seeded(seed);
  const vary = (ms: number): number => (jitter === 0 ? ms : ms * (1 + jitter * (2 * random() - 1)));
  const left = setup.lanes.map(({ share }) => Math.round(setup.messages * share));
  // Rounding loses none: what is left over or short is the first lane's.
  left[0] = (left[0] as number) + setup.messages - left.reduce((sum, n) => sum + n, 0);
  const laneFree = setup.lanes.map(() => 0);
  const databaseFree = Array.from({ length: setup.databaseCores }, () => 0);
  const coreFree = Array.from({ length: setup.workers }, () => 0);
  const linesFree = Array.from({ length: setup.workers }, () => 0);
  const turnMs = setup.rttMs + setup.relayMs;
  const events = new EventHeap<Runner>();
  let end = 0;
  let databaseBusy = 0;
  let workersBusy = 0;

  /** The lane whose tokens come soonest, among those with messages left. */
  const nextLane = (): number => {
    let best = -1;
    for (let lane = 0; lane < left.length; lane++) {
      if (left[lane] === 0) continue;
      if (best < 0 || (laneFree[lane] as number) < (laneFree[best] as number)) best = lane;
    }
    return best;
  };

  const ask = (runner: Runner, now: number): void => {
    if (runner.left === 0) {
      runner.lane = nextLane();
      if (runner.lane < 0) {
        // The last results are settled by a step of their own.
        end = Math.max(end, runner.batch === 0 ? now : now + setup.stepMs);
        return;
      }
      runner.left = Math.min(CHUNK, left[runner.lane] as number);
      left[runner.lane] = (left[runner.lane] as number) - runner.left;
    }
    runner.batch = Math.min(setup.batch, runner.left);
    runner.left -= runner.batch;
    // Tokens first, then the step.
    const { perSecond } = setup.lanes[runner.lane] as { perSecond: number };
    const granted = Math.max(now, laneFree[runner.lane] as number);
    laneFree[runner.lane] = granted + (perSecond === Infinity ? 0 : (runner.batch / perSecond) * 1000);
    const core = leastOf(databaseFree);
    const began = Math.max(granted, databaseFree[core] as number);
    const work = vary(setup.stepMs + runner.batch * setup.stepMessageMs);
    databaseFree[core] = began + work;
    databaseBusy += work;
    events.push(began + work, runner);
  };

  const send = (runner: Runner, now: number): number => {
    const { worker, batch } = runner;
    const work = vary(batch * setup.messageCpuMs);
    workersBusy += work;
    const coreDone = Math.max(now, coreFree[worker] as number) + work;
    coreFree[worker] = coreDone;
    const linesDone = Math.max(now, linesFree[worker] as number) + (batch * turnMs) / setup.connections;
    linesFree[worker] = linesDone;
    return Math.max(coreDone, linesDone + turnMs + setup.rttMs);
  };

  // Runners start a moment apart, as sweeps with jitter do; a runner alternates between asking and sending.
  const sending = new Set<Runner>();
  for (let worker = 0; worker < setup.workers; worker++) {
    for (let n = 0; n < setup.runners; n++) {
      ask({ worker, lane: -1, left: 0, batch: 0 }, jitter * random() * 1000);
    }
  }
  for (let event = events.pop(); event; event = events.pop()) {
    const { at, of: runner } = event;
    if (sending.delete(runner)) ask(runner, at);
    else {
      sending.add(runner);
      events.push(send(runner, at), runner);
    }
  }
  const sendSeconds = end / 1000;
  return {
    seconds: freezeSeconds(setup) + sendSeconds,
    perSecond: setup.messages / sendSeconds,
    databaseBusy: databaseBusy / (end * setup.databaseCores),
    workersBusy: workersBusy / (end * setup.workers),
  };
}

function leastOf(values: readonly number[]): number {
  let least = 0;
  for (let at = 1; at < values.length; at++)
    if ((values[at] as number) < (values[least] as number)) least = at;
  return least;
}

/** Mulberry32: small, fast, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
