import { EventHeap } from '../bench/simulation/event-heap.js';
import { bottleneck, formula, type Limits, type Setup } from '../bench/simulation/model.js';
import { simulate } from '../bench/simulation/simulate.js';

const simple: Setup = {
  ...{ messages: 400_000, workers: 1, runners: 2, batch: 50, connections: 8, rttMs: 0, relayMs: 0 },
  ...{ messageCpuMs: 0.25, stepMs: 4, stepMessageMs: 0.05, databaseCores: 4, freezeSecondsPerMillion: 2 },
  lanes: [{ share: 1, perSecond: Infinity }],
};

/** How far the simulation is from the formula, as a share. */
const apart = (setup: Setup): number => Math.abs(simulate(setup).seconds / formula(setup) - 1);

describe('the simulation of a campaign', () => {
  it.each<[string, keyof Limits, Partial<Setup>]>([
    ["one worker's core", 'workers', {}],
    ['one runner that waits for its steps', 'workers', { runners: 1, stepMs: 20 }],
    ['six workers', 'workers', { workers: 6, databaseCores: 16 }],
    ['the database', 'database', { workers: 20, databaseCores: 1 }],
    ['the way to the relay', 'connections', { rttMs: 20, connections: 4, runners: 8 }],
    ['the quota of one lane', 'lanes', { lanes: [{ share: 1, perSecond: 500 }] }],
  ])('agrees with the closed formula where %s is the limit', (_, limit, change) => {
    const setup = { ...simple, ...change };
    expect(bottleneck(setup)).toBe(limit);
    expect(apart(setup)).toBeLessThan(0.02);
  });

  it('waits for the slowest lane, and sends the others meanwhile', () => {
    const lanes = [
      { share: 0.5, perSecond: 300 },
      { share: 0.5, perSecond: Infinity },
    ];
    const { seconds } = simulate({ ...simple, lanes });
    expect(seconds).toBeGreaterThan(200_000 / 300);
    expect(seconds).toBeLessThan((200_000 / 300) * 1.05);
  });

  it('is never faster than the formula, whatever varies', () => {
    for (const workers of [1, 3, 20])
      expect(simulate({ ...simple, workers }, { jitter: 0.3 }).seconds).toBeGreaterThan(
        formula({ ...simple, workers }) * 0.98,
      );
  });

  it('gives the same figures for the same seed, and others for another', () => {
    const run = (seed: number): number => simulate(simple, { seed, jitter: 0.3 }).seconds;
    expect(run(7)).toBe(run(7));
    expect(run(7)).not.toBe(run(8));
  });

  it('sends every message, however badly they divide into chunks and lanes', () => {
    const lanes = [1, 2, 4].map(part => ({ share: part / 7, perSecond: Infinity }));
    const setup = { ...simple, messages: 12_347, batch: 33, lanes };
    const { workersBusy, seconds } = simulate(setup);
    const sending = seconds - (setup.messages / 1e6) * setup.freezeSecondsPerMillion;
    expect(workersBusy * sending * 1000).toBeCloseTo(setup.messages * setup.messageCpuMs, 3);
  });

  it('lets things happen in their order', () => {
    const heap = new EventHeap<number>();
    const times = Array.from({ length: 500 }, (_, n) => (n * 7919) % 1009);
    for (const at of times) heap.push(at, at);
    const popped: number[] = [];
    for (let event = heap.pop(); event; event = heap.pop()) popped.push(event.of);
    expect(popped).toEqual([...times].sort((a, b) => a - b));
  });
});
