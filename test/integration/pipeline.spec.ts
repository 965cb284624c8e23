import { createServer, type Server, type Socket } from 'node:net';
import { CampaignsService } from '#campaigns';
import { AudienceService, DispatchesService, SendDispatchHandler } from '#sending';
import { SegmentsService } from '#segments';
import { TemplatesService } from '#templates';
import { testDatabase } from '../factories/database.js';
import { startSmtpSink, type SmtpSink } from '../factories/smtp-sink.js';
import {
  addCampaign,
  addPeople,
  addShop,
  contactId,
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
  const dispatchOf = async (campaign: string): Promise<number> =>
    (
      await sql<{ id: number }>('SELECT dispatch_id AS id FROM campaign WHERE id = $1', [campaign.slice(4)])
    )[0]!.id;
  const arrivalsOf = async (ids: number[]): Promise<number[]> => {
    const rows = await sql<{ email: string }>('SELECT email FROM contact WHERE id = ANY($1::bigint[])', [
      ids,
    ]);
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

    it('obeys every withdrawal that was answered before the attempt was allowed, at full speed', async () => {
      const ids = await addPeople(system, shop, 400);
      sink.delay = 5;
      const campaign = await started();
      const withdrawn = new Map<number, number>();
      const dispatchId = await dispatchOf(campaign);
      // From the back, while the pipeline works from the front: they meet in the middle.
      for (const id of [...ids].reverse().slice(0, 150)) {
        const answer = await system.request('POST', '/v1/consents/withdrawals', {
          contactId: contactId(id),
          scope: { kind: 'everything' },
          source: 'tests',
        });
        expect(answer.status).toBe(201);
        withdrawn.set(id, performance.now());
      }
      const progress = await untilState(system, campaign, 'finished');
      expectBalanced(progress);
      expect(progress.unknown).toBe(0);
      const rows = await sql<{ id: number; email: string; state: string }>(
        `SELECT c.id, c.email, m.state FROM contact c JOIN message m ON m.contact_id = c.id WHERE m.dispatch_id = $1`,
        [dispatchId],
      );
      for (const { id, email, state } of rows) {
        const arrival = sink.arrivals.get(email)?.[0];
        expect(arrival !== undefined).toBe(state === 'accepted');
        const answered = withdrawn.get(id);
        // A batch of ten that was allowed a moment before is on its way: two rounds of the sink's delay, generously.
        if (arrival !== undefined && answered !== undefined) expect(arrival - answered).toBeLessThan(250);
      }
      expect(rows.filter(row => row.state === 'skipped').length).toBeGreaterThan(20);
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
