import { type EmailTransport, type Outcome } from '#transports';
import { type Allowed, type Step } from './attempt.repository.js';
import { BatchHold } from './batch-hold.js';
import { ChunkRun, type ChunkRunTools } from './chunk-run.js';
import { type Lease } from './chunk.repository.js';
import { type Preparation } from './outlet.js';
import { type ChunkJob } from './outlets.js';
import { type Settlement, unaffordable } from './settlement.js';

const lease: Lease = {
  ...{
    chunkId: 1,
    dispatchId: 1,
    lane: 'other',
    owner: 'me',
    generation: 1,
    partition: 'message_0',
    paced: false,
  },
  contactIds: [1, 2, 3],
};
const dispatch = { id: 1, senderId: 1, messageClass: 'marketing', channel: 'email', notAfter: null };
const now = new Date('2026-11-21T09:00:00Z');
const accepted: Outcome = { state: 'accepted', relay: 'mx', providerMessageId: null, reply: '250' };

/** A run over tools that say yes to everything; what it settles, spares and hears. */
function runOf(
  tools: {
    contactIds?: number[];
    send?: EmailTransport['send'];
    compose?: () => never;
    mint?: () => never;
    busy?: boolean;
    prepare?: (people: Allowed[]) => Preparation<unknown>;
  },
  hears: (outcome: Outcome) => void = () => undefined,
) {
  const settled: Settlement[] = [];
  let spared = 0;
  let steps = 0;
  let took = 0;
  const hold = new BatchHold(lease, null, () => now);
  const told: Settlement[] = [];
  const released: { unfinished: boolean; at: Date }[] = [];
  const putOff: Date[] = [];
  const othersPutOff: Date[] = [];
  const make = tools.compose ?? (() => ({}));
  const outlet = {
    ...{ channel: 'email', fromEmail: 'shop@example.com', limits: [] },
    transport: { capacity: 2, send: tools.send ?? (() => Promise.resolve(accepted)) },
    prepare: (people: Allowed[]) =>
      Promise.resolve(
        tools.prepare?.(people) ?? {
          ready: people.map(person => ({ person, make })),
          settled: [],
          resumeAt: null,
        },
      ),
    settled: (results: Settlement[]) => Promise.resolve(void told.push(...results)),
  };
  const run = new ChunkRun(
    {
      attempts: {
        step: (_lease: Lease, _scope: unknown, batch: number[], results: Settlement[]): Promise<Step> => {
          steps++;
          settled.push(...results);
          const allowed = tools.busy ? [] : batch.map(contactId => ({ contactId, attempt: 1 }) as Allowed);
          const busy = tools.busy === true;
          return Promise.resolve({ leased: true, running: !busy, busy, allowed });
        },
      },
      chunks: {
        extend: () => Promise.resolve(true),
        release: (_lease: Lease, unfinished: boolean, at: Date) =>
          Promise.resolve(void released.push({ unfinished, at })),
        putOff: (_lease: Lease, until: Date) => Promise.resolve(void othersPutOff.push(until)),
      },
      budgetWaits: { putOff: (_dispatch: number, until: Date) => Promise.resolve(void putOff.push(until)) },
      gate: { mint: tools.mint ?? (() => ({})) },
      pacer: {
        join: () => ({
          ask: (count: number) => Promise.resolve({ count, waitMs: 0, giveBack: false }),
          spare: (count: number) => (spared += count),
          alsoTook: (count: number) => (took += count),
          saw: hears,
          leave: () => undefined,
        }),
      },
      watch: { enter: () => hold, leave: () => undefined },
      logger: { error: () => undefined, warn: () => undefined },
      ...{ now: () => now, batchSize: 50, leaseSeconds: 60 },
    } as unknown as ChunkRunTools,
    { ...lease, contactIds: tools.contactIds ?? lease.contactIds },
    { dispatch, outlet } as unknown as ChunkJob,
  );
  const states = (): Record<string, number> =>
    Object.fromEntries(
      [...new Set(settled.map(({ state }) => state))].map(state => [
        state,
        settled.filter(one => one.state === state).length,
      ]),
    );
  return {
    ...{ run, hold, states, settled, told, released, putOff, othersPutOff },
    ...{ spared: () => spared, steps: () => steps, took: () => took },
  };
}

