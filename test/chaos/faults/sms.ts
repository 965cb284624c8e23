import { TokenSigner } from '#common';
import { freePort } from '../../factories/free-port.js';
import { RecordingMessagesApi } from '../../factories/recording-messages-api.js';
import { startApiProcess } from '../../factories/worker-process.js';
import { type Fault } from '../fault.js';
import { ANSWERLESS, countOf, draw, reports, toAnswer, type Trouble, troubles } from '../sms-draws.js';
import { bySms, readKey } from '../sms-way.js';
import { StatusCalls } from '../status-calls.js';
import { commonOptions, pause, Trial } from '../trial.js';
import { untilAnswers } from './api.js';

/** An answer waits no longer for a report that comes first, in milliseconds. */
const REPORT_FIRST_MS = 200;
const SETTLE_LIMIT_MS = 120_000;

interface Row {
  contactId: number;
  state: string;
  reason: string | null;
  /** What the API called it, where its answer came. */
  sid: string | null;
}

export const smsTimeout: Fault = {
  name: 'sms-timeout',
  about:
    'the SMS API answers --share (0.2) late, twice, never, with an error or not yet; statuses are reported late, twice, in any order or never; a worker is killed',
  options: { ...commonOptions, people: '4000', delay: '0', answer: '3', share: '0.2' },
  // Of so few, a seed by which each trouble is met.
  short: { seed: '7', people: '400', batch: '20', lease: '2', answer: '2', share: '0.15' },
  run: async (options, say) => {
    const api = await RecordingMessagesApi.start();
    const env = {
      TWILIO_CONNECTIONS: options['connections'] as string,
      TWILIO_ANSWER_SECONDS: options['answer'] as string,
    };
    const trial = await Trial.open('sms-timeout', options, say, { way: bySms(api, env) });
    const port = await freePort();
    const calls = new StatusCalls(port);
    try {
      const listener = startApiProcess(trial.database.url, port, {
        ...trial.way.env,
        ...(trial.redis ? { REDIS_URL: trial.redis.url } : {}),
      });
      say(`${options['people']} people`);
      await trial.addPeople();
      await untilAnswers(port, listener);
      return await play(trial, api, calls);
    } finally {
      calls.close();
      await trial.close();
    }
  },
};

async function play(trial: Trial, api: RecordingMessagesApi, calls: StatusCalls) {
  const share = trial.number('share');
  const afterEnd: (() => void)[] = [];
  const troubleOf = (to: string): Trouble | null =>
    troubles[Math.floor((draw(trial.seed, 'answer', to) / share) * troubles.length)] ?? null;
  api.decide = (to, time) =>
    toAnswer(troubleOf(to), time, trial.number('answer'), draw(trial.seed, 'after', to));
  api.onTaken = async message => {
    const at = draw(trial.seed, 'report', message.to) * 100;
    const { when, statuses } = reports.find(({ until }) => at < until) ?? reports[0];
    const tell = (): Promise<void> => calls.tell({ ...message, statuses });
    if (when === 'never') return;
    if (when === 'before the answer') await Promise.race([tell(), pause(REPORT_FIRST_MS)]);
    else if (when === 'after the end') afterEnd.push(() => void tell());
    else setImmediate(() => void tell());
  };
  await trial.launch();
  trial.start(trial.number('workers'));
  const hasten = (): Promise<void> => trial.hasten();
  const reached = await trial.untilAttempted(trial.number('people') * (0.3 + 0.3 * trial.random()), hasten);
  if (reached) {
    await trial.end(trial.anyWorker(), 'SIGKILL');
    trial.say(`a worker is killed at ${api.taken.length} messages`);
    trial.start();
  }
  await trial.until(numbers => numbers.state === 'finished', hasten);
  trial.say(`finished; ${afterEnd.length} messages are told of now`);
  for (const tell of afterEnd) tell();
  await calls.ended();
  const key = readKey(trial.api.app.get(TokenSigner, { strict: false }));
  const told = new Set(api.taken.filter(({ sid }) => calls.told.has(sid)).map(one => key(one).contactId));
  const settled = await untilSettled(trial, told);
  const rows = await rowsOf(trial);
  const unknown = new Set<number | undefined>(
    rows.filter(({ state }) => state === 'unknown').map(({ contactId }) => contactId),
  );
  const untold = api.taken.filter(one => !told.has(key(one).contactId));
  const answerless = untold.filter(({ to }) => ANSWERLESS.has(troubleOf(to) as Trouble));
  // Of these an answer to another message may have come first.
  const outOfStep = untold.filter(one => one.afterSecondAnswer && !answerless.includes(one));
  const bound = answerless.length + outOfStep.length + (reached ? trial.unknownPerWorker : 0);
  const byCallback = rows.filter(
    ({ state, reason }) => state === 'accepted' && reason?.startsWith('EVIDENCE_'),
  );
  const sids = new Map(api.taken.map(one => [key(one).contactId, one.sid]));
  const met = countOf(api.taken, troubleOf);
  const result = await trial.finish(
    bound,
    { settled_by_callback: byCallback.length },
    {
      'every message whose callback came is accepted': settled,
      'what nobody answered or told of is unknown': answerless.every(one => unknown.has(key(one).contactId)),
      'every answer was taken for its own message': rows.every(
        ({ contactId, sid }) => sid === null || sid === sids.get(contactId),
      ),
      'callbacks settled something': byCallback.length > 0,
      'every callback was taken': calls.refused.length === 0,
      'every trouble was met': troubles.every(trouble => (met[trouble] ?? 0) > 0),
      'the kill came while it was sending': reached,
    },
  );
  return {
    ...result,
    taken: api.taken.length,
    callbacks: calls.calls,
    refused_callbacks: calls.refused.slice(0, 3),
    met,
  };
}

/** Until a worker has acted upon all that was told. @returns whether it did */
async function untilSettled(trial: Trial, told: ReadonlySet<number | undefined>): Promise<boolean> {
  const deadline = performance.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const rows = await rowsOf(trial);
    const open = rows.filter(({ contactId, state }) => told.has(contactId) && state !== 'accepted');
    if (open.length === 0) return true;
    if (performance.now() > deadline) {
      trial.say(`told of, and not accepted: ${JSON.stringify(open.slice(0, 5))}`);
      return false;
    }
    await pause(100);
  }
}

function rowsOf(trial: Trial): Promise<Row[]> {
  return trial.database.db.query<Row>(
    'SELECT contact_id AS "contactId", state, reason, provider_message_id AS sid FROM message',
  );
}
