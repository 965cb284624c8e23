import fc from 'fast-check';
import nodemailer from 'nodemailer';
import { type InboundListener } from '#feedback';
import { ReturnAddresses } from '#sending';
import { deliveryReport } from '../corpus/feedback/build-mail.js';
import { complaintReport, startListener } from '../factories/inbound.js';
import { testSystem, type TestSystem, until } from '../factories/system.js';

const DOMAIN = 'back.shop.example';
const MAILS = 2000;
const ADDRESSES = ['postmaster', 'abuse'].map(name => `${name}@${DOMAIN}`);

describe('hostile mail', () => {
  let system: TestSystem;
  let listener: InboundListener;

  beforeAll(async () => {
    system = await testSystem('postgres', { env: { FEEDBACK_DOMAIN: DOMAIN } });
    listener = await startListener(system, { mailsPerSecond: 10_000 });
  });
  afterAll(async () => {
    await listener.close();
    await system.close();
  });

  const seeds = [
    deliveryReport([{ to: 'a@example.com', status: '5.1.1' }], 'It could not be delivered.'),
    complaintReport('abuse', 'Message-ID: <a@b>\r\nList-Unsubscribe: <https://x.example/u/abc>'),
    `From: a@b\r\nContent-Type: ${'multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: '.repeat(40)}text/plain\r\n\r\nstop`,
    `Subject: ${'=?utf-8?B?2KPZiNmC2YHZiNin?= '.repeat(50)}\r\n\r\nأوقفوا \0 الرسائل`,
  ];
  /** Part of a real mail, cut, repeated and mixed with rubbish; or rubbish alone. */
  const rubbish = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.uint8Array({ maxLength: 500 }).map(bytes => Buffer.from(bytes).toString('latin1')),
    fc
      .tuple(fc.constantFrom(...seeds), fc.nat(1000), fc.nat(1000), fc.string({ maxLength: 30 }), fc.nat(5))
      .map(([seed, from, length, text, times]) => {
        const at = from % seed.length;
        return seed.slice(0, at) + text.repeat(times) + seed.slice(at + (length % 200));
      }),
  );

  it(`of ${MAILS} kinds is answered, read and acted upon by nobody; the listener and the worker go on`, async () => {
    const key = { dispatchId: 1, contactId: 1 };
    const returns = system.app.get(ReturnAddresses, { strict: false });
    const to = [
      ...ADDRESSES,
      returns.of('bounce', key) ?? '',
      returns.of('reply', key) ?? '',
      `nobody@${DOMAIN}`,
    ];
    const transport = nodemailer.createTransport({
      ...{
        host: '127.0.0.1',
        port: listener.port,
        secure: false,
        pool: true,
        maxConnections: 8,
        maxMessages: Infinity,
      },
    });
    const answers: Record<string, number> = {};
    const bring = async (raw: string, at: number): Promise<void> => {
      try {
        const envelope = { from: at % 3 === 0 ? '' : 'someone@example.com', to: to[at % to.length] ?? '' };
        const { response } = await transport.sendMail({ envelope, raw: Buffer.from(raw) });
        answers[response.slice(0, 3)] = (answers[response.slice(0, 3)] ?? 0) + 1;
      } catch (error) {
        const { responseCode } = error as { responseCode?: number };
        answers[String(responseCode)] = (answers[String(responseCode)] ?? 0) + 1;
      }
    };
    await Promise.all(fc.sample(rubbish, MAILS).map(bring));
    transport.close();
    expect(Object.keys(answers).sort()).toEqual(['250', '550']);
    const waiting = async (): Promise<number> => {
      const row = await system.database.db.queryOne<{ n: number }>(
        `SELECT (SELECT count(*) FROM inbound_mail WHERE state = 'waiting') +
                (SELECT count(*) FROM feedback WHERE state = 'waiting') AS n`,
      );
      return row?.n ?? -1;
    };
    await until(waiting, n => n === 0, 100_000);
    const [states] = await system.database.db.query<{
      unreadable: number;
      applied: number;
      withdrawn: number;
    }>(
      `SELECT (SELECT count(*) FROM inbound_mail WHERE state = 'unreadable') AS unreadable,
              (SELECT count(*) FROM feedback WHERE state = 'applied') AS applied,
              (SELECT count(*) FROM suppression) AS withdrawn`,
    );
    expect(states).toEqual({ unreadable: 0, applied: 0, withdrawn: 0 });
    expect((await system.request('GET', '/health/ready')).status).toBe(200);
  }, 200_000);

  it('that is too large is refused, and its connection goes on', async () => {
    const small = await startListener(system, { largestMail: 20_000 });
    const transport = nodemailer.createTransport({ host: '127.0.0.1', port: small.port, secure: false });
    const send = (size: number): Promise<{ response: string }> =>
      transport.sendMail({
        envelope: { from: 'a@b.example', to: ADDRESSES[0] ?? '' },
        raw: `X: y\r\n\r\n${'a\r\n'.repeat(size / 3)}`,
      });
    await expect(send(60_000)).rejects.toMatchObject({ message: expect.stringMatching(/5\.3\.4|size/i) });
    expect((await send(3000)).response).toMatch(/^250/);
    transport.close();
    await small.close();
  });

  it('that comes too fast is asked to come again', async () => {
    const slow = await startListener(system, { mailsPerSecond: 1 });
    const transport = nodemailer.createTransport({
      host: '127.0.0.1',
      port: slow.port,
      secure: false,
      pool: true,
    });
    const send = (n: number): Promise<string> =>
      transport
        .sendMail({ envelope: { from: 'a@b.example', to: ADDRESSES[0] ?? '' }, raw: `X: ${n}\r\n\r\nhello` })
        .then(
          ({ response }) => response.slice(0, 3),
          (error: { responseCode?: number }) => String(error.responseCode),
        );
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => send(n)));
    expect(answers).toContain('250');
    expect(answers).toContain('451');
    transport.close();
    await slow.close();
  });
});
