import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createLogger, inLogContext } from '#common';
import { ApiKeysService, scopes } from '#access';
import { freePort } from '../factories/free-port.js';
import { startSmtpSink, type SmtpSink } from '../factories/smtp-sink.js';
import { addCampaign, addShop, testSystem, type TestSystem, until } from '../factories/system.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PEOPLE = [
  {
    firstName: 'Zubaydah',
    lastName: 'Qahtaniyya',
    email: 'zubaydah.q@verylistening.example',
    phone: '+966501112233',
  },
  {
    firstName: 'Thaddeus',
    lastName: 'Wolverhampton',
    email: 'thaddeus.w@verylistening.example',
    phone: '+447911123456',
  },
  {
    firstName: 'Refused',
    lastName: 'Permanentova',
    email: 'nobody.here@verylistening.example',
    phone: '+971501234567',
  },
];
const SECRET = 'a-secret-for-tests-only-0123456789abcdef';
const METRICS = 'a-token-that-reads-the-figures';

interface Line extends Record<string, unknown> {
  msg: string;
}

/** Both processes as production runs them, at their most talkative, and every line they write. */
describe('the logs of API and worker', () => {
  let system: TestSystem;
  let sink: SmtpSink;
  let log = '';
  let key = '';
  let token = '';
  const lines = (): Line[] =>
    log
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as Line);

  beforeAll(async () => {
    sink = await startSmtpSink();
    sink.answer = recipient => (recipient.startsWith('nobody') ? 'try later' : 'accept');
    system = await testSystem('postgres', { startWorker: false });
    const apiKeys = system.app.get(ApiKeysService, { strict: false });
    key = (await apiKeys.create('logged', scopes, 'tests')).secret;
    const port = await freePort();
    const env = {
      ...{
        PATH: process.env['PATH'] ?? '',
        DATABASE_URL: system.database.url,
        SMTP_URL: sink.url,
        PORT: String(port),
      },
      ...{ ITHN_SECRET: SECRET, PUBLIC_URL: 'http://ithn.test', LOG_LEVEL: 'trace', SENDING_POLL_MS: '100' },
      ...{ METRICS_TOKEN: METRICS, QUEUE_PREFIX: `logs-${process.pid}` },
    };
    const processes = ['api', 'worker'].map(name => {
      const child = spawn(process.execPath, [`dist/apps/${name}/src/main.js`], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (bytes: Buffer) => (log += bytes.toString()));
      return child;
    });
    try {
      await until(
        async () => lines().filter(line => /listening|worker started/.test(line.msg)).length,
        n => n === 2,
        60_000,
      );
      await work(`http://127.0.0.1:${port}`);
    } finally {
      await Promise.all(
        processes.map(async child => {
          const exit = once(child, 'exit');
          child.kill('SIGTERM');
          await exit;
        }),
      );
    }
    // More than the three waits in it may take together, so that the one which failed says so.
  }, 300_000);
  afterAll(async () => {
    await system.close();
    await sink.close();
  });

  /** A campaign to people one would recognise, and the mistakes people make with their data in hand. */
  async function work(url: string): Promise<void> {
    system.clock.set(new Date(Date.now() - 60_000));
    const ask = (method: string, path: string, body?: unknown, more: Record<string, string> = {}) =>
      fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
          ...more,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const shop = await addShop(system);
    for (const person of PEOPLE) {
      const made = await ask('POST', '/v1/contacts', person);
      expect(made.status).toBe(201);
      const { id } = (await made.json()) as { id: string };
      const agreed = await ask('POST', '/v1/consents', {
        ...{ contactId: id, topicId: shop.topicId, channel: 'email', basis: 'express' },
        ...{
          method: 'checkbox',
          textShown: 'Yes, write to me.',
          source: 'https://shop.example/signup',
        },
      });
      if (agreed.status !== 201) throw new Error(await agreed.text());
    }
    // Twice the same address, an address in a path, a body that is cut short, a link that was tampered with.
    await ask('POST', '/v1/contacts', PEOPLE[0]);
    await ask('GET', `/v1/contacts/${PEOPLE[1]?.email}`);
    await fetch(`${url}/v1/contacts`, {
      method: 'POST',
      body: `{"email":"${PEOPLE[1]?.email}`,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });
    const campaign = await addCampaign(system, shop);
    expect((await ask('POST', `/v1/campaigns/${campaign}/launch`)).status).toBe(202);
    await until(
      async () => sink.accepted.size,
      n => n === 2,
      60_000,
    );
    await until(
      () =>
        system.database.db.query<{ state: string }>(
          `SELECT state FROM message WHERE state IN ('accepted', 'deferred')`,
        ),
      rows => rows.length === 3,
    );
    const { TokenSigner } = await import('#common');
    token = system.app
      .get(TokenSigner, { strict: false })
      .sign('unsubscribe', Buffer.from('somebody in particular'));
    await fetch(`${url}/u/${token}`);
    await fetch(`${url}/p/${token}?email=${PEOPLE[0]?.email}`);
    expect((await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${METRICS}` } })).status).toBe(
      200,
    );
  }

  it('hold no name, address, phone number, key or token', () => {
    expect(lines().length).toBeGreaterThan(10);
    for (const { firstName, lastName, email, phone } of PEOPLE) {
      for (const personal of [
        firstName,
        lastName,
        email,
        email.split('@')[0],
        phone,
        phone.slice(1),
        phone.slice(5),
      ])
        expect(log).not.toContain(personal);
    }
    for (const secret of [key, token, SECRET, METRICS, 'verylistening']) expect(log).not.toContain(secret);
  });

  it('say of each request its route, its answer, its number and its trace', () => {
    const answered = lines().filter(line => line.msg === 'request answered');
    const launch = answered.find(line => line['route'] === '/v1/campaigns/:id/launch');
    expect(launch).toMatchObject({ method: 'POST', status: 202, trace: TRACE });
    expect(launch?.['request']).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set(answered.map(line => line['request'])).size).toBe(answered.length);
    expect(answered.some(line => /^\/(?:metrics|health)/.test(String(line['route'])))).toBe(false);
    expect(answered.map(line => line['route'])).toContain('/u/*');
  });

  it('carry the trace of a request on to the job that it placed, and name job and dispatch', () => {
    const job = lines().find(line => line.msg === 'job done' && line['job'] === 'freeze-dispatch');
    expect(job).toMatchObject({ trace: TRACE });
    expect(job?.['jobId']).toEqual(expect.any(String));
    const chunk = lines().find(line => line.msg === 'chunk worked on');
    expect(chunk).toMatchObject({ dispatch: expect.any(Number), chunk: expect.any(Number) });
  });
});

describe('a line of the log', () => {
  const written = (work: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown> => {
    let text = '';
    work(createLogger('info', { write: line => void (text = line) }));
    return JSON.parse(text) as Record<string, unknown>;
  };

  it('says what it belongs to', () => {
    const line = written(logger =>
      inLogContext({ request: 'ab12', job: 'run-import' }, () => logger.info({ import: 'imp_1' }, 'done')),
    );
    expect(line).toMatchObject({ request: 'ab12', job: 'run-import', import: 'imp_1', msg: 'done' });
  });

  it('loses what somebody else said of a person', () => {
    const line = written(logger =>
      logger.warn(
        {
          reason: '550 <mona@example.com> unknown, call +966 50 123 4567, see /u/AbCdEfGhIjKlMnOpQrSt',
          relay: 'mx.example.com',
        },
        'refused',
      ),
    );
    expect(line['reason']).toBe('550 <[personal]> unknown, call [personal], see [personal]');
    expect(line['relay']).toBe('mx.example.com');
  });
});
