import { type LaterEvidence, SendDispatchHandler, UnknownsService } from '#sending';
import { type KeyedRelay, startKeyedRelay } from '../factories/keyed-relay.js';
import {
  addCampaign,
  addPeople,
  addShop,
  contactId,
  expectBalanced,
  launch,
  progressOf,
  type Shop,
  testSystem,
  type TestSystem,
  untilState,
} from '../factories/system.js';

const HOUR = 3_600_000;

describe('a message of which nothing is known', () => {
  let relay: KeyedRelay;
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    relay = await startKeyedRelay();
    system = await testSystem('postgres', { env: { SMTP_URL: relay.url, SENDING_POLL_MS: '50' } });
  });
  afterAll(async () => {
    await system.close();
    await relay.close();
  });
  beforeEach(async () => {
    relay.answer = 'accept';
    relay.offered = [];
    relay.delivered = [];
    system.clock.advance(HOUR);
    shop = await addShop(system);
  });

  /** A campaign whose messages the relay has all taken, and whose answers we lost: more hang-ups would make it a bad relay. */
  async function lost(people: number, on: TestSystem = system, owner: Shop = shop) {
    const ids = await addPeople(on, owner, people);
    const campaign = await addCampaign(on, owner);
    await launch(on, campaign);
    await untilState(on, campaign, 'finished');
    await on.database.db.query(
      `UPDATE message SET state = 'unknown', reason = 'NO_ANSWER', provider_message_id = NULL WHERE contact_id = ANY($1::bigint[])`,
      [ids],
    );
    const dispatchId = (
      await on.database.db.query<{ id: number }>('SELECT dispatch_id AS id FROM campaign WHERE id = $1', [
        campaign.slice(4),
      ])
    )[0]!.id;
    return { ids, campaign, dispatchId, messages: ids.map(id => `msg_${dispatchId}_${id}`) };
  }
  const resend = (message: string | undefined, on = system) =>
    on.request('POST', `/v1/messages/${message}/resend`);
  const resolve = (message: string | undefined, body: unknown) =>
    system.request('POST', `/v1/messages/${message}/resolve`, body);
  const balanced = async (campaign: string, expected: Record<string, unknown>) => {
    const progress = await progressOf(system, campaign);
    expectBalanced(progress);
    expect(progress).toMatchObject(expected);
  };

  it('is one that was taken and not answered; resent, it is not delivered again', async () => {
    await addPeople(system, shop, 1);
    relay.answer = 'hang up';
    const campaign = await addCampaign(system, shop);
    await launch(system, campaign);
    expect(await untilState(system, campaign, 'finished')).toMatchObject({ unknown: 1 });
    relay.answer = 'accept';
    const [unknown] = (await system.request('GET', `/v1/campaigns/${campaign}/unknowns`)).body.items;
    expect(unknown).toMatchObject({ reason: 'NO_ANSWER', bodyEnded: true, relay: '127.0.0.1' });
    expect((await resend(unknown.id)).body).toMatchObject({ state: 'accepted', attempt: 2 });
    expect([relay.offered.length, relay.delivered.length]).toEqual([2, 1]);
  });

  it('is listed by its campaign, page by page, with what is known of it', async () => {
    const { campaign, messages } = await lost(3);
    const first = await system.request('GET', `/v1/campaigns/${campaign}/unknowns?limit=2`);
    expect(first.body).toMatchObject({ total: 3, items: [{ id: messages[0] }, { id: messages[1] }] });
    expect(first.body.items[0]).toMatchObject({
      ...{ relay: '127.0.0.1', bodyEnded: true, attempt: 1, reason: 'NO_ANSWER' },
      resend: { possible: true, code: null },
    });
    expect(first.body.items[0].words.ar).not.toBe('');
    const rest = await system.request(
      'GET',
      `/v1/campaigns/${campaign}/unknowns?limit=2&cursor=${first.body.nextCursor}`,
    );
    expect(rest.body).toMatchObject({ total: 3, items: [{ id: messages[2] }], nextCursor: null });
  });

  it('is decided by what is heard later, once, and the evidence is kept', async () => {
    const { campaign, ids, dispatchId, messages } = await lost(5);
    const service = system.app.get(UnknownsService, { strict: false });
    const occurredAt = system.clock.now();
    const kinds: LaterEvidence[] = ['delivered', 'bounced', 'clicked', 'replied'];
    for (const [at, kind] of kinds.entries()) {
      const evidence = { kind, occurredAt, source: 'ses', detail: `event ${at}` };
      expect(await service.resolve(dispatchId, ids[at] as number, evidence)).toBe(true);
      expect(await service.resolve(dispatchId, ids[at] as number, evidence)).toBe(false);
      await balanced(campaign, { accepted: at + 1, unknown: 4 - at });
    }
    expect(await service.resolve(dispatchId, 999_999, { kind: 'clicked', occurredAt, source: 'x' })).toBe(
      false,
    );
    const why = (await system.request('GET', `/v1/messages/${messages[1]}/why`)).body;
    expect(why.message).toMatchObject({ state: 'accepted', reason: 'EVIDENCE_BOUNCED' });
    expect(why.words.en).toContain('it came back later, so it had been taken');
    expect(why.words.en).not.toContain('The receiving server accepted it');
    expect(why.evidence).toEqual([
      {
        ...{ kind: 'bounced', actor: 'ses', detail: 'event 1', decided: true },
        ...{ occurredAt: occurredAt.toISOString(), recordedAt: occurredAt.toISOString() },
      },
    ]);
  });

  it('keeps evidence that comes while it is being sent, and decides by it only when no answer comes', async () => {
    const { ids, dispatchId, campaign } = await lost(2);
    const { db } = system.database;
    const service = system.app.get(UnknownsService, { strict: false });
    await db.query(`UPDATE message SET state = 'attempting' WHERE dispatch_id = $1`, [dispatchId]);
    for (const id of ids) {
      const evidence = { kind: 'delivered' as const, occurredAt: system.clock.now(), source: 'ses' };
      expect(await service.resolve(dispatchId, id, evidence)).toBe(false);
    }
    await balanced(campaign, { attempting: 2, accepted: 0 });
    await db.query(
      `UPDATE message SET state = CASE contact_id WHEN $2 THEN 'accepted' ELSE 'unknown' END, reason = NULL
        WHERE dispatch_id = $1`,
      [dispatchId, ids[0]],
    );
    await system.app.get(SendDispatchHandler, { strict: false }).sweep();
    await balanced(campaign, { accepted: 2, unknown: 0 });
    const kept = await db.query<{ id: number }>(
      'SELECT contact_id AS id FROM message_evidence WHERE dispatch_id = $1',
      [dispatchId],
    );
    expect(kept).toEqual([{ id: ids[1] }]);
  });

  it('is resolved by hand with a reason, audited; later evidence overrules "not sent"', async () => {
    const { campaign, ids, dispatchId, messages } = await lost(3);
    expect((await resolve(messages[0], { as: 'accepted' })).status).toBe(400);
    expect(await resolve(messages[0], { as: 'accepted', reason: 'In the log of the relay.' })).toMatchObject({
      ...{ status: 200, body: { state: 'accepted', reason: 'OPERATOR_ACCEPTED' } },
    });
    expect(await resolve(messages[1], { as: 'not_sent', reason: 'Not in its log.' })).toMatchObject({
      ...{ status: 200, body: { state: 'rejected', reason: 'OPERATOR_NOT_SENT' } },
    });
    await balanced(campaign, { accepted: 1, rejected: 1, unknown: 1 });
    expect(await resolve(messages[1], { as: 'accepted', reason: 'No, it is.' })).toMatchObject({
      ...{ status: 409, body: { code: 'MESSAGE_NOT_UNKNOWN' } },
    });
    expect(await resolve(`msg_${dispatchId}_999999`, { as: 'accepted', reason: 'x' })).toMatchObject({
      ...{ status: 404, body: { code: 'MESSAGE_NOT_FOUND' } },
    });
    const audit = await system.database.db.query<{ subject: string; detail: unknown }>(
      `SELECT subject, detail FROM audit_event WHERE action = 'message.resolved' AND subject = ANY($1::text[]) ORDER BY id`,
      [messages],
    );
    expect(audit).toEqual([
      { subject: messages[0], detail: { as: 'accepted' } },
      { subject: messages[1], detail: { as: 'not_sent' } },
    ]);
    const evidence = { kind: 'replied' as const, occurredAt: system.clock.now(), source: 'inbox' };
    await system.app.get(UnknownsService, { strict: false }).resolve(dispatchId, ids[1] as number, evidence);
    await balanced(campaign, { accepted: 2, rejected: 0, unknown: 1 });
    const why = (await system.request('GET', `/v1/messages/${messages[1]}/why`)).body;
    expect(why.evidence).toMatchObject([
      { kind: 'not_sent', detail: 'Not in its log.' },
      { kind: 'replied', decided: true },
    ]);
  });

  it('is resent under the same key to the same relay, which delivers it once', async () => {
    const { campaign, messages } = await lost(2);
    expect(relay.offered).toHaveLength(2);
    const sent = await resend(messages[0]);
    expect(sent).toMatchObject({ status: 200, body: { state: 'accepted', attempt: 2, relay: '127.0.0.1' } });
    await balanced(campaign, { accepted: 1, unknown: 1, attempting: 0 });
    const keys = relay.offered.filter(({ to }) => to === relay.offered[2]!.to).map(({ key }) => key);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatch(/^[A-Za-z0-9_-]{20,200}$/);
    expect(new Set(keys).size).toBe(1);
    expect(new Set(relay.offered.map(({ key }) => key)).size).toBe(2);
    expect(new Set(relay.delivered).size).toBe(relay.delivered.length);
    expect(await resend(messages[0])).toMatchObject({ status: 409, body: { code: 'MESSAGE_NOT_UNKNOWN' } });
    expect(await untilState(system, campaign, 'finished')).toMatchObject({ accepted: 1, unknown: 1 });
  });

  it('stays unknown when a resend is put off or gets no answer either, and is rejected when it is refused', async () => {
    const { campaign, messages } = await lost(1);
    relay.answer = 'try later';
    expect((await resend(messages[0])).body).toMatchObject({ state: 'unknown', reason: 'RESEND_NOT_TAKEN' });
    relay.answer = 'hang up';
    expect((await resend(messages[0])).body).toMatchObject({
      state: 'unknown',
      reason: 'NO_ANSWER',
      attempt: 3,
    });
    await balanced(campaign, { unknown: 1, deferred: 0 });
    relay.answer = 'refuse';
    expect((await resend(messages[0])).body).toMatchObject({ state: 'rejected', attempt: 4 });
    await balanced(campaign, { unknown: 0, rejected: 1 });
  });

  it('is not resent while a limit leaves no room, and nothing of it is begun', async () => {
    const { messages } = await lost(1);
    const path = `/v1/senders/${shop.senderId}/pacing`;
    await system.request('PUT', path, { rate: { messages: 1, per: 'day' } });
    await system.database.db.query('UPDATE token_bucket SET tokens = 0.5, refilled_at = clock_timestamp()');
    expect(await resend(messages[0])).toMatchObject({ status: 409, body: { code: 'RESEND_NOT_NOW' } });
    expect(relay.offered).toHaveLength(1);
    await system.request('PUT', path, { rate: null });
    expect((await resend(messages[0])).body).toMatchObject({ attempt: 2 });
  });

  it('is resent once when two operators press at the same time', async () => {
    const { messages } = await lost(1);
    const answers = await Promise.all([resend(messages[0]), resend(messages[0]), resend(messages[0])]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(relay.offered).toHaveLength(2);
  });

  it('is not resent against the gate, to another address, when stopped, or once the relay forgot the key', async () => {
    const { campaign, ids, messages } = await lost(4);
    const code = async (message: string | undefined) => (await resend(message)).body.code;
    await system.request('POST', '/v1/consents/withdrawals', {
      ...{ contactId: contactId(ids[0] as number), scope: { kind: 'everything' }, source: 'tests' },
    });
    expect(await code(messages[0])).toBe('RESEND_DENIED');
    await system.database.db.query(
      `UPDATE contact SET email = 'moved-' || id || '@example.com', email_hash = sha256(email::bytea) WHERE id = $1`,
      [ids[1]],
    );
    expect(await code(messages[1])).toBe('RESEND_ADDRESS_CHANGED');
    await system.database.db.query('DELETE FROM contact WHERE id = $1', [ids[2]]);
    expect(await code(messages[2])).toBe('RESEND_DENIED');
    await system.database.db.query(
      `UPDATE dispatch SET state = 'paused' WHERE id = (SELECT dispatch_id FROM campaign WHERE id = $1)`,
      [campaign.slice(4)],
    );
    expect(await code(messages[3])).toBe('RESEND_STOPPED');
    await system.database.db.query(
      `UPDATE dispatch SET state = 'finished' WHERE id = (SELECT dispatch_id FROM campaign WHERE id = $1)`,
      [campaign.slice(4)],
    );
    system.clock.advance(20 * HOUR);
    relay.answer = 'hang up';
    expect((await resend(messages[3])).body).toMatchObject({ state: 'unknown', attempt: 2 });
    // The relay's 24 hours began with the first attempt, not with this one.
    system.clock.advance(4 * HOUR);
    expect(await code(messages[3])).toBe('RESEND_TOO_LATE');
    await balanced(campaign, { unknown: 4 });
    expect(relay.offered).toHaveLength(5);
  });

  it('is not resent through a relay without a key, nor when the relay is not known, and the API says why', async () => {
    const plain = await testSystem('postgres', {
      env: { SMTP_URL: relay.url.replace(/&idempotency.*/, ''), SENDING_POLL_MS: '50' },
    });
    try {
      const { messages, campaign } = await lost(2, plain, await addShop(plain));
      expect(relay.offered.map(({ key }) => key)).toEqual([null, null]);
      const refused = await resend(messages[0], plain);
      expect(refused).toMatchObject({ status: 409, body: { code: 'RESEND_NEEDS_KEY' } });
      expect(refused.body.detail).toContain('idempotency');
      await plain.database.db.query(`UPDATE message SET relay = NULL, reason = 'WORKER_LOST'`);
      expect((await resend(messages[1], plain)).body.code).toBe('RESEND_RELAY_NOT_KNOWN');
      const { items } = (await plain.request('GET', `/v1/campaigns/${campaign}/unknowns`)).body;
      expect(items[0]).toMatchObject({
        ...{ bodyEnded: null, relay: null },
        resend: { possible: false, code: 'RESEND_RELAY_NOT_KNOWN' },
      });
      expect(relay.offered).toHaveLength(2);
    } finally {
      await plain.close();
    }
  });

  it('is not lost when the process that resends it dies: its lease ends, and it is unknown again', async () => {
    const { campaign, dispatchId, messages } = await lost(1);
    const { db } = system.database;
    await db.query(
      `WITH held AS (
         INSERT INTO chunk (dispatch_id, lane, contact_ids, size, state, due_at, lease_owner, lease_generation, lease_until)
         VALUES ($1, 'other', '{}', 0, 'leased', now(), 'resend:dead', 1, now() - interval '1 second') RETURNING id)
       UPDATE message SET state = 'attempting', attempt = 2, key_since = allowed_at, chunk_id = held.id
         FROM held WHERE dispatch_id = $1`,
      [dispatchId],
    );
    await system.app.get(SendDispatchHandler, { strict: false }).sweep();
    await balanced(campaign, { state: 'finished', unknown: 1, attempting: 0 });
    expect((await resend(messages[0])).body).toMatchObject({ state: 'accepted', attempt: 3 });
  });
});
