import fc from 'fast-check';
import { Forecasts, forecastSql, type GateQuestion, gateSql } from '#consent';
import { type TestApi, testApi } from '../factories/api.js';
import { sameDatabase, type TestDatabase } from '../factories/database.js';
import { changes, type Dice, dice } from '../factories/forecast-changes.js';
import { plainGate, type PlainPerson } from '../factories/gate-oracle.js';
import { people, questionOf, questions } from '../factories/gate-samples.js';
import { storeGateWorld } from '../factories/gate-world.js';

const SEED = 20261122;

describe('the forecast of the gate', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi();
  });
  afterEach(() => api.close());

  const fold = (): Promise<void> => api.app.get(Forecasts, { strict: false }).fold();

  function inputsOf(asked: GateQuestion) {
    return {
      ...{ channel: asked.channel, messageClass: asked.messageClass ?? ('marketing' as const) },
      ...{ categories: '$1::text[]', dispatchId: '0', senderId: '$2', topicId: '$3', now: '$4' },
    };
  }

  function given(asked: GateQuestion, now: Date): unknown[] {
    return [asked.productCategories ?? [], asked.senderId, asked.topicId, now];
  }

  const everybody = 'SELECT c.id AS contact_id FROM contact c';

  /** Contacts of whom the forecast says something else than the gate, both asked in one statement. */
  async function differences({ db }: TestDatabase, asked: GateQuestion, now: Date): Promise<unknown[]> {
    const inputs = inputsOf(asked);
    return db.query(
      `WITH said AS (
         SELECT id AS contact_id, denial, lane FROM (${forecastSql({ ...inputs, segment: 'true', withIds: true })}) f
          CROSS JOIN unnest(ids) AS id
       )
       SELECT contact_id, said.denial AS forecast, gate.denial AS gate, said.lane
         FROM said FULL JOIN (${gateSql({ ...inputs, candidates: everybody })}) gate USING (contact_id)
        WHERE said.denial IS DISTINCT FROM gate.denial OR said.contact_id IS NULL OR gate.contact_id IS NULL
           OR said.lane <> address_lane('${asked.channel}', gate.address)`,
      given(asked, now),
    );
  }

  /** The same of the gate's own text for many, which asks about each. */
  async function differencesOfEach({ db }: TestDatabase, asked: GateQuestion, now: Date): Promise<unknown[]> {
    const inputs = { ...inputsOf(asked), candidates: everybody };
    return db.query(
      `SELECT contact_id, said.denial AS forecast, gate.denial AS gate
         FROM (${gateSql({ ...inputs, forecast: true })}) said FULL JOIN (${gateSql(inputs)}) gate USING (contact_id)
        WHERE said.denial IS DISTINCT FROM gate.denial OR said.contact_id IS NULL OR gate.contact_id IS NULL`,
      given(asked, now),
    );
  }

  /** How many contacts are in a class of several. */
  async function inClasses(): Promise<number> {
    const row = await api.database.db.queryOne<{ n: number }>(
      'SELECT count(*) AS n FROM consent_forecast CROSS JOIN unnest(classes) AS class WHERE class > 1',
    );
    return row?.n ?? 0;
  }

  async function storeWorld(at: number, size: number) {
    const question = questionOf(at);
    api.clock.set(question.now);
    const sample = fc.sample(people, { numRuns: size, seed: SEED + at });
    return { question, sample, asked: await storeGateWorld(api, sample, question) };
  }

  it.each(questions.map((question, at) => [question.channel, question.messageClass, at] as const))(
    'says on %s of class %s what the plain rules say, of a thousand generated people',
    async (_channel, _class, at) => {
      const { question, sample, asked } = await storeWorld(at, 1000);
      expect(await differencesOfEach(api.database, asked, question.now)).toEqual([]);
      expect(await differences(api.database, asked, question.now)).toEqual([]);
      expect(await inClasses()).toBe(0);
      await fold();
      expect(await inClasses()).toBeGreaterThan(200);
      expect(await differences(api.database, asked, question.now)).toEqual([]);

      const counts = await api.database.db.query<{ denial: string | null; n: number }>(
        `SELECT denial, sum(size)::bigint AS n
           FROM (${forecastSql({ ...inputsOf(asked), segment: 'true', withIds: false })}) f GROUP BY denial`,
        given(asked, question.now),
      );
      const want = new Map<string | null, number>();
      for (const person of sample) {
        const { denial } = plainGate(person, question);
        want.set(denial, (want.get(denial) ?? 0) + 1);
      }
      expect(new Map(counts.map(({ denial, n }) => [denial, n]))).toEqual(want);
    },
  );

  it.each([0, 2])('agrees with the gate after every one of many changes, folded or not (%i)', async at => {
    const { question, asked } = await storeWorld(at, 200);
    await fold();
    const throws = dice(SEED + at);
    for (let step = 0; step < 100; step++) {
      const change = throws.of(changes);
      await api.database.db.transaction(() => change(api.database.db, asked, throws));
      if (throws.below(4) === 0) await fold();
      const wrong = await differences(api.database, asked, question.now);
      if (wrong.length > 0) throw new Error(`step ${step}, ${change.name}: ${JSON.stringify(wrong)}`);
    }
    await fold();
    expect(await differences(api.database, asked, question.now)).toEqual([]);
    expect(await waitingNotes()).toBe(0);
  });

  it('tells apart people who are alike but for the area of their phones, also when more of areas is learnt', async () => {
    const question = questionOf(2);
    api.clock.set(question.now);
    const person: PlainPerson = {
      ...{ hasAddress: true, country: 'SA', phoneCountry: 'US', timeZone: null, suppressions: [] },
      ...{ frequency: null, pausedFor: null, lastMessageDaysAgo: null },
      state: {
        ...{ status: 'granted', basis: 'express', sinceDaysAgo: 1, expiresIn: null, country: null },
        bought: null,
      },
    };
    const sample = Array.from({ length: 8 }, (_, n) => ({ ...person, areaIsKnown: n % 2 === 0 }));
    const asked = await storeGateWorld(api, sample, question);
    const { db } = api.database;
    const said = async (): Promise<unknown> => {
      expect(await differences(api.database, asked, question.now)).toEqual([]);
      return db.query(
        `SELECT denial, sum(size)::int AS n
           FROM (${forecastSql({ ...inputsOf(asked), segment: 'true', withIds: false })}) f GROUP BY 1 ORDER BY 1`,
        given(asked, question.now),
      );
    };
    // Nine to nine in Riyadh, New York and Honolulu at once is never; without Honolulu it is four hours a day.
    const apart = [
      { denial: 'NO_SENDING_HOURS', n: 4 },
      { denial: null, n: 4 },
    ];
    await db.query(`INSERT INTO phone_zone VALUES ('1907', '{America/New_York}')`);
    await fold();
    expect(await inClasses()).toBe(8);
    expect(await said()).toEqual([{ denial: null, n: 8 }]);
    // All are of one class; what is learnt parts them, before a fold has looked and after.
    await db.query(
      `UPDATE phone_zone SET zones = '{America/New_York,Pacific/Honolulu}' WHERE prefix = '1907'`,
    );
    expect(await said()).toEqual(apart);
    await fold();
    expect(await said()).toEqual(apart);
    await db.query(`DELETE FROM phone_zone WHERE prefix IN ('1212', '121')`);
    await fold();
    expect(await said()).toEqual([{ denial: 'NO_SENDING_HOURS', n: 8 }]);
    // The same again is no change, and nobody has to be looked at.
    await db.query(`INSERT INTO phone_zone AS z VALUES ('1907', '{America/New_York,Pacific/Honolulu}')
      ON CONFLICT (prefix) DO UPDATE SET zones = excluded.zones WHERE z.zones <> excluded.zones`);
    expect(await waitingNotes()).toBe(0);
  });

  async function waitingNotes(): Promise<number> {
    const row = await api.database.db.queryOne<{ n: number }>(
      'SELECT (SELECT count(*) FROM consent_forecast_stale) + (SELECT count(*) FROM consent_forecast_suspect) AS n',
    );
    return row?.n ?? -1;
  }

  it('agrees with the gate while sessions change things at once and folds run in between', async () => {
    const { question, asked } = await storeWorld(0, 150);
    await fold();
    let running = 6;
    let compared = 0;
    const enough = 30;
    const session = async (throws: Dice): Promise<void> => {
      const own = await sameDatabase(api.database);
      try {
        for (let turn = 0; turn < 10 || compared < enough; turn++) {
          await own.db
            .transaction(async () => {
              await throws.of(changes)(own.db, asked, throws);
              await own.db.query('SELECT pg_sleep($1)', [throws.below(20) / 1000]);
              await throws.of(changes)(own.db, asked, throws);
            })
            // Two that change the same people in different orders: one of them begins anew.
            .catch((error: unknown) => {
              if (!/deadlock|duplicate|foreign key/.test(String(error))) throw error;
            });
        }
      } finally {
        running--;
        await own.close();
      }
    };
    const folder = async (): Promise<void> => {
      while (running > 0) await fold();
    };
    const wrong: unknown[] = [];
    const comparer = async (): Promise<void> => {
      for (; running > 0; compared++) wrong.push(...(await differences(api.database, asked, question.now)));
    };
    await Promise.all([
      ...Array.from({ length: 6 }, (_, n) => session(dice(SEED * 7 + n))),
      ...[folder(), comparer(), comparer()],
    ]);
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(compared).toBeGreaterThanOrEqual(enough);
    await fold();
    expect(await differences(api.database, asked, question.now)).toEqual([]);
    expect(await waitingNotes()).toBe(0);
  });

  it('keeps no withdrawal waiting: not for another of the same block, nor for a fold under way', async () => {
    const { asked } = await storeWorld(0, 100);
    await fold();
    const withdraw = async (other: TestDatabase, contactId: number): Promise<void> => {
      await other.db.query(`SET LOCAL lock_timeout = '2s'`);
      await other.db.query(
        `UPDATE consent_state SET status = 'withdrawn', basis = NULL WHERE contact_id = $1`,
        [contactId],
      );
    };
    const [first, second] = [await sameDatabase(api.database), await sameDatabase(api.database)];
    try {
      const people = await api.database.db.query<{ id: number }>(
        `SELECT contact_id AS id FROM consent_state ORDER BY contact_id LIMIT 2`,
      );
      const [one, two] = people.map(({ id }) => id) as [number, number];
      expect(one >> 9).toBe(two >> 9);
      // A fold holds the block's row, because somebody of the block has changed; it does not end before we say so.
      await api.database.db.query('UPDATE contact SET country = $2 WHERE id = $1', [one, 'CA']);
      await api.database.db.transaction(async () => {
        await fold();
        await first.db.transaction(async () => {
          await withdraw(first, one);
          await second.db.transaction(() => withdraw(second, two));
        });
      });
      expect(await differences(api.database, asked, api.clock.now())).toEqual([]);
      expect(await waitingNotes()).toBe(2);
    } finally {
      await Promise.all([first.close(), second.close()]);
    }
  });

  it('keeps the class of nobody who is gone', async () => {
    const { asked } = await storeWorld(0, 100);
    await fold();
    const before = await inClasses();
    await api.database.db.query('DELETE FROM contact');
    await fold();
    expect(before).toBeGreaterThan(0);
    expect(await inClasses()).toBe(0);
    expect(await differences(api.database, asked, api.clock.now())).toEqual([]);
  });

  it('believes nothing about a topic of another sender', async () => {
    const { asked, question } = await storeWorld(0, 200);
    await fold();
    const [other] = await api.database.db.query<{ id: number }>(
      'SELECT id FROM sender WHERE id <> $1 LIMIT 1',
      [asked.senderId],
    );
    const strange = { ...asked, senderId: other?.id ?? 0 };
    expect(await differences(api.database, strange, question.now)).toEqual([]);
  });
});
