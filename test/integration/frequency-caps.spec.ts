import { connect } from '#database';
import { ConsentsService } from '#consent';
import { SendDispatchHandler } from '#sending';
import { startSmtpSink, type SmtpSink } from '../factories/smtp-sink.js';
import {
  addCampaign,
  addPeople,
  addShop,
  agree,
  expectBalanced,
  launch,
  progressOf,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';
import { section } from '../factories/template.js';

const DAY = 86_400_000;

describe('a frequency cap', () => {
  let sink: SmtpSink;
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    sink = await startSmtpSink();
    system = await testSystem('postgres', {
      env: {
        ...{ SMTP_URL: sink.url, SENDING_BATCH: '10', SENDING_RUNNERS: '6', SENDING_POLL_MS: '50' },
        DATABASE_POOL: '20',
      },
    });
  });
  afterAll(async () => {
    await system.close();
    await sink.close();
  });
  beforeEach(async () => {
    await system.request('PUT', '/v1/frequency-cap', { cap: null });
    system.clock.advance(60_000);
    shop = await addShop(system);
  });

  const capOf = (senderId: string) => system.request('GET', `/v1/senders/${senderId}/frequency-cap`);
  const settled = (campaign: string) =>
    until(
      () => progressOf(system, campaign),
      ({ frozen, attempting, notYetAttempted }) => frozen > 0 && attempting + notYetAttempted === 0,
      60_000,
    );
  const started = async (): Promise<string> => {
    const campaign = await addCampaign(system, shop);
    await launch(system, campaign);
    return campaign;
  };

  it('is the account’s until a sender says otherwise, and a sender may say "none"', async () => {
    const { senderId } = shop;
    expect((await capOf(senderId)).body).toEqual({ cap: null, source: null });
    await system.request('PUT', '/v1/frequency-cap', { cap: { messages: 3, days: 30 } });
    expect((await capOf(senderId)).body).toEqual({ cap: { messages: 3, days: 30 }, source: 'account' });
    const own = await system.request('PUT', `/v1/senders/${senderId}/frequency-cap`, { cap: null });
    expect(own).toMatchObject({ status: 200, body: { cap: null, source: 'sender' } });
    await system.request('DELETE', `/v1/senders/${senderId}/frequency-cap`);
    expect((await capOf(senderId)).body).toEqual({ cap: { messages: 3, days: 30 }, source: 'account' });
    for (const cap of [{ messages: 0, days: 7 }, { messages: 1, days: 366 }, { messages: 1 }, 7]) {
      expect((await system.request('PUT', '/v1/frequency-cap', { cap })).status).toBe(400);
    }
    expect((await capOf('snd_999999')).body.code).toBe('SENDER_NOT_FOUND');
  });

  it('lets the message above it wait, says until when and why, and sends it then', async () => {
    const [id] = await addPeople(system, shop, 1);
    await system.request('PUT', `/v1/senders/${shop.senderId}/frequency-cap`, {
      cap: { messages: 2, days: 7 },
    });
    const first = system.clock.now().getTime();
    expect(await untilState(system, await started(), 'finished')).toMatchObject({ accepted: 1 });
    system.clock.advance(DAY);
    expect(await untilState(system, await started(), 'finished')).toMatchObject({ accepted: 1 });
    const third = await started();
    const progress = await settled(third);
    expectBalanced(progress);
    expect(progress).toMatchObject({ accepted: 0, deferred: 1 });
    const due = new Date(first + 7 * DAY).toISOString();
    expect(progress).toMatchObject({ waiting: [{ reason: 'FREQUENCY', count: 1, from: due, until: due }] });
    const [message] = (await system.request('GET', `/v1/messages?campaignId=${third}`)).body.items;
    expect(message).toMatchObject({ contactId: `con_${id}`, reason: 'FREQUENCY', retryAt: due, attempt: 0 });
    const { words } = (await system.request('GET', `/v1/messages/${message.id}/why`)).body;
    expect(words.en).toContain('This sender’s limit is 2 marketing messages per person in 7 days.');
    expect(words.ar).toContain('وحدّ هذا المُرسِل للشخص الواحد رسالتان تسويقيتان كل 7 أيام.');

    system.clock.set(due);
    await system.app.get(SendDispatchHandler, { strict: false }).sweep();
    expect(await untilState(system, third, 'finished')).toMatchObject({ accepted: 1, deferred: 0 });
  });

  it('does not hold for another sender, nor for what is no marketing', async () => {
    await system.request('PUT', '/v1/frequency-cap', { cap: { messages: 1, days: 30 } });
    const ids = await addPeople(system, shop, 2);
    await untilState(system, await started(), 'finished');
    const other = await addShop(system);
    await agree(system, other, ids);
    const theirs = await addCampaign(system, other);
    await launch(system, theirs);
    expect(await untilState(system, theirs, 'finished')).toMatchObject({ accepted: 2 });

    const content = { en: { subject: 'Your order has left', mjml: section('Thank you.') } };
    const template = await system.request('POST', '/v1/templates', { name: 'Parcel', content });
    for (const purpose of ['service', 'transactional'] as const) {
      const body = { senderId: shop.senderId, key: purpose, name: { en: `Our ${purpose}` }, purpose };
      const topicId: string = (await system.request('POST', '/v1/topics', body)).body.id;
      for (const contactId of ids) {
        await system.app.get(ConsentsService, { strict: false }).grant({
          ...{ contactId, channel: 'email', topicId: Number(topicId.slice(4)), basis: purpose },
          evidence: { textShown: 'The terms', method: 'checkout', source: 'tests', country: 'EG' },
          ...{ actor: 'tests', occurredAt: null, expiresAt: null },
        });
      }
      const campaign = await addCampaign(system, shop, { topicId, templateId: template.body.id });
      await launch(system, campaign);
      expect(await settled(campaign)).toMatchObject({ accepted: 2, deferred: 0 });
    }
    // Marketing of the first sender it does hold for.
    expect(await settled(await started())).toMatchObject({ accepted: 0, deferred: 2 });
  });

  it('holds when several campaigns ask for the same people in the same moment', async () => {
    await system.request('PUT', `/v1/senders/${shop.senderId}/frequency-cap`, {
      cap: { messages: 1, days: 30 },
    });
    const ids = await addPeople(system, shop, 200);
    const campaigns = await Promise.all([1, 2, 3, 4, 5].map(() => addCampaign(system, shop)));
    await Promise.all(campaigns.map(campaign => launch(system, campaign)));
    const first = await Promise.all(campaigns.map(settled));
    first.forEach(expectBalanced);
    // Whoever was being asked for by another was told to ask again in a moment.
    system.clock.advance(60_000);
    await system.app.get(SendDispatchHandler, { strict: false }).sweep();
    const all = await until(
      () => Promise.all(campaigns.map(settled)),
      now => now.reduce((sum, { accepted }) => sum + accepted, 0) >= ids.length,
    );
    all.forEach(expectBalanced);
    expect(all.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(ids.length);
    expect(all.reduce((sum, { deferred }) => sum + deferred, 0)).toBe(4 * ids.length);
    const [most] = await system.database.db.query<{ n: number }>(
      `SELECT max(n)::int AS n FROM (SELECT count(*) AS n FROM message
        WHERE contact_id = ANY($1::bigint[]) AND state = 'accepted' GROUP BY contact_id) per_person`,
      [ids],
    );
    expect(most!.n).toBe(1);
  });

  it('says of whom another has in hand that it asks again, and not that there was enough', async () => {
    await system.request('PUT', '/v1/frequency-cap', { cap: { messages: 1, days: 30 } });
    const [id] = await addPeople(system, shop, 1);
    const runner = system.database.dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [
      `turn ${id} ${shop.senderId.slice(4)}`,
    ]);
    const campaign = await started();
    const { waiting } = await until(
      () => progressOf(system, campaign),
      ({ deferred }) => deferred === 1,
    );
    await runner.rollbackTransaction();
    await runner.release();
    expect(waiting).toMatchObject([{ reason: 'BUSY', count: 1 }]);
    system.clock.advance(5000);
    await system.app.get(SendDispatchHandler, { strict: false }).sweep();
    expect(await untilState(system, campaign, 'finished')).toMatchObject({ accepted: 1 });
  });

  it('counts what was committed after the asking statement had begun, and asks again of whom another has in hand', async () => {
    const [id] = await addPeople(system, shop, 1);
    const senderId = Number(shop.senderId.slice(4));
    const campaign = await started();
    await untilState(system, campaign, 'finished');
    const [{ dispatchId, at }] = (await system.database.db.query<{ dispatchId: number; at: Date }>(
      `SELECT dispatch_id AS "dispatchId", allowed_at AS at FROM message WHERE contact_id = $1`,
      [id],
    )) as [{ dispatchId: number; at: Date }];
    await system.database.db.query('DELETE FROM message WHERE contact_id = $1', [id]);
    const [one, other] = [await connect(system.database.url, 2), await connect(system.database.url, 2)];
    const ask = `SELECT rested_at AS until FROM gate_take_turn($1, NULL, 1, 7, 0, $2, $3)`;
    try {
      const [runner, door] = [one.createQueryRunner(), one.createQueryRunner()];
      await runner.startTransaction();
      expect(await runner.query(ask, [id, senderId, at])).toEqual([{ until: null }]);
      await runner.query(
        `INSERT INTO message (dispatch_id, contact_id, state, attempt, chunk_id, lease_generation, allowed_at)
         VALUES ($1, $2, 'attempting', 1, 0, 1, $3)`,
        [dispatchId, id, at],
      );
      const busy: { until: Date }[] = await other.query(ask, [id, senderId, at]);
      expect(busy[0]!.until.getTime()).toBe(at.getTime() + 2000);
      // Its snapshot is from before the commit; by the time it asks for this person, the other is done.
      await door.query('SELECT pg_advisory_lock(77)');
      const slow = other.query(
        `WITH waits AS MATERIALIZED (SELECT pg_advisory_lock_shared(77) IS NULL AS x)
         SELECT (gate_take_turn($1, NULL, 1, 7, 0, $2, $3)).rested_at AS until FROM waits WHERE NOT x`,
        [id, senderId, at],
      );
      await until(
        () =>
          other.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted`),
        (waiting: unknown[]) => waiting.length > 0,
      );
      await runner.commitTransaction();
      await runner.release();
      // Only now: a transaction that ends gives back its locks one after another.
      await door.query('SELECT pg_advisory_unlock(77)');
      await door.release();
      expect((await slow)[0].until.getTime()).toBe(at.getTime() + 7 * DAY);
    } finally {
      await one.destroy();
      await other.destroy();
    }
  });
});
