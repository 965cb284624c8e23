import { CampaignsService } from '#campaigns';
import { AudienceService, SendDispatchHandler } from '#sending';
import { connect } from '#database';
import { TemplatesService } from '#templates';

import { startSmtpSink, type SmtpSink } from '../factories/smtp-sink.js';
import {
  addCampaign,
  addPeople,
  addShop,
  contactId,
  dispatchOf,
  expectBalanced,
  launch,
  type Progress,
  progressOf,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';

/** The pipeline under attack: what it promises must hold whatever breaks, and whoever changes their mind when. */
describe('the pipeline', () => {
  let sink: SmtpSink;
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    sink = await startSmtpSink();
    system = await testSystem('postgres', {
      env: { SMTP_URL: sink.url, SENDING_BATCH: '10', SENDING_POLL_MS: '50' },
    });
  });
  afterAll(async () => {
    sink.release();
    await system.close();
    await sink.close();
  });
  beforeEach(async () => {
    sink.answer = () => 'accept';
    sink.delay = 0;
    system.clock.advance(60_000);
    shop = await addShop(system);
  });

  const sql = <Row = Record<string, unknown>>(text: string, parameters: unknown[] = []): Promise<Row[]> =>
    system.database.db.query<Row>(text, parameters);
  const emailOf = async (id: number): Promise<string> =>
    (await sql<{ email: string }>('SELECT email FROM contact WHERE id = $1', [id]))[0]!.email;
  const arrivalsOf = async (ids: number[]): Promise<number[]> => {
    const rows = await sql<{ email: string }>(
      'SELECT email FROM contact WHERE id = ANY($1::bigint[]) ORDER BY id',
      [ids],
    );
    return rows.map(row => sink.arrivals.get(row.email)?.length ?? 0);
  };
  const untilProgress = (campaign: string, holds: (progress: Progress) => boolean): Promise<Progress> =>
    until(() => progressOf(system, campaign), holds);
  const started = async (more: Record<string, unknown> = {}): Promise<string> => {
    const campaign = await addCampaign(system, shop, more);
    await launch(system, campaign);
    return campaign;
  };

  describe('and the wire', () => {
    it('holds as unknown, and never resends, a mail whose connection died after the final dot', async () => {
      const ids = await addPeople(system, shop, 30);
      const lost = new Set(await Promise.all(ids.slice(0, 4).map(emailOf)));
      sink.answer = recipient => (lost.has(recipient) ? 'hang up' : 'accept');
      const campaign = await started();
      const progress = await untilState(system, campaign, 'finished');
      expect(progress).toMatchObject({ accepted: 26, unknown: 4 });
      expectBalanced(progress);
      system.clock.advance(24 * 3_600_000);
      await system.app.get(SendDispatchHandler, { strict: false }).sweep();
      expect(await arrivalsOf(ids)).toEqual(ids.map(() => 1));
    });

    it('keeps a refused mail through a pause, and tries it again after the resume', async () => {
      const ids = await addPeople(system, shop, 12);
      sink.answer = () => 'try later';
      const campaign = await started();
      await untilProgress(campaign, progress => progress.deferred === 12);
      await system.request('POST', `/v1/campaigns/${campaign}/pause`);
      system.clock.advance(120_000);
      await system.app.get(SendDispatchHandler, { strict: false }).sweep();
      expect(await progressOf(system, campaign)).toMatchObject({ state: 'paused', deferred: 12 });
      expect(await arrivalsOf(ids)).toEqual(ids.map(() => 1));
      sink.answer = () => 'accept';
      await system.request('POST', `/v1/campaigns/${campaign}/resume`);
      expect(await untilState(system, campaign, 'finished')).toMatchObject({ accepted: 12, deferred: 0 });
      expect(await arrivalsOf(ids)).toEqual(ids.map(() => 2));
    });
  });

  describe('and the people', () => {
    it('asks the gate anew: who is gone, moved, or has no address any more gets nothing', async () => {
      const ids = await addPeople(system, shop, 6);
      const [gone, moved, emptied] = ids as [number, number, number];
      const campaign = await addCampaign(system, shop);
      await launchFrozen(campaign, async () => {
        await system.request('DELETE', `/v1/contacts/${contactId(gone)}`);
        await system.request('PATCH', `/v1/contacts/${contactId(moved)}`, {
          email: `moved-${moved}@example.com`,
        });
        await sql('UPDATE contact SET email = NULL, email_hash = NULL WHERE id = $1', [emptied]);
      });
      const progress = await untilState(system, campaign, 'finished');
      expect(progress).toMatchObject({
        frozen: 6,
        accepted: 3,
        skipped: { CONTACT_GONE: 1, CONSENT_UNPROVEN: 1, NO_ADDRESS: 1 },
      });
      expectBalanced(progress);
      expect(sink.arrivals.has(`moved-${moved}@example.com`)).toBe(false);
    });

    it('obeys every withdrawal that was committed before the attempt was allowed, at full speed', async () => {
      // When the statement that allowed it began, by the clock of the database: before anything that it saw.
      await sql('ALTER TABLE message ADD COLUMN asked_at timestamptz DEFAULT statement_timestamp()');
      const ids = await addPeople(system, shop, 400);
      sink.delay = 30;
      const campaign = await started();
      // Who withdraws before that is left out when the audience is frozen, and has no row.
      await untilProgress(campaign, ({ frozen }) => frozen > 0);
      let answered = 0;
      const dispatchId = await dispatchOf(system, campaign);
      // From the back, while the pipeline works from the front: they meet in the middle.
      for (const id of [...ids].reverse().slice(0, 150)) {
        const answer = await system.request('POST', '/v1/consents/withdrawals', {
          contactId: contactId(id),
          scope: { kind: 'everything' },
          source: 'tests',
        });
        expect(answer.status).toBe(201);
        answered++;
      }
      const progress = await untilState(system, campaign, 'finished');
      expectBalanced(progress);
      expect(progress.unknown).toBe(0);
      const rows = await sql<{ email: string; state: string; asked: Date; withdrawn: Date | null }>(
        `SELECT c.email, m.state, m.asked_at AS asked, pg_xact_commit_timestamp(e.xmin) AS withdrawn
           FROM message m JOIN contact c ON c.id = m.contact_id
           LEFT JOIN consent_event e ON e.contact_id = c.id AND e.action = 'withdrawn'
          WHERE m.dispatch_id = $1`,
        [dispatchId],
      );
      expect(rows).toHaveLength(ids.length);
      expect(rows.filter(({ withdrawn }) => withdrawn !== null)).toHaveLength(answered);
      for (const { email, state } of rows) expect(sink.arrivals.has(email)).toBe(state === 'accepted');
      const tooLate = rows.filter(
        ({ state, asked, withdrawn }) => state === 'accepted' && withdrawn !== null && asked > withdrawn,
      );
      expect(tooLate).toEqual([]);
      expect(rows.filter(row => row.state === 'skipped').length).toBeGreaterThan(20);
    });
  });

  describe('and faults of content and configuration', () => {
    it('holds a campaign whose sender was emptied in its middle, and loses nobody to it', async () => {
      const ids = await addPeople(system, shop, 20);
      const campaign = await addCampaign(system, shop);
      await launchFrozen(campaign, async () => {
        await system.request('PATCH', `/v1/senders/${shop.senderId}`, {
          fromEmail: null,
          registeredAddress: null,
        });
      });
      const other = await addShop(system);
      const theirs = await addPeople(system, other, 5);
      const second = await addCampaign(system, other);
      await launch(system, second);
      await untilState(system, second, 'finished');
      expect(await arrivalsOf(theirs)).toEqual(theirs.map(() => 1));
      expect(await progressOf(system, campaign)).toMatchObject({
        state: 'running',
        notYetAttempted: 20,
        unknown: 0,
      });
      await system.request('PATCH', `/v1/senders/${shop.senderId}`, {
        fromEmail: 'news@mail.nakheel.example',
        registeredAddress: '12 Olaya Street',
      });
      system.clock.advance(60_000);
      expect(await untilState(system, campaign, 'finished')).toMatchObject({ accepted: 20 });
      expect(await arrivalsOf(ids)).toEqual(ids.map(() => 1));
    });

    it('takes a fault that shows only when a mail is written as not sent, never as unknown', async () => {
      await addPeople(system, shop, 15);
      // Passes for a sender's address, but no header can hold it.
      await sql(`UPDATE sender SET from_email = 'no address at all' WHERE id = $1`, [shop.senderId.slice(4)]);
      const campaign = await started();
      const progress = await untilProgress(
        campaign,
        now => now.frozen === 15 && now.notYetAttempted === 0 && now.attempting === 0,
      );
      expect(progress).toMatchObject({ deferred: 15, unknown: 0 });
      await system.request('POST', `/v1/campaigns/${campaign}/cancel`);
    });

    it('writes to everybody else when the template fails for one person', async () => {
      const ids = await addPeople(system, shop, 12);
      await sql(`UPDATE contact SET first_name = 'Boom' WHERE id = $1`, [ids[3]]);
      const endless =
        '{% if contact.firstName == "Boom" %}{% for i in (1..100000000) %}x{% endfor %}{% endif %}';
      const mjml = `<mjml><mj-body><mj-section><mj-column><mj-text>Hello ${endless}</mj-text></mj-column></mj-section></mj-body></mjml>`;
      const template = await system.request('POST', '/v1/templates', {
        name: 'Fragile',
        content: { en: { subject: 'Hello', mjml } },
      });
      expect(template.status).toBe(201);
      const campaign = await started({ templateId: template.body.id });
      expect(await untilState(system, campaign, 'finished')).toMatchObject({
        accepted: 11,
        rejected: 1,
        unknown: 0,
      });
      expect(await arrivalsOf(ids)).toEqual(ids.map((_, at) => (at === 3 ? 0 : 1)));
    });

    it('goes on with the others when one dispatch cannot be frozen or its template cannot be compiled', async () => {
      const silent = await testSystem('postgres', {
        startWorker: false,
        env: { SMTP_URL: sink.url, SENDING_POLL_MS: '50', SENDING_RUNNERS: '1' },
      });
      try {
        const bad = await addShop(silent);
        await addPeople(silent, bad, 3);
        const unfreezable = await addCampaign(silent, bad);
        await launch(silent, unfreezable);
        const uncompilable = await addCampaign(silent, bad);
        await launch(silent, uncompilable);
        const good = await addCampaign(silent, bad);
        await launch(silent, good);
        const { db } = silent.database;
        await db.query(
          `UPDATE dispatch SET audience = '{"combinator":"and","rules":[{"field":"attributes.gone","operator":"=","value":"x"}]}' WHERE id = 1`,
        );
        const templates = silent.app.get(TemplatesService, { strict: false });
        const compile = templates.compile.bind(templates);
        let refusals = 0;
        templates.compile = async id => {
          const [running] = await db.query<{ name: string }>(
            `SELECT 1 FROM chunk WHERE dispatch_id = 2 AND state = 'leased'`,
          );
          if (running) {
            refusals++;
            throw new Error('This version of the template cannot be compiled any more.');
          }
          return compile(id);
        };
        // As after a flush: only the sweep finds the work.
        await silent.worker.start();
        await untilState(silent, good, 'finished');
        expect(refusals).toBeGreaterThan(0);
        expect(refusals).toBeLessThan(20);
        expect(await progressOf(silent, unfreezable)).toMatchObject({ state: 'freezing' });
        expect(await progressOf(silent, uncompilable)).toMatchObject({
          state: 'running',
          notYetAttempted: 3,
        });
        templates.compile = compile;
        silent.clock.advance(60_000);
        expect(await untilState(silent, uncompilable, 'finished')).toMatchObject({ accepted: 3, unknown: 0 });
      } finally {
        await silent.close();
      }
    });
  });

  describe('and the clock', () => {
    it('finishes at once what is for nobody', async () => {
      const campaign = await started();
      const progress = await untilState(system, campaign, 'finished');
      expect(progress).toMatchObject({ frozen: 0, notYetAttempted: 0 });
      expectBalanced(progress);
    });

    it('begins nothing after its "not later than", without waiting for anybody to notice', async () => {
      const ids = await addPeople(system, shop, 60);
      sink.answer = () => 'hold';
      const campaign = await addCampaign(system, shop);
      const notLaterThan = new Date(system.clock.now().getTime() + 60_000).toISOString();
      await system.request('POST', `/v1/campaigns/${campaign}/launch`, { notLaterThan });
      await untilProgress(campaign, progress => progress.attempting > 0);
      await until(
        async () => (await arrivalsOf(ids)).filter(n => n > 0).length,
        n => n >= 8,
      );
      system.clock.advance(61_000);
      sink.answer = () => 'accept';
      sink.release();
      const progress = await untilState(system, campaign, 'expired');
      const still = await untilProgress(campaign, now => now.attempting === 0);
      expectBalanced(progress);
      expect(still.cancelled).toBeGreaterThan(0);
      expect(still.accepted + still.cancelled).toBe(60);
      const [generations] = await sql<{ most: number }>(
        'SELECT max(lease_generation) AS most FROM chunk WHERE dispatch_id = $1',
        [await dispatchOf(system, campaign)],
      );
      // It is not claimed and given back over and over until somebody ends it.
      expect(generations!.most).toBeLessThan(3);
    });

    it('refuses to launch a missed campaign whose "not later than" has passed', async () => {
      const at = new Date(system.clock.now().getTime() + 60_000);
      const campaign = await addCampaign(system, shop);
      await system.request('POST', `/v1/campaigns/${campaign}/schedule`, {
        at: at.toISOString(),
        notLaterThan: new Date(at.getTime() + 1000).toISOString(),
      });
      system.clock.advance(3_600_000);
      await until(
        () => system.request('GET', `/v1/campaigns/${campaign}`),
        answer => answer.body.state === 'missed',
      );
      const launched = await system.request('POST', `/v1/campaigns/${campaign}/launch`);
      expect(launched).toMatchObject({ status: 422, body: { code: 'SCHEDULE_TOO_LATE' } });
    });

    it('never launches what was unscheduled, or moved to a later hour, a moment before', async () => {
      const calm = await testSystem('postgres', { startWorker: false, env: { SMTP_URL: sink.url } });
      try {
        const theirs = await addShop(calm);
        const campaigns = calm.app.get(CampaignsService, { strict: false });
        const ids = [
          await addCampaign(calm, theirs),
          await addCampaign(calm, theirs),
          await addCampaign(calm, theirs),
        ];
        const at = new Date(calm.clock.now().getTime() + 60_000);
        for (const id of ids)
          await calm.request('POST', `/v1/campaigns/${id}/schedule`, { at: at.toISOString() });
        calm.clock.advance(60_000);
        // The first launch is under way, and the list of the due is made; meanwhile people decide otherwise.
        const segments = calm.app.get(TemplatesService, { strict: false });
        const get = segments.get.bind(segments);
        segments.get = async id => {
          segments.get = get;
          await calm.request('POST', `/v1/campaigns/${ids[1]}/unschedule`);
          await calm.request('POST', `/v1/campaigns/${ids[2]}/schedule`, {
            at: new Date(at.getTime() + 86_400_000).toISOString(),
          });
          return get(id);
        };
        await campaigns.launchDue();
        const states = await Promise.all(
          ids.map(async id => (await calm.request('GET', `/v1/campaigns/${id}`)).body.state),
        );
        expect(states).toEqual(['freezing', 'draft', 'scheduled']);
      } finally {
        await calm.close();
      }
    });

    it('launches a due campaign a moment later when the database failed, instead of missing it', async () => {
      const calm = await testSystem('postgres', { startWorker: false, env: { SMTP_URL: sink.url } });
      try {
        const theirs = await addShop(calm);
        const campaigns = calm.app.get(CampaignsService, { strict: false });
        const id = await addCampaign(calm, theirs);
        const at = new Date(calm.clock.now().getTime() + 60_000);
        await calm.request('POST', `/v1/campaigns/${id}/schedule`, { at: at.toISOString() });
        calm.clock.advance(60_000);
        const templates = calm.app.get(TemplatesService, { strict: false });
        const get = templates.get.bind(templates);
        templates.get = async () => {
          templates.get = get;
          throw new Error('Connection terminated unexpectedly');
        };
        await campaigns.launchDue().catch(() => undefined);
        expect((await calm.request('GET', `/v1/campaigns/${id}`)).body.state).toBe('scheduled');
        await campaigns.launchDue();
        expect((await calm.request('GET', `/v1/campaigns/${id}`)).body.state).toBe('freezing');
      } finally {
        await calm.close();
      }
    });
  });

  describe('and two processes', () => {
    it('launches, freezes and sends once, whoever presses and whoever sweeps', async () => {
      const other = await testSystem('postgres', {
        database: system.database,
        env: { SMTP_URL: sink.url, SENDING_BATCH: '10', SENDING_POLL_MS: '50' },
      });
      try {
        other.clock.set(system.clock.now());
        const ids = await addPeople(system, shop, 150);
        const campaign = await addCampaign(system, shop);
        const answers = await Promise.all(
          [system, other, system, other].map(one => one.request('POST', `/v1/campaigns/${campaign}/launch`)),
        );
        expect(answers.map(answer => answer.status).sort()).toEqual([202, 409, 409, 409]);
        const dispatchId = await dispatchOf(system, campaign);
        await Promise.all(
          [system, other, system].map(one =>
            one.app.get(AudienceService, { strict: false }).freeze(dispatchId),
          ),
        );
        const progress = await untilState(system, campaign, 'finished');
        expect(progress).toMatchObject({ frozen: 150, accepted: 150 });
        expect(await arrivalsOf(ids)).toEqual(ids.map(() => 1));
        const [chunks] = await sql<{ size: number }>(
          'SELECT sum(size) AS size FROM chunk WHERE dispatch_id = $1',
          [dispatchId],
        );
        expect(Number(chunks!.size)).toBe(150);
      } finally {
        await other.close();
      }
    });

    it('answers a pause and a cancel at once under load, and begins nothing afterwards', async () => {
      const crowd = await testSystem('postgres', {
        env: {
          SMTP_URL: sink.url,
          SENDING_BATCH: '5',
          SENDING_RUNNERS: '12',
          SENDING_POLL_MS: '50',
          DATABASE_POOL: '30',
        },
      });
      try {
        const theirs = await addShop(crowd);
        // Many chunks, so that many runners hold the dispatch at the same time.
        await addPeople(crowd, theirs, 12_000);
        const campaign = await addCampaign(crowd, theirs);
        await launch(crowd, campaign);
        await until(
          () => progressOf(crowd, campaign),
          progress => progress.accepted > 100,
        );
        expect((await crowd.request('POST', `/v1/campaigns/${campaign}/pause`)).status).toBe(200);
        const [before] = await crowd.database.db.query<{ n: number }>('SELECT count(*) AS n FROM message');
        await until(
          () => progressOf(crowd, campaign),
          progress => progress.attempting === 0,
        );
        const after = await progressOf(crowd, campaign);
        expectBalanced(after);
        expect(after.accepted + after.deferred).toBe(before!.n);
        // It waited for nobody's turn: most of the twelve thousand were still to come.
        expect(after.notYetAttempted).toBeGreaterThan(6000);
      } finally {
        await crowd.close();
      }
    });
  });

  describe('and its database', () => {
    it('loses and repeats nothing, and leaves nothing unknown, when every connection is cut again and again', async () => {
      const ids = await addPeople(system, shop, 300);
      sink.delay = 2;
      const campaign = await started();
      const server = await connect(process.env['TEST_DATABASE_URL'] ?? '', 1);
      let cuts = 0;
      let seen = -1;
      const progress = await until(
        async () => {
          const now = await progressOf(system, campaign).catch(() => null);
          // Again whenever something was achieved; cutting by the clock would let a quick machine achieve nothing.
          if (now && now.state !== 'finished' && now.accepted > seen) {
            seen = now.accepted;
            cuts++;
            await server.query(
              `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = $1 AND application_name = 'ithn' AND query ~ 'message|chunk'`,
              [new URL(system.database.url).pathname.slice(1)],
            );
          }
          return now;
        },
        now => now?.state === 'finished',
        100_000,
      );
      await server.destroy();
      expect(cuts).toBeGreaterThan(2);
      expect(progress).toMatchObject({ accepted: 300, unknown: 0 });
      // One of the cut connections may still lie in the pool.
      const arrivals = await until(
        () => arrivalsOf(ids).catch(() => null),
        found => found !== null,
      );
      expect(arrivals).toEqual(ids.map(() => 1));
    });
  });

  /** Launches with the dispatch frozen but nothing allowed yet: paused before it runs, resumed after `between`. */
  async function launchFrozen(campaign: string, between: () => Promise<void>): Promise<void> {
    await sql(`CREATE OR REPLACE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF new.state = 'running' AND old.state = 'freezing' THEN new.state = 'paused'; END IF; RETURN new; END $$`);
    await sql(
      'CREATE OR REPLACE TRIGGER hold BEFORE UPDATE ON dispatch FOR EACH ROW EXECUTE FUNCTION hold()',
    );
    try {
      await launch(system, campaign);
      await untilState(system, campaign, 'paused');
    } finally {
      await sql('DROP TRIGGER hold ON dispatch');
    }
    await between();
    expect((await system.request('POST', `/v1/campaigns/${campaign}/resume`)).status).toBe(200);
  }
});
