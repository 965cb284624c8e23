import fc from 'fast-check';
import { SendDispatchHandler } from '#sending';
import { startSmtpSink, type SmtpSink } from '../factories/smtp-sink.js';
import {
  addCampaign,
  addPeople,
  addShop,
  expectBalanced,
  type Progress,
  progressOf,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const formats = new Map<string, Intl.DateTimeFormat>();

/** What a clock in this zone shows, as 2026-12-01T09:00. */
function clockIn(zone: string, at: number): string {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-CA', {
      ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit' },
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${parts['year']}-${parts['month']}-${parts['day']}T${parts['hour']}:${parts['minute']}`;
}

/**
 * The plain meaning: minute by minute, the first at which the clock shows this time. A time it skips is as much later as
 * it skips: what the clock would have shown, had it not been changed.
 */
function plainInstant(local: string, zone: string): number {
  const utc = Date.parse(`${local}:00Z`);
  for (let at = utc - 15 * HOUR; at <= utc + 13 * HOUR; at += 15 * 60_000) {
    if (clockIn(zone, at) === local) return at;
  }
  const offset = Date.parse(`${clockIn(zone, utc - 2 * DAY)}:00Z`) - (utc - 2 * DAY);
  return utc - offset;
}

interface PlainPlace {
  zone: string | null;
  country: string | null;
  phone: 'SA' | 'US' | null;
  /** Where the digits of the phone say that it is. */
  digits?: string[] | null;
}

const singleZone: Record<string, string> = {
  ...{ SA: 'Asia/Riyadh', EG: 'Africa/Cairo', GB: 'Europe/London', KI: '', US: '', AU: '' },
};
const knownZones = [
  ...[
    'Asia/Riyadh',
    'Africa/Cairo',
    'Europe/London',
    'America/New_York',
    'America/Sao_Paulo',
    'Asia/Kathmandu',
  ],
  ...['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Etc/GMT+12', 'Australia/Lord_Howe', 'Africa/Casablanca'],
  ...['America/St_Johns', 'Pacific/Chatham', 'Asia/Gaza'],
];

function plainZone({ zone, country, phone }: PlainPlace, sendersZone: string): string {
  if (zone !== null && knownZones.includes(zone)) return zone;
  return singleZone[country ?? ''] || singleZone[phone ?? ''] || sendersZone;
}

/** Where the phone's digits say where it is, and nothing else is known to say otherwise, its clocks: all must have come to it. */
function plainZones(place: PlainPlace, sendersZone: string): string[] {
  const isOwn = place.zone !== null && knownZones.includes(place.zone);
  const isElsewhere = place.country !== null && place.country !== place.phone;
  return place.digits && !isOwn && !isElsewhere ? place.digits : [plainZone(place, sendersZone)];
}

function plainDue(local: string, pastHour: string, zone: string, now: number): number {
  const first = plainInstant(local, zone);
  if (first >= now) return first;
  if (pastHour === 'at_once') return now;
  for (let day = 1; ; day++) {
    const later = new Date(Date.parse(`${local}:00Z`) + day * DAY).toISOString().slice(0, 16);
    const due = plainInstant(later, zone);
    if (due >= now) return due;
  }
}

describe('an hour on each person’s own clock', () => {
  let sink: SmtpSink;
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    sink = await startSmtpSink();
    system = await testSystem('postgres', { env: { SMTP_URL: sink.url, SENDING_POLL_MS: '50' } });
  });
  afterAll(async () => {
    await system.close();
    await sink.close();
  });
  beforeEach(async () => {
    shop = await addShop(system);
    await system.request('PATCH', `/v1/senders/${shop.senderId}`, { timeZone: 'Asia/Riyadh' });
  });

  const sql = <Row = Record<string, unknown>>(text: string, parameters: unknown[] = []): Promise<Row[]> =>
    system.database.db.query<Row>(text, parameters);
  const addPlace = async (place: PlainPlace): Promise<number> => {
    const [id] = await addPeople(system, shop, 1);
    const phone = place.phone && { SA: '+9665', US: '+1212' }[place.phone] + String(id).padStart(8, '0');
    await sql(
      'UPDATE contact SET time_zone = $2, country = $3, phone = $4, phone_hash = sha256($4::text::bytea) WHERE id = $1',
      [...[id, place.zone, place.country, phone]],
    );
    return id as number;
  };
  const schedule = (campaign: string, body: unknown) =>
    system.request('POST', `/v1/campaigns/${campaign}/schedule`, body);
  const sweep = () => system.app.get(SendDispatchHandler, { strict: false }).sweep();

  it('is found as the plain rules find it, for generated zones, countries and nights on which clocks change', async () => {
    const places = fc.record<PlainPlace>({
      zone: fc.option(fc.constantFrom(...knownZones, 'Mars/Olympus', ''), { freq: 4 }),
      country: fc.option(fc.constantFrom(...Object.keys(singleZone))),
      phone: fc.option(fc.constantFrom('SA' as const, 'US' as const)),
      digits: fc.option(
        fc.constantFrom(
          ['America/New_York'],
          ['America/St_Johns', 'America/New_York'],
          ['Europe/London', 'Asia/Gaza', 'Pacific/Chatham'],
        ),
      ),
    });
    const question = fc.record({
      day: fc.constantFrom(
        ...['2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01', '2026-12-01'],
        ...['2027-02-07', '2027-03-07', '2026-04-24', '2026-10-29'],
      ),
      time: fc.constantFrom('00:00', '00:30', '01:30', '01:45', '02:00', '02:30', '02:45', '09:00', '23:45'),
      pastHour: fc.constantFrom('at_once', 'next_day'),
      sinceHours: fc.integer({ min: -20, max: 60 }),
      place: places,
    });
    const asked = fc.sample(question, { numRuns: 1500, seed: 20261122 }).map(({ sinceHours, ...one }) => {
      const local = `${one.day}T${one.time}`;
      return { ...one, local, since: Date.parse(`${local}:00Z`) + sinceHours * HOUR };
    });
    const rows = await sql<{ due: Date }>(
      `SELECT local_due(local::timestamp, past, zone, COALESCE(country, ''), COALESCE(phone, ''), digits, 'Asia/Kathmandu', since) AS due
         FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (local text, past text, zone text, country text, phone text,
                         digits text[], since timestamptz)) WITH ORDINALITY AS q (local, past, zone, country, phone, digits, since, n) ORDER BY n`,
      [
        JSON.stringify(
          asked.map(({ local, pastHour, place, since }) => ({
            ...{ local, past: pastHour, ...place, since: new Date(since).toISOString() },
          })),
        ),
      ],
    );
    const wrong = asked
      .map((one, at) => ({
        ...one,
        got: rows[at]!.due.getTime(),
        want: Math.max(
          ...plainZones(one.place, 'Asia/Kathmandu').map(zone =>
            plainDue(one.local, one.pastHour, zone, one.since),
          ),
        ),
      }))
      .filter(({ got, want }) => got !== want);
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  it('comes zone after zone, loses nobody, and the progress shows what waits until when', async () => {
    system.clock.set('2026-11-28T12:00:00Z');
    const people: [PlainPlace, string][] = [
      [{ zone: 'Pacific/Kiritimati', country: null, phone: null }, '2026-11-30T19:00:00.000Z'],
      [{ zone: null, country: 'EG', phone: null }, '2026-12-01T07:00:00.000Z'],
      [{ zone: 'Nowhere/At_All', country: 'US', phone: 'SA' }, '2026-12-01T06:00:00.000Z'],
      [{ zone: null, country: null, phone: null }, '2026-12-01T06:00:00.000Z'],
      [{ zone: 'America/New_York', country: 'SA', phone: 'SA' }, '2026-12-01T14:00:00.000Z'],
      [{ zone: 'Etc/GMT+12', country: null, phone: null }, '2026-12-01T21:00:00.000Z'],
    ];
    const ids: number[] = [];
    for (const [place] of people) ids.push(await addPlace(place));
    const campaign = await addCampaign(system, shop);
    const answer = await schedule(campaign, { localTime: '2026-12-01T09:00' });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        localTime: '2026-12-01T09:00',
        ifHourPassed: 'next_day',
        scheduledAt: '2026-11-30T18:30:00.000Z',
      },
    });
    system.clock.set('2026-11-30T18:30:00Z');
    const waits: Progress = await until(
      () => progressOf(system, campaign),
      ({ state }) => state === 'running',
    );
    expectBalanced(waits);
    expect(waits).toMatchObject({ frozen: 6, notYetAttempted: 6, accepted: 0 });
    expect(waits.waiting.map(({ reason, count, until: moment }) => [reason, count, moment])).toEqual([
      ['LOCAL_TIME', 1, '2026-11-30T19:00:00.000Z'],
      ['LOCAL_TIME', 2, '2026-12-01T06:00:00.000Z'],
      ['LOCAL_TIME', 1, '2026-12-01T07:00:00.000Z'],
      ['LOCAL_TIME', 1, '2026-12-01T14:00:00.000Z'],
      ['LOCAL_TIME', 1, '2026-12-01T21:00:00.000Z'],
    ]);
    // Whoever moves after the freeze keeps their hour.
    await sql(`UPDATE contact SET time_zone = 'Asia/Tokyo' WHERE id = $1`, [ids[4]]);
    for (const moment of [...new Set(people.map(([, due]) => due))].sort()) {
      const expected = people.filter(([, due]) => due <= moment).length;
      system.clock.set(new Date(Date.parse(moment) - 1000));
      await sweep();
      expect((await progressOf(system, campaign)).accepted).toBeLessThan(expected);
      system.clock.set(moment);
      await sweep();
      const now = await until(
        () => progressOf(system, campaign),
        ({ accepted }) => accepted === expected,
      );
      expectBalanced(now);
    }
    expect(await untilState(system, campaign, 'finished')).toMatchObject({ accepted: 6, waiting: [] });
    const allowed = await sql<{ id: number; at: Date }>(
      'SELECT contact_id AS id, allowed_at AS at FROM message WHERE contact_id = ANY($1::bigint[]) ORDER BY contact_id',
      [ids],
    );
    expect(allowed.map(({ at }) => at.toISOString())).toEqual(people.map(([, due]) => due));
  });

  it('goes by the area of a phone: of several clocks there the last has to have come to it', async () => {
    system.clock.set('2026-11-28T12:00:00Z');
    const phones = ['+12125550101', '+19075550102', '+12135550103', '+12135550104'];
    const ids = await addPeople(system, shop, phones.length);
    await sql(
      `UPDATE contact c SET time_zone = NULL, phone = p.phone, phone_hash = sha256(p.phone::bytea),
              country = CASE p.phone WHEN '+12135550104' THEN 'EG' END
         FROM unnest($1::bigint[], $2::text[]) AS p (id, phone) WHERE c.id = p.id`,
      [ids, phones],
    );
    const campaign = await addCampaign(system, shop);
    await schedule(campaign, { localTime: '2026-12-01T09:00' });
    system.clock.set('2026-11-30T18:30:00Z');
    const { waiting } = await until(
      () => progressOf(system, campaign),
      ({ state }) => state === 'running',
    );
    // Cairo, where one of them lives with a phone of Los Angeles; New York, Los Angeles, and Adak behind Anchorage.
    expect(waiting.map(({ count, until: moment }) => [count, moment])).toEqual(
      ['07', '14', '17', '19'].map(hour => [1, `2026-12-01T${hour}:00:00.000Z`]),
    );
    expect((await system.request('POST', `/v1/campaigns/${campaign}/cancel`)).status).toBe(200);
  });

  it('that has passed in the east when the campaign is scheduled is at once there, or the next day, as was said', async () => {
    system.clock.set('2027-01-10T08:00:00Z');
    await addPlace({ zone: 'Asia/Riyadh', country: null, phone: null });
    await addPlace({ zone: 'America/New_York', country: null, phone: null });
    const waitsOf = async (ifHourPassed: string) => {
      const campaign = await addCampaign(system, shop);
      const answer = await schedule(campaign, { localTime: '2027-01-10T09:00', ifHourPassed });
      expect(answer.body).toMatchObject({ scheduledAt: '2027-01-10T08:00:00.000Z', ifHourPassed });
      return until(
        () => progressOf(system, campaign),
        ({ accepted, waiting }) => accepted + waiting.length === 2,
      );
    };
    expect((await waitsOf('next_day')).waiting.map(wait => wait.until)).toEqual([
      '2027-01-10T14:00:00.000Z',
      '2027-01-11T06:00:00.000Z',
    ]);
    const atOnce = await waitsOf('at_once');
    expect(atOnce).toMatchObject({ accepted: 1, waiting: [{ until: '2027-01-10T14:00:00.000Z' }] });
  });

  it('is refused when it has passed everywhere, when a zone would come too late, and when it is no time', async () => {
    system.clock.set('2027-02-10T12:00:00Z');
    const campaign = await addCampaign(system, shop);
    expect(await schedule(campaign, { localTime: '2027-02-09T09:00' })).toMatchObject({
      ...{ status: 422, body: { code: 'SCHEDULE_TOO_LATE' } },
    });
    expect(
      await schedule(campaign, { localTime: '2027-03-01T09:00', notLaterThan: '2027-03-01T20:59:00Z' }),
    ).toMatchObject({ status: 422, body: { code: 'NOT_LATER_THAN_TOO_EARLY' } });
    // The next day's hour in the west is later still.
    expect(
      await schedule(campaign, { localTime: '2027-02-10T20:00', notLaterThan: '2027-02-11T10:00:00Z' }),
    ).toMatchObject({ status: 422, body: { code: 'NOT_LATER_THAN_TOO_EARLY' } });
    for (const body of [
      ...['2027-02-30T09:00', '2027-02-10T24:00', '0000-01-01T00:00', 'soon'].map(localTime => ({
        localTime,
      })),
      ...[{}, { localTime: '2027-03-01T09:00', at: '2027-03-01T09:00:00Z' }],
      { at: '2027-03-01T09:00:00Z', ifHourPassed: 'at_once' },
      { localTime: '2027-03-01T09:00', timeZone: 'Asia/Riyadh' },
    ]) {
      expect((await schedule(campaign, body)).status).toBe(400);
    }
    const fine = await schedule(campaign, {
      localTime: '2027-03-01T09:00',
      notLaterThan: '2027-03-01T21:00:00Z',
    });
    expect(fine.status).toBe(200);
    const back = await system.request('POST', `/v1/campaigns/${campaign}/unschedule`);
    expect(back.body).toMatchObject({ state: 'draft', localTime: null, ifHourPassed: null });
  });
});
