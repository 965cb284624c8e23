import { TokenSigner } from '#common';
import { startSequence } from '../../factories/sequences.js';
import { type Fault } from '../fault.js';
import { commonOptions, pause, Trial } from '../trial.js';
import { judgeWays, type StepRow, type WaysVerdict } from '../ways-verdict.js';

const POLL_MS = 100;
/** With nobody moving for so long it counts as stuck. */
const STUCK_MS = 60_000;
const SENDS = 5;

/**
 * People on their way through steps that send, with a day between them that is made to pass: what waits is put back by a day,
 * some here and some there, again and again, as it comes due after an outage. Meanwhile workers are killed.
 */
export const sequences: Fault = {
  name: 'sequences',
  about:
    'kill -9 of a random worker, --kills (20) times, while --people (10000) go through five steps; nobody repeats or misses one',
  options: { ...commonOptions, people: '10000', kills: '20' },
  short: { people: '600', kills: '3', lease: '2', batch: '20' },
  run: async (chosen, say) => {
    const trial = await Trial.open('sequences', chosen, say);
    try {
      return await play(trial);
    } finally {
      await trial.close();
    }
  },
};

async function play(trial: Trial): Promise<Record<string, unknown>> {
  const { db } = trial.database;
  const began = performance.now();
  await trial.addPeople();
  const sequence = await startSequence(trial.api, 'Five steps', {
    trigger: { on: 'api' },
    steps: stepsOf(trial),
  });
  const people = trial.number('people');
  await db.query(
    `INSERT INTO sequence_arrival (sequence_id, contact_id, occasion, happened_at)
     SELECT $1, id, 'chaos', now() - interval '1 minute' FROM contact ORDER BY id LIMIT $2`,
    [sequence.slice(4), people],
  );
  trial.start(trial.number('workers'));
  const kills = trial.number('kills');
  let killed = 0;
  let last = '';
  let movedAt = performance.now();
  let isStuck = false;
  for (;;) {
    const [now] = await db.query<{ moves: number; active: number; waiting: number; arrivals: number }>(
      `SELECT (SELECT count(*)::int FROM enrolment_move) AS moves,
              (SELECT count(*)::int FROM enrolment WHERE state = 'active') AS active,
              (SELECT count(*)::int FROM enrolment WHERE state = 'active' AND phase = 'waiting') AS waiting,
              (SELECT count(*)::int FROM sequence_arrival) AS arrivals`,
    );
    const { moves = 0, active = 0, waiting = 0, arrivals = 0 } = now ?? {};
    // Sending, sent, waits, waited: four entries a step.
    const share = moves / (people * SENDS * 4);
    if (killed < kills && share * (kills + 1) > killed + trial.random()) {
      await trial.end(trial.anyWorker(), 'SIGKILL');
      trial.start();
      killed++;
      trial.say(`${killed} of ${kills} at ${moves} moves, ${trial.sink.taken.length} mails`);
    }
    if (active + arrivals === 0) break;
    if (waiting > 0) await passDays(trial, waiting);
    if (`${moves} ${trial.sink.taken.length}` !== last)
      [last, movedAt] = [`${moves} ${trial.sink.taken.length}`, performance.now()];
    isStuck = performance.now() - movedAt > STUCK_MS || trial.workers.length === 0;
    if (isStuck) break;
    await pause(POLL_MS);
  }
  const stops = await Promise.all([...trial.workers].map(worker => trial.end(worker, 'SIGTERM')));
  const verdict = await judge(trial);
  const bound = killed * trial.unknownPerWorker;
  const held: Record<string, boolean> = {
    'every kill came': killed === kills,
    'everybody came to the end': !isStuck && verdict.finished === people,
    'duplicates 0': verdict.duplicates === 0,
    'skipped 0': verdict.skipped === 0,
    'every place is consistent with the messages': verdict.inconsistent === 0,
    [`unknown at most ${bound}`]: verdict.unknown <= bound,
    'no process ended by itself': trial.died === 0,
    'every SIGTERM ended with 0': stops.every(Boolean),
  };
  return {
    ...{
      name: 'sequences',
      queue: trial.options['queue'],
      seed: trial.seed,
      people,
      steps: SENDS,
      kills: killed,
    },
    ...verdict,
    ...{
      unknown_bound: bound,
      mails: trial.sink.taken.length,
      seconds: Math.round((performance.now() - began) / 100) / 10,
    },
    broken: Object.keys(held).filter(promise => !held[promise]),
  };
}

function stepsOf({ shop }: Trial): unknown[] {
  return Array.from({ length: SENDS }, (_, at) => [
    { id: `send${at}`, type: 'send', topicId: shop.topicId, channel: 'email', templateId: shop.templateId },
    { id: `wait${at}`, type: 'wait', for: 'P1D' },
  ]).flat();
}

/** A day passes for some of those who wait; for all when few do. */
async function passDays(trial: Trial, waiting: number): Promise<void> {
  await trial.database.db.query(
    `UPDATE enrolment SET since = since - interval '1 day', due_at = due_at - interval '1 day'
      WHERE id IN (SELECT id FROM enrolment WHERE state = 'active' AND phase = 'waiting' AND due_at > now()
                    ORDER BY id % $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [
      1 + Math.floor(trial.random() * 7),
      waiting < 50 ? waiting : Math.ceil(waiting * (0.2 + trial.random() / 2)),
    ],
  );
}

/** Each person's steps, with what the ledger and the sink know of each. */
async function judge(trial: Trial): Promise<WaysVerdict> {
  const { db } = trial.database;
  const rows = await db.query<StepRow>(
    `SELECT e.id AS "enrolmentId", e.contact_id AS "contactId", e.state AS "enrolmentState", m.step, m.outcome, m.seq,
            m.dispatch_id AS "dispatchId", msg.state AS "messageState"
       FROM enrolment e JOIN enrolment_move m ON m.enrolment_id = e.id
       LEFT JOIN message msg ON msg.dispatch_id = m.dispatch_id AND msg.contact_id = e.contact_id
      ORDER BY e.id, m.seq`,
  );
  const arrivals = trial.way.arrivals(trial.api.app.get(TokenSigner, { strict: false }));
  return judgeWays(rows, arrivals, SENDS);
}
