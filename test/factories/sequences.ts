import { type Definition, Watches } from '#sequences';
import { type Answer, type TestApi } from './api.js';
import { type TestSystem, until } from './system.js';

type Steps = Definition['steps'];

/** A sequence, made through the API and started. @returns its id */
export async function startSequence(
  system: TestApi,
  name: string,
  definition: { trigger: unknown; reentry?: unknown; exit?: unknown; steps: unknown[] },
): Promise<string> {
  const id = await addSequence(system, name, definition);
  expectStatus(await system.request('POST', `/v1/sequences/${id}/start`), 200);
  return id;
}

export async function addSequence(
  system: TestApi,
  name: string,
  definition: { trigger: unknown; reentry?: unknown; exit?: unknown; steps: unknown[] },
): Promise<string> {
  const answer = await system.request('POST', '/v1/sequences', {
    name,
    definition: { reentry: 'never', ...definition },
  });
  expectStatus(answer, 201);
  return (answer.body as { id: string }).id;
}

export const steps = (...given: Steps): Steps => given;

/** People to the entrance, and waits until they were let in or turned away. */
export async function bring(
  system: TestSystem,
  sequenceId: string,
  contactIds: readonly number[],
): Promise<void> {
  const body = { contactIds: contactIds.map(id => `con_${id}`) };
  expectStatus(await system.request('POST', `/v1/sequences/${sequenceId}/enrolments`, body), 202);
  await rest(system);
}

/** Looks for people whom nothing announces, until it was done as of now; whoever looks at the same moment may do it instead. */
export async function look(system: TestSystem, sequenceId: string): Promise<void> {
  await until(
    async () => {
      await system.app.get(Watches, { strict: false }).look();
      const [row] = await system.database.db.query<{ at: Date | null }>(
        'SELECT looked_at AS at FROM sequence WHERE id = $1',
        [sequenceId.slice(4)],
      );
      return row?.at ?? null;
    },
    at => at !== null && at >= system.clock.now(),
    60_000,
    10,
  );
  await rest(system);
}

interface Unrest {
  arrivals: number;
  due: number;
  chunks: number;
  looking: number;
}

/**
 * Waits until nothing is left to be done at this moment of the clock, which is put forward by the seconds after which a message
 * that left is asked after; and no further.
 */
export async function rest(system: TestSystem): Promise<void> {
  for (;;) {
    await until(
      () => unrest(system),
      ({ arrivals, due, chunks }) => arrivals + due + chunks === 0,
      60_000,
      10,
    );
    if ((await unrest(system)).looking === 0) return;
    system.clock.advance(3001);
  }
}

async function unrest(system: TestSystem): Promise<Unrest> {
  const now = system.clock.now();
  const [row] = await system.database.db.query<Unrest>(
    `SELECT (SELECT count(*)::int FROM sequence_arrival a JOIN sequence s ON s.id = a.sequence_id WHERE s.state = 'running') AS arrivals,
            (SELECT count(*)::int FROM enrolment e JOIN sequence s ON s.id = e.sequence_id
              WHERE e.state = 'active' AND (e.due_at <= $1 AND s.state IN ('running', 'closed') OR s.state = 'stopped')) AS due,
            (SELECT count(*)::int FROM chunk c JOIN dispatch d ON d.id = c.dispatch_id
              WHERE d.state = 'running' AND (c.state = 'leased' OR (c.state = 'pending' AND c.due_at <= $1))) AS chunks,
            (SELECT count(*)::int FROM enrolment e JOIN sequence s ON s.id = e.sequence_id
              WHERE e.state = 'active' AND e.phase = 'sending' AND e.due_at <= $1::timestamptz + interval '3 seconds'
                AND s.state IN ('running', 'closed')) AS looking`,
    [now],
  );
  return row as Unrest;
}

/** Lets time pass, in steps, and everything happen that comes due. */
export async function pass(system: TestSystem, milliseconds: number, stepMs = milliseconds): Promise<void> {
  const until = system.clock.now().getTime() + milliseconds;
  await rest(system);
  while (system.clock.now().getTime() < until) {
    system.clock.set(new Date(Math.min(until, system.clock.now().getTime() + stepMs)));
    await rest(system);
  }
}

export interface Way {
  id: string;
  state: string;
  reason: string | null;
  step: string | null;
  phase: string | null;
  lookAt: string | null;
  version: number;
}

/** A person's ways through a sequence, oldest first. */
export async function waysOf(system: TestApi, sequenceId: string, contactId: number): Promise<Way[]> {
  const answer = await system.request(
    'GET',
    `/v1/enrolments?sequenceId=${sequenceId}&contactId=con_${contactId}`,
  );
  expectStatus(answer, 200);
  return (answer.body as { items: Way[] }).items;
}

/** What somebody came past, as `step outcome reason`. */
export async function pathOf(system: TestApi, enrolmentId: string): Promise<string[]> {
  const answer = await system.request('GET', `/v1/enrolments/${enrolmentId}/path`);
  expectStatus(answer, 200);
  return (
    answer.body as { moves: { step: string | null; outcome: string; reason: string | null }[] }
  ).moves.map(({ step, outcome, reason }) =>
    [step, outcome, ['waits', 'listens'].includes(outcome) ? null : reason]
      .filter(part => part !== null)
      .join(' '),
  );
}

function expectStatus({ status, text }: Answer, wanted: number): void {
  if (status !== wanted) throw new Error(`The API answered ${status} instead of ${wanted}: ${text}`);
}
