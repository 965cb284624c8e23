import { Database } from '#database';
import { type NewEvent, OutgoingEvents } from '#webhooks';
import { type Answer, testApi } from '../factories/api.js';
import { testSystem, type TestSystem, until } from '../factories/system.js';
import { type ReceiverAnswer, signaturesOf, WebhookReceiver } from '../factories/webhook-receiver.js';
import { killWorkerProcesses, startWorkerProcess } from '../factories/worker-process.js';

const NETWORKS = { WEBHOOK_NETWORKS: '127.0.0.0/8' };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('outgoing webhooks', () => {
  let system: TestSystem;
  let receiver: WebhookReceiver;
  let db: Database;
  let contacts = 1000;

  beforeAll(async () => {
    system = await testSystem('postgres', { env: NETWORKS });
    db = system.app.get(Database, { strict: false });
  });
  afterAll(() => system.close());
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    contacts += 100;
  });
  afterEach(async () => {
    await db.query('UPDATE webhook SET deleted_at = now(), state = $1, disabled_reason = $2', [
      'disabled',
      'by_request',
    ]);
    await receiver.close();
  });

  const asked = async (method: string, path: string, body?: unknown, status = 200): Promise<any> => {
    const answer = await system.request(method, path, body);
    if (answer.status !== status)
      throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return answer.body;
  };
  const addWebhook = (more: Record<string, unknown> = {}): Promise<{ id: string; secret: string }> =>
    asked('POST', '/v1/webhooks', { url: `${receiver.url}/hook`, ...more }, 201);
  const event = (n: number, contactId: number | null = contacts, more: Partial<NewEvent> = {}): NewEvent => ({
    ...{ kind: 'message.complained', contactId, subject: { messageId: `msg_1_${n}` }, payload: { n } },
    ...{ occurredAt: new Date('2026-11-21T08:00:00Z'), ...more },
  });
  const emit = (...events: NewEvent[]): Promise<number[]> =>
    db.transaction(() => system.app.get(OutgoingEvents, { strict: false }).emit(events));
  const deliveries = async (id: string, query = ''): Promise<any[]> =>
    (await asked('GET', `/v1/webhooks/${id}/deliveries?limit=200${query}`)).items;
  const untilCalls = (count: number): Promise<number> =>
    until(
      async () => receiver.calls.length,
      calls => calls >= count,
    );
  const untilTaken = (count: number): Promise<number> =>
    until(
      async () => receiver.taken().length,
      taken => taken >= count,
    );
  /**
   * Until everything that could be told now was told: nothing new, nothing in hand, and what is due lies in the future or
   * belongs to a webhook that rests. A look in one statement, for between two something could be taken up.
   */
  const untilQuiet = (): Promise<unknown> =>
    until(
      () =>
        db.query(
          `SELECT event_id FROM outgoing_event_new
            UNION ALL
           SELECT d.event_id FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id
            WHERE d.state = 'sending'
               OR (d.state = 'due' AND d.due_at <= $1 AND w.state = 'active' AND w.deleted_at IS NULL
                   AND COALESCE(w.rests_until <= $1, true))`,
          [system.clock.now()],
        ),
      open => open.length === 0,
    );
  /** Time passes while nobody has anything in hand: what is taken up before and ends after it would count from then. */
  const stepOn = async (milliseconds: number): Promise<void> => {
    await untilQuiet();
    system.clock.advance(milliseconds);
  };
  const nothingMore = async (calls: number): Promise<void> => {
    await untilQuiet();
    expect(receiver.calls).toHaveLength(calls);
  };

  it('tell of what happened, signed, to those that want to know', async () => {
    const all = await addWebhook({ url: `${receiver.url}/all` });
    await addWebhook({ url: `${receiver.url}/bounces`, kinds: ['message.bounced'] });
    const [first] = await emit(event(1), event(2, contacts + 1, { kind: 'message.bounced' }), event(3, null));
    await untilTaken(4);
    const call = receiver.calls.find(({ path, json }) => path === '/all' && json.data['n'] === 1)!;
    expect(call.json).toEqual({
      type: 'message.complained',
      timestamp: '2026-11-21T08:00:00.000Z',
      data: { contactId: `con_${contacts}`, messageId: 'msg_1_1', n: 1 },
    });
    expect(call.headers).toMatchObject({
      ...{ 'content-type': 'application/json', 'webhook-id': `evt_${first}` },
      'webhook-timestamp': String(Math.floor(system.clock.now().getTime() / 1000)),
    });
    expect(signaturesOf(call, all.secret)).toEqual({ good: 1, all: 1 });
    expect(all.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(receiver.taken('n', '/bounces')).toEqual([2]);
    expect(new Set(receiver.taken('n', '/all'))).toEqual(new Set([1, 2, 3]));
  });

  it('tell nothing of a transaction that was undone', async () => {
    await addWebhook();
    const undone = db.transaction(async () => {
      await emit(event(1));
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await emit(event(2));
    await untilTaken(1);
    expect(receiver.taken('n')).toEqual([2]);
    await nothingMore(1);
  });

  it('lose no event whose transaction commits after one with a higher number', async () => {
    await addWebhook();
    let commit: () => void = () => undefined;
    let began: () => void = () => undefined;
    const begun = new Promise<void>(resolve => (began = resolve));
    const slow = db.transaction(async () => {
      await emit(event(1), event(1, contacts + 1));
      began();
      await new Promise<void>(resolve => (commit = resolve));
    });
    await begun;
    await emit(event(2), event(2, contacts + 2));
    await untilTaken(2);
    commit();
    await slow;
    await untilTaken(4);
    expect(receiver.taken('n')).toEqual([2, 2, 1, 1]);
  });

  it('tell of a contact in order and one at a time, whatever fails and however slow, and hold up no other', async () => {
    await addWebhook();
    const stuck = contacts + 50;
    const tried = new Map<string, number>();
    receiver.answer = ({ headers, json }): ReceiverAnswer => {
      const id = String(headers['webhook-id']);
      tried.set(id, (tried.get(id) ?? 0) + 1);
      if (json.data['contactId'] === `con_${stuck}`) return 503;
      const n = json.data['n'] as number;
      return { status: n % 3 === 0 && tried.get(id) === 1 ? 500 : 200, afterMs: (n * 7) % 12 };
    };
    const people = [contacts, contacts + 1, contacts + 2, contacts + 3];
    for (let n = 0; n < 12; n++) await emit(...people.map(person => event(n, person)), event(n, stuck));
    // Failures make the webhook rest; each further moment it goes on a little.
    await until(
      async () => {
        await stepOn(2000);
        return receiver.taken().length;
      },
      taken => taken >= 48,
    );
    for (const person of people) {
      const order = receiver.calls
        .filter(({ json, status }) => json.data['contactId'] === `con_${person}` && status === 200)
        .map(({ json }) => json.data['n'] as number);
      expect(order).toEqual(Array.from({ length: 12 }, (_, n) => n));
    }
    const ofStuck = receiver.calls.filter(({ json }) => json.data['contactId'] === `con_${stuck}`);
    expect(new Set(ofStuck.map(({ json }) => json.data['n']))).toEqual(new Set([0]));
    expect(receiver.overlaps).toEqual([]);
  });

  it('try again later and later, with the same id, and after ten times go on with the next', async () => {
    const { id, secret } = await addWebhook();
    receiver.answer = ({ json }) => (json.data['n'] === 1 ? 500 : 204);
    const [first] = await emit(event(1), event(2));
    await untilCalls(1);
    const [waiting, failed] = await until(
      () => deliveries(id),
      ([, one]) => one?.state === 'due',
    );
    expect(failed).toMatchObject({
      eventId: `evt_${first}`,
      state: 'due',
      attempts: 1,
      lastStatus: 500,
      lastError: 'STATUS',
    });
    expect(waiting).toMatchObject({ state: 'waiting', attempts: 0, dueAt: null });
    const waits: number[] = [];
    for (let attempt = 1; attempt < 10; attempt++) {
      const [, row] = await until(
        () => deliveries(id),
        ([, one]) => one?.state === 'due' && one?.attempts === attempt,
      );
      waits.push(Date.parse(row.dueAt) - system.clock.now().getTime());
      system.clock.set(
        new Date(Math.max(Date.parse(row.dueAt), system.clock.now().getTime() + 5 * MINUTE_MS)),
      );
      await untilCalls(attempt + 1);
    }
    await until(
      () => deliveries(id),
      ([second, one]) => one?.state === 'given_up' && second?.state === 'due',
    );
    system.clock.advance(5 * MINUTE_MS);
    await untilTaken(1);
    expect(receiver.taken('n')).toEqual([2]);
    const hours = waits.map(wait => wait / HOUR_MS);
    expect(hours[0]).toBeCloseTo(5 / 3600, 3);
    expect(hours.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(66);
    hours.slice(1).forEach((wait, at) => expect(wait).toBeGreaterThan(hours[at]!));
    const calls = receiver.calls.filter(({ json }) => json.data['n'] === 1);
    expect(new Set(calls.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([`evt_${first}`]));
    expect(new Set(calls.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(10);
    expect(calls.every(call => signaturesOf(call, secret).good === 1)).toBe(true);
    expect(new Set(calls.map(({ body }) => body)).size).toBe(1);
  });

  it('wait as long as the receiver asks', async () => {
    await addWebhook();
    receiver.answer = () =>
      receiver.calls.length === 1 ? { status: 429, headers: { 'retry-after': '600' } } : 200;
    await emit(event(1), event(2, contacts + 1));
    await untilCalls(1);
    await untilQuiet();
    const calls = receiver.calls.length;
    system.clock.advance(9 * MINUTE_MS);
    await nothingMore(calls);
    system.clock.advance(MINUTE_MS);
    await untilTaken(2);
  });

  it('let no silent receiver hold up another, and put back what it holds when the worker stops', async () => {
    const silent = await WebhookReceiver.start();
    silent.answer = () => 'never';
    const one = await testSystem('postgres', { env: NETWORKS, database: system.database });
    one.clock.set(system.clock.now());
    try {
      const { id } = await addWebhook({ url: silent.url });
      await addWebhook();
      await emit(...Array.from({ length: 30 }, (_, n) => event(n, contacts + n)));
      await untilTaken(30);
      expect(silent.calls).toHaveLength(8);
      await Promise.all([one.worker.stop(), system.worker.stop()]);
      const left = await deliveries(id);
      expect(left.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(
        Array.from({ length: 30 }, () => 'due 0'),
      );
    } finally {
      await silent.close();
      await one.close().catch(() => undefined);
      await system.close();
      system = await testSystem('postgres', { env: NETWORKS });
      db = system.app.get(Database, { strict: false });
    }
  });

  it('disable a webhook that answers 410, and say so; enabled again, it hears what was open', async () => {
    const { id } = await addWebhook();
    receiver.answer = () => 410;
    await emit(event(1));
    await until(
      () => asked('GET', `/v1/webhooks/${id}`),
      webhook => !webhook.enabled,
    );
    expect(await asked('GET', `/v1/webhooks/${id}`)).toMatchObject({
      enabled: false,
      disabledReason: 'gone',
    });
    await emit(event(2));
    system.clock.advance(DAY_MS);
    await nothingMore(1);
    receiver.answer = () => 200;
    expect(await asked('PATCH', `/v1/webhooks/${id}`, { enabled: true })).toMatchObject({
      enabled: true,
      disabledReason: null,
    });
    await untilTaken(1);
    expect(receiver.taken('n')).toEqual([1]);
  });

  it('disable a webhook to which nothing was delivered for five days', async () => {
    const { id } = await addWebhook();
    receiver.answer = () => 500;
    let before = 0;
    for (let day = 0; day < 5; day++) {
      await emit(event(day, contacts + day));
      await untilCalls(before + 1);
      await untilQuiet();
      expect(await asked('GET', `/v1/webhooks/${id}`)).toMatchObject({ enabled: true });
      before = receiver.calls.length;
      system.clock.advance(DAY_MS + 1000);
    }
    const disabled = await until(
      () => asked('GET', `/v1/webhooks/${id}`),
      webhook => !webhook.enabled,
    );
    expect(disabled).toMatchObject({ disabledReason: 'failing' });
    expect(Date.parse(disabled.failingSince)).toBeLessThan(system.clock.now().getTime() - 5 * DAY_MS);
  });

  it('tell again from an event or an instant on, in order, also what was missed while disabled', async () => {
    const { id } = await addWebhook({ kinds: ['message.complained'] });
    await emit(event(1), event(2));
    await untilTaken(2);
    await asked('PATCH', `/v1/webhooks/${id}`, { enabled: false });
    const conflict = await system.request('POST', `/v1/webhooks/${id}/replay`, {
      since: '2026-01-01T00:00:00Z',
    });
    expect([conflict.status, conflict.body.code]).toEqual([409, 'WEBHOOK_DISABLED']);
    system.clock.advance(HOUR_MS);
    const since = system.clock.now().toISOString();
    const [third] = await emit(event(3), event(30, contacts, { kind: 'message.replied' }), event(4));
    await until(
      async () => (await db.query('SELECT 1 FROM outgoing_event_new')).length,
      open => open === 0,
    );
    await asked('PATCH', `/v1/webhooks/${id}`, { enabled: true });
    await emit(event(5));
    await untilTaken(3);
    expect(receiver.taken('n')).toEqual([1, 2, 5]);
    expect(await asked('POST', `/v1/webhooks/${id}/replay`, { since }, 202)).toEqual({
      events: 3,
      nextEventId: null,
    });
    await untilTaken(6);
    expect(receiver.taken('n').slice(3)).toEqual([3, 4, 5]);
    expect(
      await asked('POST', `/v1/webhooks/${id}/replay`, { fromEventId: `evt_${third! - 1}` }, 202),
    ).toMatchObject({ events: 4 });
    await untilTaken(10);
    expect(receiver.taken('n').slice(6)).toEqual([2, 3, 4, 5]);
    await nothingMore(10);
    expect((await deliveries(id)).map(({ state }) => state)).toEqual(
      Array.from({ length: 5 }, () => 'delivered'),
    );
  });

  it('tell again in order while other events of the contact are open', async () => {
    const { id } = await addWebhook();
    const [first] = await emit(event(1), event(2));
    await untilTaken(2);
    receiver.answer = () => 500;
    await emit(event(3), event(4));
    await untilCalls(3);
    await until(
      () => deliveries(id, '&state=due'),
      due => due.length === 1,
    );
    receiver.answer = () => 200;
    await asked('POST', `/v1/webhooks/${id}/replay`, { fromEventId: `evt_${first}` }, 202);
    await untilTaken(6);
    expect(receiver.taken('n')).toEqual([1, 2, 1, 2, 3, 4]);
  });

  it('sign with both secrets while one is exchanged, and with the new one alone afterwards', async () => {
    const { id, secret: old } = await addWebhook();
    const { secret, oldSecretUntil } = await asked(
      'POST',
      `/v1/webhooks/${id}/secret`,
      { keepOldHours: 2 },
      201,
    );
    expect(oldSecretUntil).toBe(new Date(system.clock.now().getTime() + 2 * HOUR_MS).toISOString());
    await emit(event(1));
    await untilTaken(1);
    expect(signaturesOf(receiver.calls[0]!, secret)).toEqual({ good: 1, all: 2 });
    expect(signaturesOf(receiver.calls[0]!, old)).toEqual({ good: 1, all: 2 });
    system.clock.advance(2 * HOUR_MS);
    await emit(event(2));
    await untilTaken(2);
    expect(signaturesOf(receiver.calls[1]!, secret)).toEqual({ good: 1, all: 1 });
    expect(signaturesOf(receiver.calls[1]!, old)).toEqual({ good: 0, all: 1 });
  });

  it('show a secret once, and keep it sealed', async () => {
    const { id, secret } = await addWebhook();
    const shown = [await asked('GET', `/v1/webhooks/${id}`), await asked('GET', '/v1/webhooks')];
    expect(JSON.stringify(shown)).not.toContain('whsec_');
    const bytes = Buffer.from(secret.slice(6), 'base64');
    const [row] = await db.query<{ secret: Buffer }>('SELECT secret FROM webhook WHERE id = $1', [
      id.slice(4),
    ]);
    expect(row!.secret.includes(bytes)).toBe(false);
    const audited = await db.query('SELECT detail FROM audit_event WHERE subject = $1', [id]);
    expect(JSON.stringify(audited)).not.toContain(secret);
  });

  it('follow no redirect', async () => {
    const { id } = await addWebhook();
    receiver.answer = () => ({ status: 307, headers: { location: `${receiver.url}/elsewhere` } });
    await emit(event(1));
    await untilCalls(1);
    const [delivery] = await until(
      () => deliveries(id),
      ([one]) => one?.state === 'due' && one.attempts === 1,
    );
    expect(delivery).toMatchObject({ lastStatus: 307, lastError: 'REDIRECTED' });
    await nothingMore(1);
  });

  it('answer a ping at once with how the receiver answered, also where it is disabled', async () => {
    const { id, secret } = await addWebhook();
    await asked('PATCH', `/v1/webhooks/${id}`, { enabled: false });
    expect(await asked('POST', `/v1/webhooks/${id}/ping`)).toMatchObject({
      delivered: true,
      status: 204,
      error: null,
    });
    expect(receiver.calls[0]?.json).toMatchObject({ type: 'webhook.test', data: { webhookId: id } });
    expect(signaturesOf(receiver.calls[0]!, secret).good).toBe(1);
    receiver.answer = () => 500;
    expect(await asked('POST', `/v1/webhooks/${id}/ping`)).toMatchObject({
      delivered: false,
      status: 500,
      error: 'STATUS',
    });
    await asked('PATCH', `/v1/webhooks/${id}`, { url: 'http://127.0.0.1:1/' });
    expect(await asked('POST', `/v1/webhooks/${id}/ping`)).toMatchObject({
      delivered: false,
      status: null,
      error: 'CONNECTION_FAILED',
    });
  });

  it('list what became of each event, newest first, page by page', async () => {
    const { id } = await addWebhook();
    await emit(...Array.from({ length: 5 }, (_, n) => event(n, contacts + n)));
    await untilTaken(5);
    await until(
      () => deliveries(id, '&state=delivered'),
      done => done.length === 5,
    );
    const first = await asked('GET', `/v1/webhooks/${id}/deliveries?limit=3`);
    const second = await asked('GET', `/v1/webhooks/${id}/deliveries?limit=3&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map(({ contactId }) => contactId)).toEqual(
      [4, 3, 2, 1, 0].map(n => `con_${contacts + n}`),
    );
    expect(second.nextCursor).toBeNull();
    expect(first.items[0]).toMatchObject({
      state: 'delivered',
      attempts: 1,
      lastStatus: 204,
      lastError: null,
      dueAt: null,
    });
  });

  it('are deleted with their deliveries, and hear nothing more', async () => {
    const { id } = await addWebhook();
    await emit(event(1));
    await untilTaken(1);
    await asked('DELETE', `/v1/webhooks/${id}`, undefined, 204);
    expect((await system.request('GET', `/v1/webhooks/${id}`)).body.code).toBe('WEBHOOK_NOT_FOUND');
    await emit(event(2));
    system.clock.advance(HOUR_MS);
    await until(
      () => db.query('SELECT 1 FROM webhook WHERE id = $1', [id.slice(4)]),
      rows => rows.length === 0,
    );
    expect(receiver.calls).toHaveLength(1);
  });

  it('forget what was told of a person, and everything that is a month old and open for nobody', async () => {
    const { id } = await addWebhook();
    const [first] = await emit(event(1), event(2, contacts + 1));
    await untilTaken(2);
    const outbox = system.app.get(OutgoingEvents, { strict: false });
    expect(await outbox.forget([contacts])).toBe(1);
    expect(await db.query('SELECT payload FROM outgoing_event WHERE contact_id = $1', [contacts])).toEqual([
      { payload: {} },
    ]);
    await until(
      () => deliveries(id, '&state=delivered'),
      done => done.length === 2,
    );
    system.clock.advance(31 * DAY_MS);
    await until(
      () => db.query('SELECT 1 FROM outgoing_event WHERE id = $1', [first]),
      rows => rows.length === 0,
    );
    expect(await deliveries(id)).toEqual([]);
  });

  it('survive texts that PostgreSQL cannot keep', async () => {
    await addWebhook();
    await emit(event(1, contacts, { payload: { diagnostic: `a\0b\ud800${'x'.repeat(5000)}` } }));
    await untilTaken(1);
    expect(String(receiver.taken('diagnostic')[0])).toMatch(/^a b\ufffdx{900,}$/);
  });

  it('arrive all, and each contact in order, with two workers and a receiver that fails by chance', async () => {
    const other = await testSystem('postgres', { env: NETWORKS, database: system.database });
    other.clock.set(system.clock.now());
    try {
      const { id } = await addWebhook();
      let calls = 0;
      receiver.answer = () => ({
        status: (calls++ * 7919) % 11 === 0 ? 500 : 200,
        afterMs: (calls * 31) % 5,
      });
      const people = Array.from({ length: 20 }, (_, at) => contacts + at);
      await Promise.all(
        [0, 1, 2, 3].map(async quarter => {
          // Emitters of disjoint contacts, at the same time.
          for (let n = 0; n < 10; n++)
            await emit(...people.slice(quarter * 5, quarter * 5 + 5).map(person => event(n, person)));
        }),
      );
      await until(
        async () => {
          await stepOn(2000);
          other.clock.set(system.clock.now());
          return (
            await db.query(`SELECT 1 FROM webhook_delivery WHERE webhook_id = $1 AND state = 'delivered'`, [
              id.slice(4),
            ])
          ).length;
        },
        delivered => delivered === 200,
      );
      for (const person of people) {
        const order = receiver.calls
          .filter(({ json, status }) => json.data['contactId'] === `con_${person}` && status === 200)
          .map(({ json }) => json.data['n'] as number);
        expect(order).toEqual(Array.from({ length: 10 }, (_, n) => n));
      }
      expect(receiver.overlaps).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

describe('a worker that is killed while a receiver is silent', () => {
  it('leaves deliveries that another makes again, the contact still in order', async () => {
    const system = await testSystem('postgres', { env: NETWORKS, startWorker: false });
    const receiver = await WebhookReceiver.start();
    try {
      const made = await system.request('POST', '/v1/webhooks', { url: receiver.url });
      receiver.answer = () => 'never';
      const db = system.app.get(Database, { strict: false });
      const base = { kind: 'message.complained', subject: {}, occurredAt: new Date() } as const;
      await db.transaction(() =>
        system.app.get(OutgoingEvents, { strict: false }).emit([
          { ...base, contactId: 1, payload: { n: 1 } },
          { ...base, contactId: 1, payload: { n: 2 } },
        ]),
      );
      const env = { ...NETWORKS, INBOX_SMTP_PORT: String(system.inbox.port) };
      const first = startWorkerProcess(system.database.url, '', env);
      await until(
        async () => receiver.calls.length,
        calls => calls === 1,
      );
      first.kill('SIGKILL');
      await first.ended;
      receiver.answer = () => 200;
      const second = startWorkerProcess(system.database.url, '', env);
      // As if the half minute had passed that a worker has.
      await db.execute(
        `UPDATE webhook_delivery SET leased_until = leased_until - interval '1 hour' WHERE state = 'sending'`,
      );
      await until(
        async () => receiver.taken().length,
        taken => taken === 2,
      );
      expect(receiver.calls.map(({ json }) => json.data['n'])).toEqual([1, 1, 2]);
      const [again, before] = [receiver.calls[1]!, receiver.calls[0]!];
      expect(again.headers['webhook-id']).toBe(before.headers['webhook-id']);
      expect(signaturesOf(again, made.body.secret).good).toBe(1);
      second.kill('SIGTERM');
      expect(await second.ended).toBe(0);
    } finally {
      await killWorkerProcesses();
      await receiver.close();
      await system.close();
    }
  });
});

describe('ITHN_SECRET, with which the secrets of webhooks are sealed,', () => {
  const [old, young] = ['o'.repeat(32), 'y'.repeat(32)];
  const withSecret = (secret: string): Record<string, string> => ({
    ...NETWORKS,
    ...{ ITHN_SECRET: secret, ITHN_ADDRESS_KEY: 'a'.repeat(32) },
  });

  it('can be exchanged; taken away too soon, webhooks are disabled and say so until they have a new secret', async () => {
    const first = await testApi(withSecret(old));
    const receiver = await WebhookReceiver.start();
    const made = await first.request('POST', '/v1/webhooks', { url: receiver.url });
    const id = made.body.id as string;
    const ping = async (secret: string): Promise<Answer> => {
      const api = await testApi(withSecret(secret), [], first.database);
      const answer = await api.request('POST', `/v1/webhooks/${id}/ping`);
      await api.close();
      return answer;
    };
    try {
      expect((await ping(young)).body.code).toBe('WEBHOOK_SECRET_LOST');
      const worker = await testSystem('postgres', { env: withSecret(young), database: first.database });
      await worker.database.db.transaction(() =>
        worker.app
          .get(OutgoingEvents, { strict: false })
          .emit([
            { kind: 'message.complained', contactId: 1, subject: {}, payload: {}, occurredAt: new Date() },
          ]),
      );
      await until(
        async () => (await worker.request('GET', `/v1/webhooks/${id}`)).body,
        ({ disabledReason }) => disabledReason === 'secret_lost',
      );
      await worker.close();
      // With both for a while, a worker seals it anew.
      const both = await testSystem('postgres', {
        env: withSecret(`${young},${old}`),
        database: first.database,
      });
      await until(
        () => ping(young),
        ({ status }) => status === 200,
      );
      await both.close();
      expect(signaturesOf(receiver.calls.at(-1)!, made.body.secret as string).good).toBe(1);
    } finally {
      await receiver.close();
      await first.close();
    }
  });
});
