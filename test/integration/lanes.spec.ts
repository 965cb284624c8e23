import { lanes } from '#sending';
import { testDatabase, type TestDatabase } from '../factories/database.js';

describe('the lanes', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  const laneOf = async (channel: string, address: string | null): Promise<string | undefined> =>
    (await database.db.queryOne<{ lane: string }>('SELECT address_lane($1, $2) AS lane', [channel, address]))
      ?.lane;

  it.each([
    ['email', 'layla@gmail.com', 'google'],
    ['email', 'omar@hotmail.co.uk', 'microsoft'],
    ['email', 'layla@ymail.com', 'yahoo'],
    ['email', 'omar@icloud.com', 'apple'],
    ['email', 'layla@nakheel.example', 'other'],
    ['email', 'layla@mail.gmail.com', 'other'],
    ['email', null, 'other'],
    ['sms', '+966501234567', 'sms'],
  ])('by %s to %s is in the lane %s', async (channel, address, lane) => {
    expect(await laneOf(channel, address)).toBe(lane);
    expect(lanes).toContain(lane);
  });

  it('are those that the program knows, and no others', async () => {
    const rows = await database.db.query<{ lane: string }>(
      `SELECT DISTINCT lane FROM unnest($1::text[]) AS domain CROSS JOIN address_lane('email', 'a@' || domain) AS lane`,
      [
        [
          'gmail.com',
          'outlook.com',
          'yahoo.com',
          'icloud.com',
          'aol.com',
          'me.com',
          'live.com',
          'nakheel.example',
        ],
      ],
    );
    expect([...rows.map(({ lane }) => lane), 'sms'].sort()).toEqual([...lanes].sort());
  });
});
