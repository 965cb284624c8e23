import { TokenSigner } from '#common';
import { type TestApi, testApi } from '../factories/api.js';
import { RedisServer } from '../factories/redis-server.js';
import { launch, type Progress, progressOf, type Shop } from '../factories/system.js';
import { killWorkerProcesses, startWorkerProcess, type WorkerProcess } from '../factories/worker-process.js';
import { type Say } from '../harness/named-runs.js';
import { type ChaosDatabase, chaosDatabase } from './chaos-database.js';
import { RecordingSink } from '../factories/recording-sink.js';
import { byEmail, type Way } from './way.js';
import { isBalanced, judge, type LedgerRow, type Numbers, type Verdict } from './verdict.js';

const POLL_MS = 40;
/** With nothing moving for so long, neither its numbers nor what the sink is offered, a campaign counts as stuck. */
const STUCK_MS = 60_000;
/** As long as docker-compose.yml gives a worker to end. */
const STOP_LIMIT_MS = 60_000;

/** What most trials let one choose. */
export const commonOptions = {
  ...{ people: '20000', queue: 'postgres', seed: '' },
  ...{ workers: '2', batch: '50', connections: '8', runners: '2', lease: '3', delay: '5' },
};

/** A campaign that real worker processes send to a recording sink, while somebody breaks things; then the verdict. */
export class Trial {
  campaign = '';
  /** The moments at which the numbers were asked for, and how often nobody answered. */
  polls = 0;
  pollsUnanswered = 0;
  unbalanced: Progress[] = [];
  /** Processes that ended although nobody asked them to. */
  died = 0;
  longestStopMs = 0;
  readonly seed: number;
  readonly workers: WorkerProcess[] = [];
  readonly #began = performance.now();
  readonly #asked = new WeakSet<WorkerProcess>();
  #random: number;
  #log = '';
  #closing: Promise<void> | undefined;

  private constructor(
    readonly name: string,
    readonly options: Record<string, string>,
    readonly say: Say,
    readonly database: ChaosDatabase,
    readonly redis: RedisServer | null,
    readonly sink: RecordingSink,
    /** How the campaign leaves, and what arrived of it. */
    readonly way: Way,
    readonly api: TestApi,
    readonly shop: Shop,
  ) {
    this.seed = this.#random = options['seed'] ? this.number('seed') : Date.now() % 1_000_000;
    sink.delay = this.number('delay');
  }

  static async open(
    name: string,
    options: Record<string, string>,
    say: Say,
    { ownServer = false, way = null as Way | null } = {},
  ): Promise<Trial> {
    const { queue } = options;
    if (queue !== 'redis' && queue !== 'postgres') throw new Error('--queue is redis or postgres.');
    say(`PostgreSQL${queue === 'redis' ? ', Redis' : ''}, sink, API`);
    const redis = queue === 'redis' ? await RedisServer.start() : null;
    if (queue === 'redis' && !redis) throw new Error('redis-server is not installed.');
    const database = await chaosDatabase(ownServer);
    const sink = await RecordingSink.start();
    const taking = way ?? byEmail(sink);
    const env: Record<string, string> = { ...taking.env, ...(redis ? { REDIS_URL: redis.url } : {}) };
    const api = await testApi(env, [], database);
    // The workers have the real clock; the API that launches must not be ahead of it.
    api.clock.set(new Date(Date.now() - 60_000));
    const trial = new Trial(
      name,
      options,
      say,
      database,
      redis,
      sink,
      taking,
      api,
      await taking.addShop(api),
    );
    open.add(trial);
    return trial;
  }

  number(option: string): number {
    const value = Number(this.options[option]);
    if (!Number.isFinite(value)) throw new Error(`--${option} must be a number.`);
    return value;
  }

