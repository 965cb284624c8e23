import { freePort } from '../factories/free-port.js';
import { addPhones, addSmsShop, SMS_HOUR } from '../factories/sms-shop.js';
import { ScriptedApiPeer } from '../conformance/scripted-api-peer.js';
import { startSmtpSink } from '../factories/smtp-sink.js';
import {
  addCampaign,
  addPeople,
  addShop,
  dispatchOf,
  launch,
  progressOf,
  testSystem,
  until,
  untilState,
} from '../factories/system.js';

const MINUTE_MS = 60_000;
const PEOPLE = 12;
const ROUNDS = 9;

/** More rounds than a message has retries. */
describe('an outage, in which nothing can be offered to anybody,', () => {
  it.each(['sms', 'email'] as const)(
    'uses up no attempt of a message by %s, and all leave when it is over',
    async channel => {
      const port = await freePort();
      const system = await testSystem('postgres', {
        env: {
          ...(channel === 'sms' ? { TWILIO_API_URL: `http://127.0.0.1:${port}` } : {}),
          ...(channel === 'email' ? { SMTP_URL: `smtp://127.0.0.1:${port}` } : {}),
        },
      });
      try {
        system.clock.set(SMS_HOUR);
        const shop = channel === 'sms' ? await addSmsShop(system) : await addShop(system);
        if (channel === 'sms') await addPhones(system, shop, PEOPLE);
        else await addPeople(system, shop, PEOPLE);
        const campaign = await addCampaign(system, shop, { channel });
        await launch(system, campaign);
        const dispatchId = await dispatchOf(system, campaign);
        for (let round = 0; round < ROUNDS; round++) {
          // Some are asked of again in each round; the others wait with them. The outlet is left alone for a while of the wall
          // clock, too: what comes due meanwhile is put off unasked.
          const since = system.clock.now();
          await until(
            async () => {
              const rows = await system.database.db.query(
                `SELECT 1 FROM message WHERE dispatch_id = $1 AND allowed_at >= $2 AND state = 'deferred'`,
                [dispatchId, since],
              );
              if (rows.length === 0) system.clock.advance(10_000);
              return rows;
            },
            rows => rows.length > 0,
            60_000,
            500,
          );
          system.clock.advance(MINUTE_MS);
        }
        const counts = await system.database.db.query(
          `SELECT DISTINCT reason, attempt FROM message WHERE dispatch_id = $1 AND state = 'deferred'`,
          [dispatchId],
        );
        expect(counts).toEqual([{ reason: 'NOT_OFFERED', attempt: 0 }]);
        expect(await progressOf(system, campaign)).toMatchObject({
          state: 'running',
          accepted: 0,
          rejected: 0,
        });

        const over =
          channel === 'sms'
            ? await ScriptedApiPeer.start(undefined, { port })
            : await startSmtpSink({ port });
        const clock = setInterval(() => system.clock.advance(MINUTE_MS), 1000);
        try {
          expect(await untilState(system, campaign, 'finished')).toMatchObject({
            accepted: PEOPLE,
            rejected: 0,
          });
        } finally {
          clearInterval(clock);
          await over.close();
        }
      } finally {
        await system.close();
      }
    },
    150_000,
  );
});
