import { type WorkerHttp, startWorkerHttp } from '../../apps/worker/src/worker-http.js';
import { bring, startSequence } from '../factories/sequences.js';
import { addWebShop, callOf, corpus } from '../factories/shops.js';
import { startSmtpSink, type SmtpSink } from '../factories/smtp-sink.js';
import {
  addCampaign,
  addPeople,
  addShop,
  launch,
  queues,
  type Shop,
  testSystem,
  type TestSystem,
  until,
} from '../factories/system.js';

const TOKEN = 'a-token-that-reads-the-figures';

/** The value of a metric with exactly these labels, or undefined. */
function valueOf(text: string, name: string, labels: Record<string, string> = {}): number | undefined {
  const wanted = JSON.stringify(Object.entries(labels).sort());
  for (const line of text.split('\n')) {
    const found = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (found?.[1] !== name) continue;
    const given = [...(found[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [
      label,
      value,
    ]);
    if (JSON.stringify(given.sort()) === wanted) return Number(found[3]);
  }
  return undefined;
}

describe.each(queues)('what the product says of itself, on the queue in %s', queue => {
  let sink: SmtpSink;
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    sink = await startSmtpSink();
    system = await testSystem(queue, {
      env: { SMTP_URL: sink.url, SENDING_BATCH: '10', METRICS_TOKEN: TOKEN },
    });
    shop = await addShop(system);
  });
  afterAll(async () => {
    sink.release();
    await system.close();
    await sink.close();
  });

  const scrape = async (): Promise<string> => {
    const answer = await system.request('GET', '/metrics', undefined, { authorization: `Bearer ${TOKEN}` });
    expect(answer.status).toBe(200);
    return answer.text;
  };

  it('counts every message by what became of it, and times steps, mails and renderings', async () => {
    await addPeople(system, shop, 30, { domain: 'gmail.com' });
    const refused = await addPeople(system, shop, 4, { domain: 'icloud.com' });
    sink.answer = recipient => (recipient.endsWith('@icloud.com') ? 'try later' : 'accept');
    const campaign = await addCampaign(system, shop);
    await launch(system, campaign);
    const text = await until(scrape, figures => {
      const accepted = valueOf(figures, 'ithn_messages_total', {
        ...{ outcome: 'accepted', channel: 'email', lane: 'google', relay: '127.0.0.1' },
      });
      const deferred = valueOf(figures, 'ithn_messages_total', {
        ...{ outcome: 'deferred', channel: 'email', lane: 'apple', relay: '127.0.0.1' },
      });
      return accepted === 30 && deferred === refused.length;
    });
    sink.answer = () => 'accept';
    expect(valueOf(text, 'ithn_render_seconds_count')).toBe(34);
    expect(
      valueOf(text, 'ithn_smtp_transaction_seconds_count', { relay: '127.0.0.1', result: 'accepted' }),
    ).toBe(30);
    expect(
      valueOf(text, 'ithn_smtp_transaction_seconds_count', { relay: '127.0.0.1', result: 'refused' }),
    ).toBe(4);
    expect(valueOf(text, 'ithn_step_seconds_count', { outcome: 'done' })).toBeGreaterThanOrEqual(6);
    expect(valueOf(text, 'ithn_relay_connections_max', { relay: '127.0.0.1' })).toBe(8);
    expect(valueOf(text, 'ithn_database_connections_max', { pool: 'shared' })).toBe(10);
    expect(valueOf(text, 'ithn_database_connections_max', { pool: 'prepared' })).toBe(2);
    expect(valueOf(text, 'ithn_database_connections', { pool: 'prepared', state: 'idle' })).toBeGreaterThan(
      0,
    );
    expect(
      valueOf(text, 'ithn_http_request_duration_seconds_count', {
        ...{ method: 'POST', route: '/v1/campaigns/:id/launch', status: '2xx' },
      }),
    ).toBe(1);
    expect(valueOf(text, 'ithn_job_wait_seconds_count', { job: 'freeze-dispatch' })).toBeGreaterThanOrEqual(
      1,
    );
    expect(
      valueOf(text, 'ithn_job_duration_seconds_count', { job: 'freeze-dispatch', outcome: 'done' }),
    ).toBeGreaterThanOrEqual(1);
    await system.request('POST', `/v1/campaigns/${campaign}/cancel`);
  });

  it('knows the queue: how many jobs wait, and for how long the oldest', async () => {
    const text = await until(
      scrape,
      figures => valueOf(figures, 'ithn_jobs', { queue: 'sending', state: 'waiting' }) !== undefined,
    );
    for (const name of ['sending', 'imports', 'schedule']) {
      expect(valueOf(text, 'ithn_oldest_job_seconds', { queue: name })).toBeGreaterThanOrEqual(0);
      expect(valueOf(text, 'ithn_jobs', { queue: name, state: 'failed' })).toBe(0);
    }
  });

  it('names nobody and nothing that a label could name without end', async () => {
    const text = await scrape();
    expect(text).not.toMatch(/@|example\.com|Nakheel|cam_|con_|dsp_|\+9\d{6}/);
    for (const [, name, value] of text.matchAll(/[{,](\w+)="([^"]*)"/g)) {
      if (name !== 'le' && name !== 'version') expect(value?.length).toBeLessThan(80);
    }
  });

  it('follows the names Prometheus asks for, each with a sentence that helps', async () => {
    const text = await scrape();
    const helps = [...text.matchAll(/^# HELP (ithn_\w+) (.+)$/gm)];
    expect(helps.length).toBeGreaterThan(20);
    for (const [, name, help] of helps) {
      expect(help).toMatch(/^[A-Z].{20,}\.$/);
      const type = new RegExp(`^# TYPE ${name} (\\w+)$`, 'm').exec(text)?.[1];
      expect((name as string).endsWith('_total')).toBe(type === 'counter');
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    }
  });
});

describe('what happens after a purchase', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await testSystem('postgres', { env: { METRICS_TOKEN: TOKEN } });
  });
  afterAll(() => system.close());

  const figure = async (name: string, labels: Record<string, string> = {}): Promise<number | undefined> => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    return valueOf((await system.request('GET', '/metrics', undefined, headers)).text, name, labels);
  };

  it('is counted: webhooks of shops by what became of them', async () => {
    const shop = await addWebShop(system, 'woocommerce');
    expect((await callOf(system, shop, corpus('woocommerce-order'), 'order.created')).status).toBe(200);
    const forged = { 'x-wc-webhook-signature': 'AAAA' };
    expect((await callOf(system, shop, corpus('woocommerce-order'), 'order.created', forged)).status).toBe(
      401,
    );
    expect((await callOf(system, shop, '{}', 'coupon.created')).body).toEqual({ ignored: true });
    const of = (outcome: string, code = '') =>
      figure('ithn_shop_webhooks_total', { kind: 'woocommerce', outcome, code });
    expect([
      await of('taken'),
      await of('ignored'),
      await of('refused', 'WEBHOOK_SIGNATURE_INVALID'),
    ]).toEqual([1, 1, 1]);
  });

  it('is counted: ways through sequences, and shown where somebody waits too long', async () => {
    const shop = await addShop(system);
    const wait = { id: 'wait', type: 'wait', for: 'P1D' } as const;
    const id = await startSequence(system, 'Watched', { trigger: { on: 'api' }, steps: [wait] });
    await bring(system, id, await addPeople(system, shop, 3));
    expect(await figure('ithn_sequence_moves_total', { outcome: 'entered' })).toBe(3);
    expect(await figure('ithn_sequence_moves_total', { outcome: 'waits' })).toBe(3);
    // What was read of PostgreSQL is kept for ten seconds: that it is there, and below what it tells.
    expect(await figure('ithn_sequences', { state: 'running' })).toBeDefined();
    expect(await figure('ithn_sequence_oldest_due_seconds')).toBe(0);
    const { SequenceRepository } = await import('#sequences');
    const repository = new SequenceRepository(system.database.db);
    expect(await repository.figures(system.clock.now())).toMatchObject({ running: 1, oldestDueSeconds: 0 });
    const later = new Date(system.clock.now().getTime() + 25 * 3_600_000);
    const { oldestDueSeconds } = await repository.figures(later);
    expect(oldestDueSeconds).toBeGreaterThanOrEqual(3590);
    expect(oldestDueSeconds).toBeLessThanOrEqual(3600);
    await system.request('POST', `/v1/sequences/${id}/pause`);
    expect(await repository.figures(later)).toMatchObject({ running: 0, paused: 1, oldestDueSeconds: 0 });
  });
});

