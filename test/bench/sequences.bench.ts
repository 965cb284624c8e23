import { SequencesService } from '#sequences';
import { startWorker } from './bench-worker.js';
import { benchWorld } from './bench-world.js';
import { type Bench } from './bench.js';
import { cpuOf, cpuOfFamily, parentOf } from './cpu-time.js';

const WAITING_INSERTED_AT_ONCE = 250_000;

/** How fast one worker moves those who are due, of many who wait; and what those who wait cost while nothing happens. */
export const sequencesBench: Bench = {
  name: 'sequences',
  about:
    'one worker moves --due (100000) of --people (1000000) on their way past a wait, a branch and into the next wait, nothing is sent; ' +
    'wanted: at least 5,000 a second; then --idle (30) seconds in which nobody is due',
  options: { people: '1000000', due: '100000', idle: '30', rounds: '3' },
  run: async ({ people, due, idle, rounds }, say) => {
    const world = await benchWorld('8');
    const { server, app, env } = world;
    const { db } = server;
    const [all, moved] = [Number(people), Number(due)];
    try {
      say(`${all} people`);
      await db.query(
        `INSERT INTO contact (email, email_hash, locale, created_at, updated_at)
         SELECT 'p' || n || '@shop.example', substr(sha256(n::text::bytea), 1, 16), (ARRAY['ar','en'])[1 + n % 2], now(), now()
           FROM generate_series(1, $1::int) AS n`,
        [all],
      );
      const sequences = app.get(SequencesService, { strict: false });
      const { sequence, version } = await sequences.create('Waits', definition, 'bench');
      await sequences.start(sequence.id, 'bench');
      const { version: used } = await sequences.get(sequence.id);
      await db.query('UPDATE sequence_version SET used_at = now() WHERE id = $1', [used.id]);
      const alone = await idleWithNobody(db, env, Number(idle), say);
      say(`on version ${version.number}, waiting`);
      for (let from = 0; from < all; from += WAITING_INSERTED_AT_ONCE)
        await db.query(
          `INSERT INTO enrolment (sequence_id, version_id, contact_id, occasion, ordinal, phase, due_at, since, on_purchase, on_refund,
                                  moves, entered_at)
           SELECT $1, $2, n, 'bench', 0, 'waiting', now() + interval '30 days' + n * interval '1 second',
                  now() + n * interval '1 second', true, true, 2, now()
             FROM generate_series($3::int + 1, LEAST($3::int + ${WAITING_INSERTED_AT_ONCE}, $4::int)) AS n`,
          [sequence.id, used.id, from, all],
        );
      await db.query('VACUUM ANALYZE enrolment, contact');
      const worker = startWorker(env);
      try {
        const rates: number[] = [];
        for (let round = 0; round < Number(rounds); round++) {
          rates.push(await moveThem(server.db, sequence.id, round * moved, moved));
          say(`${Math.round(rates.at(-1) ?? 0)} a second`);
        }
        say(`${idle} seconds in which nobody is due`);
        // What the moves left to be tidied up is theirs.
        await db.query('VACUUM ANALYZE enrolment, enrolment_move');
        await db.query('CHECKPOINT');
        const cost = await idleCost(server.db, worker.pid, Number(idle));
        const perSecond = rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0;
        return {
          ...{
            name: 'sequences',
            per_second: Math.round(perSecond),
            spread: rates.map(Math.round),
            target: 5000,
          },
          ...{ waiting: all, due: moved, idle_cpu_ms_per_minute: cost, idle_with_nobody: alone },
        };
      } finally {
        await worker.stop();
      }
    } finally {
      await world.close();
    }
  },
};

const definition = {
  trigger: { on: 'api' as const },
  reentry: 'never' as const,
  exit: { purchase: true },
  steps: [
    { id: 'wait', type: 'wait' as const, for: 'P30D' },
    {
      ...{ id: 'which', type: 'branch' as const, otherwise: 'other' },
      branches: [
        {
          when: { combinator: 'and', rules: [{ field: 'contact.locale', operator: '=', value: 'ar' }] },
          next: 'arabic',
        },
      ],
    },
    { id: 'arabic', type: 'wait' as const, for: 'P60D', next: null },
    { id: 'other', type: 'wait' as const, for: 'P90D', next: null },
  ],
};

type Db = Awaited<ReturnType<typeof benchWorld>>['server']['db'];

/** Makes so many due in one stroke. @returns how many were moved a second, until the last one */
async function moveThem(db: Db, sequenceId: number, from: number, count: number): Promise<number> {
  await db.query(
    `UPDATE enrolment SET due_at = now() - interval '1 minute', since = now() - interval '30 days 1 minute'
      WHERE sequence_id = $1 AND contact_id > $2 AND contact_id <= $3`,
    [sequenceId, from, from + count],
  );
  const first = performance.now();
  let began = 0;
  for (;;) {
    const row = await db.queryOne<{ left: number; is_first: boolean }>(
      `SELECT count(*)::int AS left FROM enrolment WHERE sequence_id = $1 AND state = 'active' AND due_at <= now()`,
      [sequenceId],
    );
    const left = row?.left ?? 0;
    // From when the worker found them: its sweep comes by once a second.
    if (began === 0 && left < count) began = performance.now();
    if (left === 0) return (count / (performance.now() - (began || first))) * 1000;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

/** The same of a worker with nobody on their way. */
async function idleWithNobody(
  db: Db,
  env: Record<string, string | undefined>,
  seconds: number,
  say: (what: string) => void,
): Promise<{ worker: number; postgres: number }> {
  await db.query('VACUUM ANALYZE contact');
  const worker = startWorker(env);
  try {
    say(`${seconds} seconds with nobody on their way`);
    // Its start is not its idleness.
    await new Promise(resolve => setTimeout(resolve, 5000));
    return await idleCost(db, worker.pid, seconds);
  } finally {
    await worker.stop();
  }
}

/** Processor time of the worker and of PostgreSQL in a minute in which there is nothing to do, in milliseconds. */
async function idleCost(
  db: Db,
  worker: number,
  seconds: number,
): Promise<{ worker: number; postgres: number }> {
  const row = await db.queryOne<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const postmaster = parentOf(row?.pid ?? 0);
  const before = [cpuOf(worker), cpuOfFamily(postmaster)] as const;
  await new Promise(resolve => setTimeout(resolve, seconds * 1000));
  const perMinute = (used: number): number => Math.round((used / seconds) * 60);
  return {
    worker: perMinute(cpuOf(worker) - before[0]),
    postgres: perMinute(cpuOfFamily(postmaster) - before[1]),
  };
}
