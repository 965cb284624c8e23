import { Redis } from 'ioredis';
import { AudienceService, SendDispatchHandler } from '#sending';
import {
  addCampaign,
  addPeople,
  addShop,
  contactId,
  expectBalanced,
  launch,
  progressOf,
  queues,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';
import { snapshot } from '../factories/snapshot.js';

describe.each(queues)('a campaign, with the queue on %s', queue => {
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    system = await testSystem(queue);
  });
  afterAll(() => system.close());
  beforeEach(async () => {
    await system.inbox.clear();
    system.clock.advance(60_000);
    shop = await addShop(system);
  });

  const recipients = async (): Promise<string[]> => {
    const mails = await system.inbox.list({ limit: 5000 });
    return mails.flatMap(mail => mail.envelopeTo).sort();
  };
  const emailsOf = async (ids: number[]): Promise<string[]> => {
    const rows = await system.database.db.query<{ email: string }>(
      'SELECT email FROM contact WHERE id = ANY($1::bigint[])',
      [ids],
    );
    return rows.map(row => row.email).sort();
  };

  it('reaches exactly the people who agreed, and its numbers balance', async () => {
    const yes = await addPeople(system, shop, 40);
    const never = await addPeople(system, shop, 15, { consent: false });
    const [withdrawn, ...rest] = yes;
    const [suppressed] = rest;
    system.clock.advance(1000);
    await system.request('POST', '/v1/consents/withdrawals', {
      contactId: contactId(withdrawn!),
      scope: { kind: 'everything' },
      source: 'tests',
    });
    const [email] = await emailsOf([suppressed!]);
    await system.request('POST', '/v1/suppressions', { channel: 'email', address: email });
    const campaign = await addCampaign(system, shop, { segmentId: await segmentOf([...yes, ...never]) });

    const audience = await system.request('GET', `/v1/campaigns/${campaign}/audience`);
    expect(audience.body).toMatchObject({
      candidates: 55,
      willReceive: 38,
      excluded: { NO_CONSENT: 15, WITHDRAWN: 1, SUPPRESSED: 1 },
    });
    expect(audience.body.summary.ar).toContain('38');
    const people = await system.request(
      'GET',
      `/v1/campaigns/${campaign}/audience/people?reason=NO_CONSENT&limit=200`,
    );
    expect(people.body.items).toEqual(never.map(contactId));

    await launch(system, campaign);
    const progress = await untilState(system, campaign, 'finished');
    expect(progress).toMatchObject({
      candidates: 55,
      frozen: 38,
      accepted: 38,
      unknown: 0,
      notYetAttempted: 0,
    });
    expect(progress.excluded).toEqual({ NO_CONSENT: 15, WITHDRAWN: 1, SUPPRESSED: 1 });
    expectBalanced(progress);
    expect(await recipients()).toEqual(await emailsOf(rest.slice(1)));
    const out = await system.request('GET', `/v1/campaigns/${campaign}/exclusions?reason=WITHDRAWN`);
    expect(out.body.items).toEqual([contactId(withdrawn!)]);
  });

  it('is launched once, however often the same Idempotency-Key is pressed, and once without one', async () => {
    await addPeople(system, shop, 3);
    const campaign = await addCampaign(system, shop);
    const headers = { 'idempotency-key': `launch-${campaign}` };
    const presses = await Promise.all(
      Array.from({ length: 5 }, () =>
        system.request('POST', `/v1/campaigns/${campaign}/launch`, undefined, headers),
      ),
    );
    expect(presses.filter(answer => answer.status === 202).length).toBeGreaterThanOrEqual(1);
    for (const answer of presses) expect([202, 409]).toContain(answer.status);
    expect(
      (await system.request('POST', `/v1/campaigns/${campaign}/launch`, undefined, headers)).status,
    ).toBe(202);
    const plain = await system.request('POST', `/v1/campaigns/${campaign}/launch`);
    expect(plain.status).toBe(409);
    expect(plain.body.code).toBe('CAMPAIGN_STATE');
    await untilState(system, campaign, 'finished');
    const dispatches = await system.database.db.query('SELECT id FROM dispatch WHERE sender_id = $1', [
      Number(shop.senderId.slice(4)),
    ]);
    expect(dispatches).toHaveLength(1);
    expect(await recipients()).toHaveLength(3);
  });

  it('obeys a withdrawal that comes between its launch and the sending', async () => {
    const idle = await testSystem(queue, { startWorker: false });
    try {
      const theirs = await addShop(idle);
      const ids = await addPeople(idle, theirs, 20);
      const campaign = await addCampaign(idle, theirs);
      await launch(idle, campaign);
      // Frozen with everybody in; the worker is still away.
      const [dispatch] = await idle.database.db.query<{ id: number }>('SELECT id FROM dispatch');
      expect(await idle.app.get(AudienceService, { strict: false }).freeze(dispatch!.id)).toBe(true);
      expect(await progressOf(idle, campaign)).toMatchObject({
        state: 'running',
        frozen: 20,
        notYetAttempted: 20,
      });
      idle.clock.advance(1000);
      for (const id of ids.slice(0, 7)) {
        await idle.request('POST', '/v1/consents/withdrawals', {
          contactId: contactId(id),
          scope: { kind: 'channel', channel: 'email' },
          source: 'tests',
        });
      }
      await idle.worker.start();
      const progress = await untilState(idle, campaign, 'finished');
      expect(progress).toMatchObject({ frozen: 20, accepted: 13, skipped: { WITHDRAWN: 7 } });
      expectBalanced(progress);
      expect(await idle.inbox.list({ limit: 100 })).toHaveLength(13);
      const skipped = await idle.request(
        'GET',
        `/v1/messages?campaignId=${campaign}&contactId=${contactId(ids[0]!)}`,
      );
      const why = await idle.request('GET', `/v1/messages/${skipped.body.items[0].id}/why`);
      expect(why.body).toMatchObject({ allowed: false, message: { state: 'skipped', reason: 'WITHDRAWN' } });
      expect(why.body.words.ar).toContain('سحب');
      const sent = await idle.request(
        'GET',
        `/v1/messages?campaignId=${campaign}&contactId=${contactId(ids[9]!)}`,
      );
      const because = await idle.request('GET', `/v1/messages/${sent.body.items[0].id}/why`);
      expect(because.body).toMatchObject({ allowed: true, consent: { textShown: 'Yes, write to me.' } });
      expect(because.body.words.en).toContain('https://shop.example/signup');
    } finally {
      await idle.close();
    }
  });

  it('goes from a CSV to the inbox, and the same CSV again revives nobody who withdrew', async () => {
    const people = ['mona', 'omar', 'huda'].map(name => `${name}.${shop.topicId}@csv.example`);
    const rows = people.map(
      (email, at) => `${email},${at === 2 ? 'no' : 'yes'},express,I agree to offers,shop counter`,
    );
    const csv = ['email,agreed,basis,wording,where', ...rows].join('\n');
    const consent = {
      ...{ topicId: shop.topicId, channel: 'email', column: 'agreed', basis: { column: 'basis' } },
      evidence: { text: { column: 'wording' }, source: { column: 'where' } },
    };
    const upload = async (): Promise<void> => {
      const form = new FormData();
      form.append('options', JSON.stringify({ matchBy: 'email', consents: [consent] }));
      form.append('file', new Blob([csv], { type: 'text/csv' }), 'people.csv');
      const created = await system.request('POST', '/v1/imports', form);
      expect(created.status).toBe(201);
      const done = await until(
        () => system.request('GET', `/v1/imports/${created.body.id}`),
        answer => answer.body.state === 'finished',
      );
      expect(done.body).toMatchObject({ rowsRead: 3, rejected: 0 });
    };
    await upload();
    const campaign = await addCampaign(system, shop, { name: 'From CSV' });
    await launch(system, campaign);
    const progress = await untilState(system, campaign, 'finished');
    expect(progress.accepted).toBe(2);
    expect(await recipients()).toEqual([people[0], people[1]].sort());

    // Mona presses "unsubscribe" in her mail; then the shop loads its old file again.
    const mail = await system.inbox.waitFor(received => received.envelopeTo.includes(people[0]!));
    const path = /\/u\/[A-Za-z0-9_-]+/.exec(mail.header('list-unsubscribe') ?? '')?.[0] as string;
    system.clock.advance(1000);
    expect((await system.request('POST', path, '', { authorization: '' })).status).toBe(200);
    system.clock.advance(1000);
    await upload();
    const again = await addCampaign(system, shop);
    expect((await system.request('GET', `/v1/campaigns/${again}/audience`)).body).toMatchObject({
      willReceive: 1,
      excluded: { WITHDRAWN: 1 },
    });
  });

  it('finishes although the queue was emptied in its middle', async () => {
    const ids = await addPeople(system, shop, 300);
    const campaign = await addCampaign(system, shop);
    await launch(system, campaign);
    await emptyQueue();
    const progress = await untilState(system, campaign, 'finished');
    expect(progress.accepted).toBe(ids.length);
    expect(new Set(await recipients()).size).toBe(ids.length);
  });

  it('paused, resumed and cancelled loses nobody and writes to nobody twice', async () => {
    const ids = await addPeople(system, shop, 400);
    const campaign = await addCampaign(system, shop);
    await launch(system, campaign);
    await until(
      () => progressOf(system, campaign),
      progress => progress.accepted > 0,
    );
    expect((await system.request('POST', `/v1/campaigns/${campaign}/pause`)).status).toBe(200);
    const paused = await until(
      () => progressOf(system, campaign),
      progress => progress.attempting === 0,
    );
    expect(paused.state).toBe('paused');
    expectBalanced(paused);
    // Nothing more leaves: the worker sweeps on, and the number stands.
    await system.app.get(SendDispatchHandler, { strict: false }).sweep();
    expect((await progressOf(system, campaign)).accepted).toBe(paused.accepted);
    expect((await system.request('POST', `/v1/campaigns/${campaign}/pause`)).body.code).toBe(
      'DISPATCH_STATE',
    );

    expect((await system.request('POST', `/v1/campaigns/${campaign}/resume`)).status).toBe(200);
    const done = await untilState(system, campaign, 'finished');
    expect(done.accepted).toBe(ids.length);
    expect(await recipients()).toEqual(await emailsOf(ids));

    const second = await addCampaign(system, shop);
    await launch(system, second);
    await until(
      () => progressOf(system, second),
      progress => progress.accepted > 0,
    );
    expect((await system.request('POST', `/v1/campaigns/${second}/cancel`)).status).toBe(200);
    const cancelled = await until(
      () => progressOf(system, second),
      progress => progress.attempting === 0,
    );
    expect(cancelled.state).toBe('cancelled');
    expectBalanced(cancelled);
    expect(cancelled.accepted + cancelled.cancelled).toBe(ids.length);
    expect((await system.request('POST', `/v1/campaigns/${second}/resume`)).status).toBe(409);
    const mails = await recipients();
    expect(mails).toHaveLength(ids.length + cancelled.accepted);
  });

  it('writes to an Arabic contact in Arabic, right to left, with an Arabic footer', async () => {
    const [id] = await addPeople(system, shop, 1, { locale: 'ar-SA' });
    const campaign = await addCampaign(system, shop);
    await launch(system, campaign);
    const [email] = await emailsOf([id!]);
    const mail = await system.inbox.waitFor(received => received.envelopeTo.includes(email!));
    expect(mail.html).toMatch(/<html[^>]*dir="rtl"/);
    expect(mail.html).toMatch(/<html[^>]*lang="ar"/);
    expect(mail.html).toContain('إلغاء الاشتراك');
    expect(mail.text).toContain('إلغاء الاشتراك');
    expect(mail.text).toContain('1010123456');
    expect(mail.subject).toMatch(/[\u0600-\u06ff]/);
    await untilState(system, campaign, 'finished');
  });

  it('bears the headers and links the standards ask for, and opening any of them changes nothing', async () => {
    const [id] = await addPeople(system, shop, 1);
    const campaign = await addCampaign(system, shop);
    await launch(system, campaign);
    const [email] = await emailsOf([id!]);
    const mail = await system.inbox.waitFor(received => received.envelopeTo.includes(email!));
    await untilState(system, campaign, 'finished');

    for (const name of [
      'from',
      'to',
      'date',
      'message-id',
      'subject',
      'mime-version',
      'list-unsubscribe',
      'list-id',
    ]) {
      expect(mail.headers.filter(header => header.name === name)).toHaveLength(1);
    }
    const url = /^<(http:\/\/ithn\.test\/u\/[A-Za-z0-9_-]+)>$/.exec(
      mail.header('list-unsubscribe') ?? '',
    )?.[1];
    expect(url).toBeDefined();
    expect(mail.header('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
    expect(mail.header('list-id')).toMatch(/<offers\.shop-\d+\.mail\.nakheel\.example>/);
    expect((mail.header('feedback-id') ?? '').split(':')).toHaveLength(4);
    expect(mail.header('feedback-id')).not.toContain(String(id));
    expect(mail.text).toContain(url as string);

    const links = [...(mail.html ?? '').matchAll(/href="(http:\/\/ithn\.test[^"]+)"/g)].map(
      match => match[1] as string,
    );
    expect(links.length).toBeGreaterThanOrEqual(2);
    const before = await snapshot(system.database.db);
    for (const link of new Set([url as string, ...links])) {
      const path = link.replace('http://ithn.test', '').replaceAll('&amp;', '&');
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const answer = await system.request(method, path, undefined, { authorization: '' });
        expect(answer.status).toBeLessThan(method === 'OPTIONS' ? 500 : 300);
      }
    }
    expect(changed(before, await snapshot(system.database.db))).toEqual([]);

    const path = (url as string).replace('http://ithn.test', '');
    const oneClick = await system.request('POST', path, 'List-Unsubscribe=One-Click', {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: '',
    });
    expect(oneClick.status).toBe(200);
    const again = await addCampaign(system, shop);
    const audience = await system.request('GET', `/v1/campaigns/${again}/audience`);
    expect(audience.body).toMatchObject({ willReceive: 0, excluded: { WITHDRAWN: 1 } });
  });

  it('cannot be scheduled or launched while a field the law asks for is empty, and lists each', async () => {
    await system.request('PATCH', `/v1/senders/${shop.senderId}`, {
      registeredAddress: null,
      contactEmail: null,
    });
    const campaign = await addCampaign(system, shop, { templateId: null });
    const refused = await system.request('POST', `/v1/campaigns/${campaign}/schedule`, {
      at: '2030-01-01T09:00:00+03:00',
    });
    expect(refused.status).toBe(422);
    expect(refused.body.code).toBe('CAMPAIGN_NOT_READY');
    expect(refused.body.errors.map((error: { path: string }) => error.path).sort()).toEqual([
      'sender.contactEmail',
      'sender.registeredAddress',
      'templateId',
    ]);
    expect((await system.request('POST', `/v1/campaigns/${campaign}/launch`)).status).toBe(422);
    expect((await system.request('GET', `/v1/campaigns/${campaign}`)).body.state).toBe('draft');
  });

  it('scheduled starts by itself at its hour; one whose "not later than" has passed is missed and says so', async () => {
    const ids = await addPeople(system, shop, 4);
    const at = new Date(system.clock.now().getTime() + 3_600_000);
    const campaign = await addCampaign(system, shop);
    const late = await addCampaign(system, shop);
    const schedule = (id: string, notLaterThan?: string) =>
      system.request('POST', `/v1/campaigns/${id}/schedule`, {
        at: at.toISOString(),
        timeZone: 'Asia/Riyadh',
        notLaterThan,
      });
    expect((await schedule(campaign)).body.state).toBe('scheduled');
    expect((await schedule(late, new Date(at.getTime() + 60_000).toISOString())).status).toBe(200);
    expect((await system.request('PATCH', `/v1/campaigns/${campaign}`, { name: 'x' })).body.code).toBe(
      'CAMPAIGN_STATE',
    );
    // The clock jumps, as after an outage: two hours too late for the second.
    system.clock.advance(2 * 3_600_000);
    await untilState(system, campaign, 'finished');
    const missed = await until(
      () => system.request('GET', `/v1/campaigns/${late}`),
      answer => answer.body.state === 'missed',
    );
    expect(missed.body.problem).toMatch(/past/);
    expect(await recipients()).toEqual(await emailsOf(ids));
  });

  it('tries a temporary refusal again later, and takes a permanent one as the last word', async () => {
    const ids = await addPeople(system, shop, 2);
    await system.database.db.query(
      `UPDATE contact SET email = CASE WHEN id = $1 THEN 'defer@q${ids[0]}.example' ELSE 'reject@q${ids[0]}.example' END
        WHERE id = ANY($2::bigint[])`,
      [ids[0], ids],
    );
    const campaign = await addCampaign(system, shop);
    await launch(system, campaign);
    const waiting = await until(
      () => progressOf(system, campaign),
      progress => progress.deferred + progress.rejected === 2,
    );
    expect(waiting).toMatchObject({ state: 'running', accepted: 0, deferred: 1, rejected: 1 });
    expectBalanced(waiting);
    system.clock.advance(60_000);
    const done = await untilState(system, campaign, 'finished');
    expect(done).toMatchObject({ accepted: 1, rejected: 1, deferred: 0 });
    const messages = await system.request('GET', `/v1/messages?campaignId=${campaign}`);
    expect(messages.body.items).toMatchObject([
      { state: 'accepted', attempt: 2 },
      { state: 'rejected', attempt: 1, reason: 'REFUSED', reply: expect.stringContaining('550') },
    ]);
  });

  it('shows its progress as server-sent events until it has ended', async () => {
    await addPeople(system, shop, 5);
    const campaign = await addCampaign(system, shop);
    await launch(system, campaign);
    const stream = await system.request('GET', `/v1/campaigns/${campaign}/progress/stream`);
    expect(stream.headers['content-type']).toContain('text/event-stream');
    const last = stream.text.trim().split('\n\n').at(-1) ?? '';
    expect(last).toContain('event: progress');
    expect(JSON.parse(/data: (.*)/.exec(last)?.[1] ?? '{}')).toMatchObject({
      state: 'finished',
      accepted: 5,
    });
  });

  it('is tested on verified addresses of the team only, and leaves no trace in the ledger', async () => {
    const campaign = await addCampaign(system, shop);
    const to = `team-${queue}@nakheel.example`;
    const early = await system.request('POST', `/v1/campaigns/${campaign}/test`, { to: [to] });
    expect(early.body.code).toBe('TEAM_ADDRESS_NOT_VERIFIED');
    await system.request('POST', '/v1/team-addresses', { email: to, senderId: shop.senderId });
    const invitation = await system.inbox.waitFor(mail => mail.envelopeTo.includes(to));
    const path = /\/v\/[A-Za-z0-9_-]+/.exec(invitation.text)?.[0] as string;
    expect((await system.request('GET', path)).status).toBe(200);
    expect((await system.request('POST', `/v1/campaigns/${campaign}/test`, { to: [to] })).status).toBe(422);
    expect(
      (await system.request('POST', path, '', { 'content-type': 'application/x-www-form-urlencoded' }))
        .status,
    ).toBe(200);
    const sent = await system.request('POST', `/v1/campaigns/${campaign}/test`, { to: [to], locale: 'ar' });
    expect(sent.body.items).toMatchObject([{ to, state: 'accepted' }]);
    const mail = await system.inbox.waitFor(received => received.subject.startsWith('[Test]'));
    expect(mail.html).toContain('dir="rtl"');
    expect(await system.database.db.query('SELECT 1 FROM message WHERE contact_id = 0')).toEqual([]);
  });

  async function segmentOf(ids: number[]): Promise<string> {
    const emails = await emailsOf(ids);
    const answer = await system.request('POST', '/v1/segments', {
      name: `People ${ids[0]} ${queue}`,
      rule: { combinator: 'and', rules: [{ field: 'contact.email', operator: 'in', value: emails }] },
    });
    expect(answer.status).toBe(201);
    return answer.body.id as string;
  }

  /** As a restarted or flushed server would leave it: not one job, not one schedule. */
  async function emptyQueue(): Promise<void> {
    if (queue === 'redis') {
      const redis = new Redis(process.env['TEST_REDIS_URL'] ?? '');
      await redis.flushall();
      await redis.quit();
      return;
    }
    const tables = await system.database.db.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname = 'bullmq' AND tablename NOT LIKE '%migration%'`,
    );
    await system.database.db.query(`TRUNCATE ${tables.map(table => table.name).join(', ')} CASCADE`);
  }
});

/** Tables of ours whose rows differ; a key's last use and what workers keep tidy by themselves are nobody's consent. */
function changed(before: Record<string, string>, after: Record<string, string>): string[] {
  const tidied = ['public.api_key', 'public.consent_seal', 'public.consent_unsealed'];
  return Object.keys(before).filter(
    table => table.startsWith('public.') && !tidied.includes(table) && before[table] !== after[table],
  );
}