describe('who may read the figures', () => {
  let system: TestSystem;
  let http: WorkerHttp;
  const ask = (port: number, path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers, method });

  beforeAll(async () => {
    system = await testSystem('postgres', { env: { METRICS_TOKEN: TOKEN, WORKER_PORT: '0' } });
    http = (await startWorkerHttp(system.app)) as WorkerHttp;
  });
  afterAll(async () => {
    await http.close();
    await system.close();
  });

  it('is whoever has the token, or a key with the scope for it, and nobody else', async () => {
    const status = async (authorization?: string): Promise<number> =>
      (await fetch(`${system.url}/metrics`, { headers: authorization ? { authorization } : {} })).status;
    expect(await status()).toBe(401);
    expect(await status('Bearer wrong-token-of-the-same-size.')).toBe(401);
    expect(await status(`Bearer ${TOKEN}`)).toBe(200);
    expect(await status(`Bearer ${await system.keyWith('metrics:read')}`)).toBe(200);
    expect(await status(`Bearer ${await system.keyWith('contacts:read')}`)).toBe(403);
  });

  it('is asked for the token by a worker, too', async () => {
    const refused = await ask(http.port, '/metrics');
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const answer = await ask(http.port, '/metrics', { authorization: `Bearer ${TOKEN}` });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toContain('ithn_dispatches{state="running"}');
  });

  it('is this machine alone where a worker has no token', async () => {
    const open = await testSystem('postgres', { env: { WORKER_PORT: '0' }, startWorker: false });
    const worker = (await startWorkerHttp(open.app)) as WorkerHttp;
    try {
      expect((await ask(worker.port, '/metrics')).status).toBe(200);
      expect((await fetch(`${open.url}/metrics`)).status).toBe(401);
    } finally {
      await worker.close();
      await open.close();
    }
  });

  it('gets nothing else from a worker, whose health everybody may ask', async () => {
    expect((await ask(http.port, '/health/live')).status).toBe(200);
    expect((await ask(http.port, '/health/ready')).status).toBe(200);
    expect((await ask(http.port, '/__proto__')).status).toBe(404);
    expect((await ask(http.port, '/metrics', {}, 'POST')).status).toBe(405);
  });

  it('sees a worker that stops, or has no database, as alive and not ready', async () => {
    const other = await testSystem('postgres', { env: { WORKER_PORT: '0' }, startWorker: false });
    const worker = (await startWorkerHttp(other.app)) as WorkerHttp;
    try {
      worker.stopping();
      expect((await ask(worker.port, '/health/ready')).status).toBe(503);
      expect((await ask(worker.port, '/health/live')).status).toBe(200);
    } finally {
      await worker.close();
      await other.close();
    }
  });

  it('gets the figures of the process also while PostgreSQL is away', async () => {
    const other = await testSystem('postgres', { env: { METRICS_TOKEN: TOKEN }, startWorker: false });
    await other.database.dataSource.destroy();
    const ask = () => fetch(`${other.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    // What fails while figures are gathered is told with the next ones.
    await (await ask()).text();
    const answer = await ask();
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toMatch(/^ithn_dispatches\{/m);
    expect(valueOf(text, 'ithn_metrics_readings_failed_total', { reading: 'sending' })).toBe(1);
    await other.close();
  });
});

describe('what is stuck', () => {
  it('shows: work that nobody takes, leases that ran out, messages nobody knows of', async () => {
    const system = await testSystem('postgres', { env: { METRICS_TOKEN: TOKEN }, startWorker: false });
    try {
      const shop = await addShop(system);
      await addPeople(system, shop, 5);
      const campaign = await addCampaign(system, shop);
      await launch(system, campaign);
      const { AudienceService } = await import('#sending');
      const { db } = system.database;
      const [{ id } = { id: 0 }] = await db.query<{ id: number }>('SELECT id FROM dispatch');
      await system.app.get(AudienceService, { strict: false }).freeze(id);
      system.clock.advance(10 * 60_000);
      await db.query(
        `INSERT INTO chunk (dispatch_id, lane, contact_ids, size, state, due_at, lease_owner, lease_generation, lease_until)
         VALUES (99, 'other', '{}', 0, 'leased', now(), 'gone', 1, now() - interval '1 minute')`.replace(
          '99',
          String(id),
        ),
      );
      await db.query(
        `INSERT INTO message (dispatch_id, contact_id, state, attempt, chunk_id, lease_generation, allowed_at)
         VALUES ($1, 1, 'unknown', 1, 1, 1, now())`,
        [id],
      );
      const first = await system.request('GET', '/metrics', undefined, { authorization: `Bearer ${TOKEN}` });
      expect(valueOf(first.text, 'ithn_chunks_overdue')).toBe(1);
      expect(valueOf(first.text, 'ithn_messages_unresolved')).toBe(1);
      expect(valueOf(first.text, 'ithn_running_contacts', { state: 'due' })).toBe(5);
      expect(valueOf(first.text, 'ithn_running_contacts', { state: 'done' })).toBe(0);
      expect(valueOf(first.text, 'ithn_oldest_due_chunk_seconds')).toBe(600);
      // A worker that went silent holds one of its chunks: until it is freed, somebody seems to be at work.
      expect(valueOf(first.text, 'ithn_dispatches_stalled')).toBe(0);
      const { SendingFiguresRepository } = await import('#sending');
      await db.query(`UPDATE chunk SET state = 'done' WHERE state = 'leased'`);
      const figures = await new SendingFiguresRepository(db).read(system.clock.now(), 5 * 60_000);
      expect(figures).toMatchObject({ stalled: 1, overdue: 0, unknown: 1 });

      // What obeys a limit is not stuck: its rate's next token is hours away, or its lane's, or its relay's.
      const read = () => new SendingFiguresRepository(db).read(system.clock.now(), 5 * 60_000);
      const [{ sender, lane } = { sender: 0, lane: '' }] = await db.query<{ sender: number; lane: string }>(
        'SELECT d.sender_id AS sender, c.lane FROM chunk c JOIN dispatch d ON d.id = c.dispatch_id LIMIT 1',
      );
      const limits = [
        [`dispatch:${id}`, 'dispatch'],
        [`lane:${sender}:${lane}`, 'lane'],
        ['relay:slow.example', 'relay'],
      ] as const;
      for (const [key, scope] of limits) {
        await db.query(
          `INSERT INTO token_bucket (key, scope, lane, set_rate, tokens, refilled_at) VALUES ($1, $2, $3, 0.0001, 0.5, clock_timestamp())`,
          [key, scope, scope === 'lane' ? lane : null],
        );
        expect([scope, await read()]).toMatchObject([
          scope,
          { stalled: 0, oldestDueSeconds: 0, contacts: { due: 0, later: 5 }, chunks: { due: 0 } },
        ]);
        // Where there are tokens and nobody takes them, it is stuck.
        await db.query('UPDATE token_bucket SET tokens = 1.1');
        expect([scope, await read()]).toMatchObject([scope, { stalled: 1, contacts: { due: 5 } }]);
        await db.query(
          `INSERT INTO dispatch_turn VALUES ($1, clock_timestamp()) ON CONFLICT (dispatch_id) DO UPDATE SET claimed_at = clock_timestamp()`,
          [id],
        );
        expect([scope, await read()]).toMatchObject([scope, { stalled: 0, oldestDueSeconds: 0 }]);
        await db.query('DELETE FROM token_bucket');
        await db.query('DELETE FROM dispatch_turn');
        expect(await read()).toMatchObject({ stalled: 1 });
      }
    } finally {
      await system.close();
    }
  });
});