describe('a run over a chunk', () => {
  it('takes the tokens of what was offered to a relay, and of nothing else', async () => {
    const went = runOf({});
    await went.run.run();
    expect([went.states(), went.spared()]).toEqual([{ accepted: 3 }, 0]);

    const reply = '421 4.7.0 Too many connections';
    const outcome = { state: 'deferred', relay: 'mx', reply, code: 421, enhanced: '4.7.0' } as const;
    const offered = runOf({ send: () => Promise.resolve(outcome) });
    await offered.run.run();
    expect([offered.states(), offered.spared()]).toEqual([{ deferred: 3 }, 0]);

    const refused = runOf({ send: () => Promise.resolve({ ...outcome, offered: false }) });
    await refused.run.run();
    expect([refused.states(), refused.spared()]).toEqual([{ deferred: 3 }, 3]);
  });

  it('ends and lets its dispatch wait when nothing at all can be offered, and not for a few', async () => {
    const down = {
      state: 'deferred',
      relay: '',
      reply: 'refused',
      code: null,
      enhanced: null,
      offered: false,
    } as const;
    const contactIds = Array.from({ length: 1000 }, (_, at) => at + 1);
    const outage = runOf({ contactIds, send: () => Promise.resolve(down) });
    await outage.run.run();
    expect(outage.othersPutOff).toEqual([new Date(now.getTime() + 30_000)]);
    expect(outage.released).toEqual([{ unfinished: true, at: outage.othersPutOff[0] }]);
    expect(outage.settled.length).toBeLessThan(100);

    let sent = 0;
    const hiccup = runOf({ contactIds, send: () => Promise.resolve(++sent % 9 === 0 ? accepted : down) });
    await hiccup.run.run();
    expect([hiccup.othersPutOff, hiccup.settled.length]).toEqual([[], 1000]);
  });

  it('counts what a fault of ours kept from leaving, so that it ends', async () => {
    const mint = (): never => {
      throw new Error('a fault of the program');
    };
    const run = runOf({ mint });
    await run.run.run();
    expect(run.settled.map(({ reason }) => reason)).toEqual(['TRY_LATER', 'TRY_LATER', 'TRY_LATER']);
  });

  it('gives back the tokens of what could not be rendered', async () => {
    const compose = (): never => {
      throw new Error('no such variable');
    };
    const run = runOf({ compose });
    await run.run.run();
    expect([run.states(), run.spared()]).toEqual([{ rejected: 3 }, 3]);
  });

  it('holds back what cannot arrive in time, uncounted, until its time is over', async () => {
    const second = 1000;
    const cases: [left: number | null, states: Record<string, number>, again: number | null][] = [
      [null, { accepted: 3 }, null],
      [second, { accepted: 3 }, null],
      [second - 1, { deferred: 3 }, second],
      [0, { deferred: 3 }, 1],
      // Closed since it was allowed: the gate is asked at once.
      [-5 * second, { deferred: 3 }, 0],
    ];
    for (const [left, states, again] of cases) {
      const endsAt = left === null ? null : new Date(now.getTime() + left);
      const run = runOf({
        prepare: people => ({
          ready: people.map(person => ({ person, make: () => ({}), endsAt })),
          ...{ settled: [], resumeAt: null },
        }),
      });
      await run.run.run();
      expect([left, run.states()]).toEqual([left, states]);
      for (const { reason, retryAt } of again === null ? [] : run.settled) {
        expect([left, reason, retryAt!.getTime() - now.getTime()]).toEqual([left, 'HELD', again]);
      }
    }
  });

  it('gives back the tokens of what was held before it began', async () => {
    const run = runOf({
      send: () => {
        run.hold.halt();
        return Promise.resolve(accepted);
      },
    });
    await run.run.run();
    expect(run.states()).toEqual({ accepted: 1, deferred: 2 });
    expect(run.spared()).toBe(2);
  });

  it('settles as not sent what a fault of the program kept from the transport', async () => {
    const mint = (): never => {
      throw new Error('a fault');
    };
    const run = runOf({ mint });
    await run.run.run();
    expect(run.settled).toMatchObject([1, 2, 3].map(() => ({ state: 'deferred', reply: 'a fault' })));
  });

  it('never says "not sent" of what was handed over, whatever fails afterwards', async () => {
    const run = runOf({}, () => {
      throw new Error('a fault');
    });
    await run.run.run();
    expect(run.states()).toEqual({ unknown: 3 });
  });

  it('does not ask again and again to settle, while somebody changes the dispatch', async () => {
    const run = runOf({ busy: true });
    await run.run.run();
    // Of the batch it asks again; of what is left to settle at the end it does not.
    const asked = run.steps();
    const none = runOf({ busy: true });
    none.run.stop();
    await none.run.run();
    expect(asked).toBeGreaterThan(2);
    expect(none.steps()).toBe(1);
  });

  it('takes a token more for each further part, and stores what each message that left came to', async () => {
    const run = runOf({
      prepare: people => ({
        ready: people.map((person, at) => ({ person, make: () => ({}), parts: at + 1, cost: (at + 1) * 40 })),
        ...{ settled: [], resumeAt: null },
      }),
    });
    await run.run.run();
    expect(run.took()).toBe(3);
    expect(run.settled.map(({ parts, cost }) => [parts, cost])).toEqual([
      [1, 40],
      [2, 80],
      [3, 120],
    ]);
    expect(run.told).toHaveLength(3);
  });

  it('ends where the budget does, and lets all of the dispatch wait', async () => {
    const resumeAt = new Date('2026-12-01T00:00:00Z');
    const run = runOf({
      prepare: ([first, ...others]) => ({
        ready: [{ person: first as Allowed, make: () => ({}), parts: 1, cost: 40 }],
        settled: others.map(({ contactId, attempt }) => unaffordable(contactId, attempt, resumeAt)),
        resumeAt,
      }),
    });
    expect(await run.run.run()).toBe(0);
    expect(run.settled.map(({ state, reason }) => `${state} ${reason}`).sort()).toEqual([
      'accepted null',
      'deferred BUDGET',
      'deferred BUDGET',
    ]);
    expect(run.spared()).toBe(2);
    expect([run.released, run.putOff]).toEqual([[{ unfinished: false, at: resumeAt }], [resumeAt]]);
  });

  it('holds everybody for whom nothing could be prepared', async () => {
    const run = runOf({
      prepare: () => {
        throw new Error('PostgreSQL is away');
      },
    });
    await run.run.run();
    expect(run.settled).toMatchObject([1, 2, 3].map(() => ({ state: 'deferred', reason: 'HELD' })));
    expect(run.spared()).toBe(3);
  });
});