  /** From 0 up to 1; the same again for the same seed. */
  random(): number {
    // mulberry32
    this.#random = (this.#random + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** The most one dead worker can leave unknown: each runner never has more than a batch allowed and not yet settled. */
  get unknownPerWorker(): number {
    return this.number('runners') * this.number('batch');
  }

  async addPeople(): Promise<void> {
    await this.way.addPeople(this.api, this.shop, this.number('people'));
    await this.database.db.query('ANALYZE');
  }

  async launch(): Promise<void> {
    this.campaign = await this.way.addCampaign(this.api, this.shop);
    await launch(this.api, this.campaign);
  }

  /** Starts so many workers, or one. */
  start(count = 1, more: Record<string, string> = {}, output?: number): WorkerProcess {
    let worker: WorkerProcess | undefined;
    for (let i = 0; i < count; i++) worker = this.#start(more, output);
    return worker as WorkerProcess;
  }

  #start(more: Record<string, string>, output?: number): WorkerProcess {
    const env = {
      SENDING_BATCH: this.options['batch'] as string,
      SENDING_RUNNERS: this.options['runners'] as string,
      SENDING_LEASE_SECONDS: this.options['lease'] as string,
      SMTP_CONNECTIONS: this.options['connections'] as string,
      LOG_LEVEL: 'info',
      ...(this.redis ? { REDIS_URL: this.redis.url } : {}),
      ...this.way.env,
      ...more,
    };
    const worker = startWorkerProcess(this.database.url, this.sink.url, env, output);
    this.workers.push(worker);
    void worker.ended.then(how => {
      this.workers.splice(this.workers.indexOf(worker), 1);
      if (this.#asked.has(worker)) return;
      this.died++;
      this.#log += `a worker ended by itself (${how}): ${worker.log()}\n`;
    });
    return worker;
  }

  /** Ends a worker. @returns whether it ended as it should */
  async end(worker: WorkerProcess, signal: NodeJS.Signals, started = hasStarted(worker)): Promise<boolean> {
    this.#asked.add(worker);
    const began = performance.now();
    // One that still loads its program does not hear a signal, which ends it: it has nothing in hand.
    const expected: (number | string)[] = started ? [0] : [0, signal];
    worker.kill(signal);
    const how = await worker.ended;
    if (signal !== 'SIGTERM') return how === signal;
    this.longestStopMs = Math.max(this.longestStopMs, performance.now() - began);
    const isRight = expected.includes(how);
    if (!isRight) this.#log += `a worker ended with ${how}: ${worker.log()}\n`;
    return isRight;
  }

  /** Whether anybody is there to do something. */
  get hasWorker(): boolean {
    return this.workers.some(hasStarted);
  }

  anyWorker(): WorkerProcess {
    return this.workers[Math.floor(this.random() * this.workers.length)] as WorkerProcess;
  }

  /** Asks for the campaign's numbers as anybody would, and holds them against the equations. null: no answer. */
  async poll(): Promise<Progress | null> {
    this.polls++;
    let numbers: Progress;
    try {
      numbers = await progressOf(this.api, this.campaign);
    } catch {
      this.pollsUnanswered++;
      return null;
    }
    // What the ledger calls accepted was taken before.
    const isTrue = numbers.accepted <= this.way.taken;
    if (!isTrue || !isBalanced(numbers as unknown as Numbers)) this.unbalanced.push(numbers);
    return numbers;
  }

  /** Polls until it is so. @returns false when the campaign got stuck before, or ended */
  async until(holds: (numbers: Progress) => boolean, atEachPoll?: () => Promise<unknown>): Promise<boolean> {
    let last = '';
    let movedAt = performance.now();
    for (;;) {
      const numbers = await this.poll();
      await atEachPoll?.();
      if (numbers && holds(numbers)) return true;
      if (numbers?.state === 'finished') return false;
      const now = `${JSON.stringify(numbers)} ${this.way.taken} of ${this.way.offered}`;
      if (now !== last) [last, movedAt] = [now, performance.now()];
      if (performance.now() - movedAt > STUCK_MS || this.workers.length === 0) {
        this.#log += `stuck at ${last}\n${this.workers.map(worker => worker.log()).join('\n')}\n`;
        return false;
      }
      await pause(POLL_MS);
    }
  }

  /** Until so many messages were taken. @returns false when the campaign ended, or got stuck, before */
  untilTaken(count: number, atEachPoll?: () => Promise<unknown>): Promise<boolean> {
    return this.until(() => this.way.taken >= count, atEachPoll);
  }

  /** Until so many people have a row; of those whose worker was killed the sink may never hear. */
  untilAttempted(count: number, atEachPoll?: () => Promise<unknown>): Promise<boolean> {
    return this.until(({ frozen, notYetAttempted }) => frozen - notYetAttempted >= count, atEachPoll);
  }

  /**
   * Lets everybody whose mail was put off be tried again now, and a lane that slowed to one mail in ten seconds go as
   * before: nobody waits half an hour for a test.
   */
  async hasten(): Promise<void> {
    const { db } = this.database;
    await db.query(`DELETE FROM token_bucket WHERE slow_rate IS NOT NULL AND set_rate IS NULL`);
    await db.query(
      `UPDATE token_bucket SET slow_rate = NULL, slow = NULL WHERE slow_rate IS NOT NULL AND set_rate IS NOT NULL`,
    );
    await db.query(
      `UPDATE message SET retry_at = now() - interval '1 second' WHERE state = 'deferred' AND retry_at > now()`,
    );
    await db.query(
      `UPDATE chunk SET due_at = now() - interval '1 second' WHERE state = 'pending' AND due_at > now()`,
    );
  }

  /** Waits for the campaign's end, lets the workers end, and joins what arrived with the ledger. */
  async finish(
    unknownBound: number,
    extra: Record<string, unknown> = {},
    promises: Record<string, boolean> = {},
    atEachPoll?: () => Promise<unknown>,
  ): Promise<Record<string, unknown>> {
    const isFinished = (): Promise<boolean> =>
      this.until(numbers => numbers.state === 'finished', atEachPoll);
    const stop = (): Promise<boolean[]> =>
      Promise.all([...this.workers].map(worker => this.end(worker, 'SIGTERM')));
    let finished = await isFinished();
    const seconds = (performance.now() - this.#began) / 1000;
    const stops = await stop();
    // A sleeper that woke up last may tell on its way out of mails that provably were not sent: then it is not over.
    if ((await this.poll())?.state === 'running') {
      this.start(1);
      finished = await isFinished();
      stops.push(...(await stop()));
    }
    const verdict = await this.judge(this.campaign);
    const numbers = await progressOf(this.api, this.campaign);
    const held: Record<string, boolean> = {
      finished,
      'duplicates 0': verdict.duplicates === 0,
      'lost 0': verdict.lost === 0,
      'delivered_without_row 0': verdict.delivered_without_row === 0,
      'contradicted 0': verdict.contradicted === 0,
      'misaddressed 0': verdict.misaddressed === 0,
      'balanced at every poll': this.unbalanced.length === 0,
      [`unknown at most ${unknownBound}`]: verdict.unknown <= unknownBound,
      'no process ended by itself': this.died === 0,
      'every SIGTERM ended with 0': stops.every(Boolean),
      [`every SIGTERM within ${STOP_LIMIT_MS} ms`]: this.longestStopMs <= STOP_LIMIT_MS,
      ...promises,
    };
    const broken = Object.keys(held).filter(promise => !held[promise]);
    if (broken.length > 0) this.say(`${this.#log}${JSON.stringify(this.unbalanced.slice(0, 3))}`);
    return {
      name: this.name,
      queue: this.options['queue'],
      seed: this.seed,
      ...verdict,
      unknown_bound: unknownBound,
      frozen: numbers.frozen,
      balanced: this.unbalanced.length === 0,
      polls: this.polls,
      polls_unanswered: this.pollsUnanswered,
      ...{ accepted: numbers.accepted, rejected: numbers.rejected, skipped: numbers.skipped },
      longest_stop_ms: Math.round(this.longestStopMs),
      seconds: Math.round(seconds * 10) / 10,
      ...extra,
      broken,
    };
  }

  /** The ledger of a campaign beside what was taken of it. */
  async judge(campaign: string): Promise<Verdict> {
    const { db } = this.database;
    const [found] = await db.query<{ id: number }>('SELECT dispatch_id AS id FROM campaign WHERE id = $1', [
      campaign.slice(4),
    ]);
    const dispatchId = found?.id ?? 0;
    const frozen = await db.query<{ id: number }>(
      'SELECT unnest(contact_ids) AS id FROM chunk WHERE dispatch_id = $1',
      [dispatchId],
    );
    const rows = await db.query<LedgerRow>(
      `SELECT m.contact_id AS "contactId", c.${this.way.address} AS address, m.state
         FROM message m JOIN contact c ON c.id = m.contact_id WHERE m.dispatch_id = $1`,
      [dispatchId],
    );
    const arrivals = this.way
      .arrivals(this.api.app.get(TokenSigner, { strict: false }))
      // One that is none of ours belongs to nobody, which counts as delivered without a row.
      .filter(message => message.dispatchId === dispatchId || message.dispatchId === undefined)
      .map(({ recipient, contactId = 0 }) => ({ recipient, contactId }));
    return judge(
      frozen.map(row => Number(row.id)),
      rows,
      arrivals,
    );
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    open.delete(this);
    for (const worker of this.workers) this.#asked.add(worker);
    await killWorkerProcesses();
    await this.api.close();
    await this.database.close();
    await this.redis?.stop('SIGKILL');
    await this.way.close();
    await this.sink.close();
  }
}

/** It has said so; one whose log goes elsewhere never does. */
function hasStarted(worker: WorkerProcess): boolean {
  return worker.log().includes('worker started');
}

const open = new Set<Trial>();

/** What an interrupted run leaves behind: processes, servers, folders. */
export async function closeTrials(): Promise<void> {
  for (const trial of open) await trial.close();
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
