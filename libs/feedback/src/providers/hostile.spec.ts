import { createServer } from 'node:https';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { testCertificate } from '../../../../test/factories/certificate.js';
import {
  fromBrevo,
  fromMailgun,
  fromPostmark,
  fromSendgrid,
  fromSns,
  NOW,
  request,
  secrets,
  TestFetcher,
} from '../../../../test/factories/provider-webhooks.js';
import { HttpsFetcher } from './limited-fetch.js';
import { type ProviderEvent, providerEventKinds, type ProviderRequest, type Received } from './provider.js';
import { webhookProviders } from './providers.js';
import { smtpWordsIn } from './smtp-words.js';

const SEED = 20261121;
/** Of each provider: ten thousand bodies in all. */
const RUNS = 1000;
/** What one request may take on a machine that does other things too. */
const MOST_MS = 1000;
const providers = webhookProviders(new TestFetcher());

/** What providers' fields are called, so that a hostile body gets as far as the code that reads them. */
const names = [
  ...[
    'event',
    'eventType',
    'notificationType',
    'RecordType',
    'Type',
    'mail',
    'bounce',
    'complaint',
    'delivery',
    'email',
  ],
  ...[
    'bouncedRecipients',
    'complainedRecipients',
    'recipients',
    'destination',
    'emailAddress',
    'headers',
    'commonHeaders',
  ],
  ...[
    'name',
    'value',
    'diagnosticCode',
    'status',
    'timestamp',
    'message-id',
    'smtp-id',
    'sg_event_id',
    'id',
    'ID',
  ],
  ...[
    'delivery-status',
    'message',
    'code',
    'enhanced-code',
    'client-info',
    'Metadata',
    'Details',
    'Email',
    'BouncedAt',
  ],
  ...[
    'X-Mailin-custom',
    'ts_epoch',
    'reason',
    'link',
    'url',
    'ip',
    '__proto__',
    'constructor',
    'toString',
    'feedbackId',
  ],
];
const values = [
  ...[
    'Bounce',
    'Complaint',
    'Delivery',
    'Open',
    'bounce',
    'failed',
    'opened',
    'hard_bounce',
    'SubscriptionChange',
  ],
  ...[
    'mona@example.com',
    '<a@b>',
    '5.1.1',
    '550',
    '\u0000',
    '\ud800',
    '1e999',
    '-1',
    '9'.repeat(400),
    '2026-11-21T08:00:00Z',
  ],
];
const text = fc.oneof(fc.constantFrom(...values), fc.string({ unit: 'binary', maxLength: 60 }));
const leaf = fc.oneof(text, fc.double(), fc.maxSafeInteger(), fc.boolean(), fc.constant(null));
const { tree } = fc.letrec<{ tree: unknown }>(tie => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 5 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names), text), tie('tree'), { maxKeys: 12 }),
  ),
}));
/** A record of a kind that there is, in which every field may be anything. */
const fields = fc.dictionary(fc.constantFrom(...names), tree, { maxKeys: 15 });
const kind = fc.constantFrom(
  ...[
    'Bounce',
    'Complaint',
    'Delivery',
    'Open',
    'Subscription',
    'SubscriptionChange',
    'Click',
    'SpamComplaint',
  ],
  ...[
    'bounce',
    'dropped',
    'failed',
    'opened',
    'open',
    'hard_bounce',
    'proxy_open',
    'complained',
    'constructor',
  ],
);
const people = fc.array(fc.oneof(fields, leaf), { maxLength: 4 });
const shaped = fc
  .record({ kind, top: fields, inner: fields, people })
  .map(({ kind: is, top, inner, people: all }) => {
    const about = { ...inner, bouncedRecipients: all, recipients: all };
    return {
      ...{
        mail: { ...inner, headers: all, destination: all },
        bounce: about,
        complaint: about,
        delivery: about,
      },
      ...{
        'delivery-status': inner,
        message: { headers: inner },
        'client-info': inner,
        Metadata: inner,
        Geo: inner,
      },
      ...top,
      ...{ eventType: is, event: is, RecordType: is },
    };
  });
const hostile = fc.oneof(tree, { arbitrary: shaped, weight: 4 });
/** JSON in which `__proto__` is a name like others, which no object literal could say. */
const asJson = (value: unknown): string => JSON.stringify(value) ?? 'null';

/** Signed as the provider signs, whatever is in it: only so does it reach the reading. */
const signed: Record<string, (value: unknown) => ProviderRequest> = {
  ses: value => fromSns(asJson(value)),
  sendgrid: value => fromSendgrid([value, value]),
  mailgun: value => fromMailgun(value),
  postmark: value => fromPostmark(value),
  brevo: value => fromBrevo(value),
};

/** What is wrong with an event; one look at all of it, for there are many. */
function faultsOf(event: ProviderEvent): string[] {
  const { eventId, kind: is, occurredAt, code } = event;
  const texts = Object.values(event).filter(one => typeof one === 'string');
  return [
    /^[\x21-\x7e]{1,200}$/.test(eventId) || 'eventId',
    providerEventKinds.includes(is) || 'kind',
    occurredAt.getTime() <= NOW.getTime() + 600_000 || 'occurredAt',
    code === null || (code >= 200 && code < 600) || 'code',
    texts.every(one => one.length <= 2000 && !one.includes('\0') && !/\p{Surrogate}/u.test(one)) || 'texts',
  ].filter(one => one !== true);
}

