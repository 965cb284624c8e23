import { type EmailTransport, type Outcome } from '#transports';
import { type Allowed, type Step } from './attempt.repository.js';
import { BatchHold } from './batch-hold.js';
import { ChunkRun, type ChunkRunTools } from './chunk-run.js';
import { type Lease } from './chunk.repository.js';
import { type EmailJob } from './email-composer.js';
import { type Settlement } from './settlement.js';

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
const job = {
  dispatch: { id: 1, senderId: 1, messageClass: 'marketing', channel: 'email', notAfter: null },
  sender: { fromEmail: 'shop@example.com' },
} as unknown as EmailJob;
const now = new Date('2026-11-21T09:00:00Z');
const accepted: Outcome = { state: 'accepted', relay: 'mx', providerMessageId: null, reply: '250' };

/** A run over tools that say yes to everything; what it settles, spares and hears. */
function runOf(
  tools: { send?: EmailTransport['send']; compose?: () => never; mint?: () => never; busy?: boolean },
  hears: (outcome: Outcome) => void = () => undefined,
) {
  const settled: Settlement[] = [];
  let spared = 0;
  let steps = 0;
  const hold = new BatchHold(lease, null, () => now);
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
      chunks: { extend: () => Promise.resolve(true), release: () => Promise.resolve() },
      composer: { compose: tools.compose ?? (() => ({})) },
      gate: { mint: tools.mint ?? (() => ({})) },
      transport: { capacity: 2, send: tools.send ?? (() => Promise.resolve(accepted)) },
      pacer: {
        join: () => ({
          ask: (count: number) => Promise.resolve({ count, waitMs: 0, giveBack: false }),
          spare: (count: number) => (spared += count),
          saw: hears,
          leave: () => undefined,
        }),
      },
      watch: { enter: () => hold, leave: () => undefined },
      logger: { error: () => undefined, warn: () => undefined },
      ...{ now: () => now, batchSize: 50, leaseSeconds: 60 },
    } as unknown as ChunkRunTools,
    lease,
    job,
  );
  const states = (): Record<string, number> =>
    Object.fromEntries(
      [...new Set(settled.map(({ state }) => state))].map(state => [
        state,
        settled.filter(one => one.state === state).length,
      ]),
    );
  return { run, hold, states, settled, spared: () => spared, steps: () => steps };
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

  it('gives back the tokens of what could not be rendered', async () => {
    const compose = (): never => {
      throw new Error('no such variable');
    };
    const run = runOf({ compose });
    await run.run.run();
    expect([run.states(), run.spared()]).toEqual([{ rejected: 3 }, 3]);
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
});