async function timed(name: string, asked: ProviderRequest): Promise<Received> {
  const began = performance.now();
  const answer = await providers.get(name)!.receive(asked, secrets, NOW);
  expect(performance.now() - began).toBeLessThan(MOST_MS);
  return answer;
}

describe.each([...providers.keys()])('hostile requests to %s', name => {
  it('never make it throw when they are signed, and what it reads can be stored', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(hostile, async value => {
        const answer = await timed(name, signed[name]!(value));
        if (answer.kind !== 'events') return;
        read += answer.events.length;
        expect(answer.events.flatMap(faultsOf)).toEqual([]);
      }),
      { seed: SEED, numRuns: RUNS },
    );
    // Some must have got through, or nothing was tried.
    expect(read).toBeGreaterThan(RUNS / 2);
  });

  it('never get anywhere when they are not signed', async () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }).map(bytes => Buffer.from(bytes)),
      hostile.map(value => Buffer.from(asJson(value))),
    );
    const headers = fc.dictionary(
      fc.constantFrom(
        ...[
          'authorization',
          'content-type',
          'x-amz-sns-rawdelivery',
          'x-amz-sns-topic-arn',
          'x-webhook-secret',
        ],
        ...['x-twilio-email-event-webhook-signature', 'x-twilio-email-event-webhook-timestamp'],
      ),
      fc.oneof(text, fc.constantFrom('true', 'Basic AAAA', 'Bearer x', String(NOW.getTime() / 1000))),
    );
    await fc.assert(
      fc.asyncProperty(body, headers, async (bytes, more) => {
        expect((await timed(name, request(bytes, more))).kind).toBe('refused');
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it('are refused when they are huge, deep, or no text', async () => {
    const deep = (levels: number): string => `${'[{"a":'.repeat(levels)}1${'}]'.repeat(levels)}`;
    const one = signed[name]!({});
    const bytes = (body: Buffer): ProviderRequest => ({ ...one, body });
    for (const body of [
      Buffer.alloc(2 * 1024 * 1024 + 1, '['),
      Buffer.from(deep(200_000)),
      Buffer.from(deep(17)),
      Buffer.from('"\ud800'),
      Buffer.from([0xff, 0xfe]),
      Buffer.alloc(0),
    ]) {
      expect((await timed(name, bytes(body))).kind).toBe('refused');
    }
    // And when they are signed, too.
    expect((await timed(name, signed[name]!(JSON.parse(deep(17))))).kind).toBe('refused');
  });

  it.each(['a', '5.', '<', '@', ' ', '(', '\\'])('take no longer for a megabyte of %j', async character => {
    const long = character.repeat(1024 * 1024);
    const empty = Object.fromEntries(names.filter(one => one !== '__proto__').map(one => [one, '']));
    await timed(
      name,
      signed[name]!({ ...empty, event: 'failed', eventType: 'Bounce', RecordType: 'Bounce', reason: long }),
    );
    await timed(
      name,
      signed[name]!({ ...empty, event: 'opened', email: long, Email: long.slice(1), Details: '' }),
    );
  });
});

describe('what is read of an SMTP answer', () => {
  it.each([
    ['smtp; 550 5.1.1 user unknown', '5.1.1', 550],
    ['550-5.7.26 This mail is unauthenticated', '5.7.26', 550],
    ['host mx.example said: 452 4.2.2 Over quota', '4.2.2', 452],
    ['421 Try later', null, 421],
    ['smtp;550 No such user at 192.0.2.10.5.1', null, 550],
    ['Version 2.0.15.3 of 5550', null, null],
    ['', null, null],
  ])('%j', (diagnostic, status, code) => {
    expect(smtpWordsIn(diagnostic)).toEqual({ status, code });
  });
});

describe('fetching a small thing', () => {
  const { certificate, privateKey } = testCertificate();
  const limits = { mostBytes: 1000, withinMs: 300 };

  async function fetched(
    answer: Parameters<typeof createServer>[1],
    fetcher = new HttpsFetcher(certificate),
  ): Promise<string> {
    const server = createServer({ cert: certificate, key: privateKey }, answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/a.pem`);
      return (await fetcher.fetch(url, limits)).toString();
    } catch (error) {
      return (error as Error).message;
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('gives the bytes of a 200 and of nothing else', async () => {
    expect(await fetched((_, response) => void response.end('pem'))).toBe('pem');
    expect(await fetched((_, response) => void response.writeHead(302, { location: '/b' }).end())).toBe(
      'It answered 302.',
    );
    expect(await fetched((_, response) => void response.writeHead(500).end())).toBe('It answered 500.');
  });

  it('believes no server whose certificate nobody vouches for', async () => {
    expect(await fetched((_, response) => void response.end('pem'), new HttpsFetcher())).toMatch(
      /self-signed|certificate/,
    );
  });

  it('waits no longer, and takes no more, than it was told', async () => {
    expect(await fetched(() => undefined)).toBe('It took longer than 300 ms.');
    expect(await fetched((_, response) => void response.end('x'.repeat(1001)))).toBe(
      'It is larger than 1000 bytes.',
    );
    expect(await fetched((_, response) => void response.write('half'))).toBe('It took longer than 300 ms.');
    expect(
      await fetched(
        (_, response) =>
          void response.writeHead(200, { 'content-length': '9' }).write('half', () => response.destroy()),
      ),
    ).not.toBe('half');
  });
});
