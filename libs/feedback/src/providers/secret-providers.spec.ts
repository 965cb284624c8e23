import {
  basic,
  fromBrevo,
  fromPostmark,
  noSecrets,
  NOW,
  request,
  SECRET,
  secrets,
} from '../../../../test/factories/provider-webhooks.js';
import { type ProviderRequest, type Received } from './provider.js';
import { webhookProviders } from './providers.js';

const MESSAGE_ID = 'AbCd_token-1234@mail.nakheel.example';
const providers = webhookProviders();
const codeOf = (answer: Received): string => (answer.kind === 'refused' ? answer.code : answer.kind);
const eventsOf = (answer: Received) => {
  if (answer.kind !== 'events') throw new Error(JSON.stringify(answer));
  return answer.events;
};

describe.each([
  ['postmark', { RecordType: 'Open', MessageID: 'm' }],
  ['brevo', { event: 'opened', email: 'mona@example.com' }],
] as const)('the secret that %s shows', (name, body) => {
  const receive = (asked: ProviderRequest, given = secrets): Promise<Received> =>
    providers.get(name)!.receive(asked, given, NOW);

  it.each([
    ['the password of HTTP basic', { headers: { authorization: basic(SECRET) } }],
    ['a bearer token', { headers: { authorization: `Bearer ${SECRET}` } }],
    ['a header of its own', { headers: { 'x-webhook-secret': SECRET } }],
    ['the URL', { query: { secret: SECRET } }],
  ])('may come as %s', async (_, shown) => {
    expect(codeOf(await receive({ ...request(body), ...shown }))).toBe('events');
  });

  it('may be written as user and password, which both must then be right', async () => {
    const pair = { ...secrets, postmarkSecrets: [`ithn:${SECRET}`], brevoSecrets: [`ithn:${SECRET}`] };
    const other = `Basic ${Buffer.from(`other:${SECRET}`).toString('base64')}`;
    expect(codeOf(await receive(request(body, { authorization: basic(SECRET) }), pair))).toBe('events');
    expect(codeOf(await receive(request(body, { authorization: other }), pair))).toBe(
      'WEBHOOK_SIGNATURE_INVALID',
    );
  });

  it('may be the old or the new one while it is exchanged', async () => {
    const two = { ...secrets, postmarkSecrets: ['new-secret', SECRET], brevoSecrets: ['new-secret', SECRET] };
    for (const one of ['new-secret', SECRET]) {
      expect(codeOf(await receive(request(body, { authorization: basic(one) }), two))).toBe('events');
    }
  });

  it.each([
    ['a wrong password', { authorization: basic('wrong') }],
    ['no password', { authorization: basic('') }],
    ['half of it', { authorization: basic(SECRET.slice(0, -1)) }],
    ['a wrong token', { authorization: `Bearer ${SECRET}x` }],
    ['a wrong header', { 'x-webhook-secret': SECRET.toUpperCase() }],
  ])('is refused as %s', async (_, headers) => {
    expect(codeOf(await receive(request(body, headers)))).toBe('WEBHOOK_SIGNATURE_INVALID');
  });

  it('is missed when nothing is shown, and not looked for when none is configured', async () => {
    for (const headers of [{}, { authorization: 'Digest x' }, { authorization: SECRET }]) {
      expect(codeOf(await receive(request(body, headers as Record<string, string>)))).toBe(
        'WEBHOOK_UNSIGNED',
      );
    }
    expect(codeOf(await receive({ ...request(body), query: { secret: [SECRET] } }))).toBe('WEBHOOK_UNSIGNED');
    expect(codeOf(await receive(request(body, { authorization: basic('') }), noSecrets))).toBe(
      'WEBHOOK_NOT_CONFIGURED',
    );
  });
});

describe('the webhooks of Postmark', () => {
  const receive = async (record: unknown) =>
    eventsOf(await providers.get('postmark')!.receive(fromPostmark(record), secrets, NOW))[0];
  const base = {
    ...{
      MessageID: '883953f4-6105-42a2-a16a-77a8eac79483',
      ServerID: 23,
      Metadata: { 'message-id': MESSAGE_ID },
    },
  };
  const bounce = {
    ...{
      ...base,
      RecordType: 'Bounce',
      ID: 4323372036,
      Type: 'HardBounce',
      TypeCode: 1,
      Email: 'Mona@example.com',
    },
    ...{
      Details: 'smtp;550 5.1.1 The email account does not exist.',
      BouncedAt: '2026-11-21T10:59:00.0000000+02:00',
    },
    Description: 'The server was unable to deliver your message.',
  };

  it('reads a bounce, with our Message-ID out of the metadata', async () => {
    expect(await receive(bounce)).toMatchObject({
      ...{
        kind: 'bounced',
        recipient: 'mona@example.com',
        messageId: MESSAGE_ID,
        providerMessageId: base.MessageID,
      },
      ...{
        status: '5.1.1',
        code: 550,
        bounceType: 'HardBounce/1',
        occurredAt: new Date('2026-11-21T08:59:00Z'),
      },
    });
  });

  it.each([
    ['SoftBounce', 'bounced'],
    ['SpamNotification', 'bounced'],
    ['Blocked', 'bounced'],
    ['DMARCPolicy', 'bounced'],
    ['Transient', 'deferred'],
    ['AutoResponder', 'other'],
    ['ChallengeVerification', 'other'],
    ['SpamComplaint', 'complained'],
    ['Unsubscribe', 'unsubscribed'],
    ['ManuallyDeactivated', 'rejected'],
    ['BadEmailAddress', 'rejected'],
    ['NotYetInvented', 'bounced'],
  ])('knows the bounce type %s', async (Type, kind) => {
    expect((await receive({ ...bounce, Type }))?.kind).toBe(kind);
  });

  it.each([
    [
      {
        RecordType: 'SpamComplaint',
        ID: 1,
        Email: 'mona@example.com',
        Type: 'SpamComplaint',
        TypeCode: 100001,
      },
      'complained',
    ],
    [
      {
        RecordType: 'Delivery',
        Recipient: 'mona@example.com',
        DeliveredAt: '2026-11-21T08:59:00Z',
        Details: 'smtp;250 OK',
      },
      'delivered',
    ],
    [
      {
        RecordType: 'Open',
        Recipient: 'mona@example.com',
        ReceivedAt: '2026-11-21T08:59:00Z',
        UserAgent: 'UA',
        Geo: { IP: '192.0.2.7' },
      },
      'opened',
    ],
    [
      { RecordType: 'Click', Recipient: 'mona@example.com', OriginalLink: 'https://shop.example/' },
      'clicked',
    ],
    [
      {
        RecordType: 'SubscriptionChange',
        Recipient: 'mona@example.com',
        SuppressSending: true,
        SuppressionReason: 'ManualSuppression',
        Origin: 'Recipient',
      },
      'unsubscribed',
    ],
    [
      {
        RecordType: 'SubscriptionChange',
        Recipient: 'mona@example.com',
        SuppressSending: true,
        SuppressionReason: 'HardBounce',
        Origin: 'Recipient',
      },
      'other',
    ],
    [
      {
        RecordType: 'SubscriptionChange',
        Recipient: 'mona@example.com',
        SuppressSending: false,
        Origin: 'Admin',
      },
      'other',
    ],
    [{ RecordType: 'Inbound', From: 'mona@example.com' }, 'other'],
  ])('understands %j', async (record, kind) => {
    const event = await receive({ ...base, ...record });
    expect(event?.kind).toBe(kind);
    if ('Recipient' in record) expect(event?.recipient).toBe('mona@example.com');
  });

  it('gives the same record the same id, and another record another', async () => {
    const ids = await Promise.all(
      [
        bounce,
        bounce,
        { ...bounce, ID: 5 },
        { ...base, RecordType: 'Open' },
        { ...base, RecordType: 'Delivery' },
      ].map(async record => (await receive(record))?.eventId),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(4);
  });
});

describe('the webhooks of Brevo', () => {
  const receive = async (body: unknown) =>
    eventsOf(await providers.get('brevo')!.receive(fromBrevo(body), secrets, NOW));
  const base = {
    ...{ email: 'mona@example.com', id: 799106, 'message-id': `<${MESSAGE_ID}>`, tags: ['x'] },
    ...{ ts_event: 1795251540, ts_epoch: 1795251540000, date: '2026-11-21 09:59:00' },
  };

  it.each([
    ['request', 'accepted', null],
    ['delivered', 'delivered', null],
    ['deferred', 'deferred', null],
    ['hard_bounce', 'bounced', null],
    ['soft_bounce', 'bounced', null],
    ['blocked', 'rejected', null],
    ['invalid_email', 'rejected', null],
    ['error', 'rejected', null],
    ['spam', 'complained', null],
    ['unsubscribed', 'unsubscribed', null],
    ['opened', 'opened', false],
    ['unique_opened', 'opened', false],
    ['proxy_open', 'opened', true],
    ['unique_proxy_open', 'opened', true],
    ['click', 'clicked', null],
    ['list_addition', 'other', null],
  ])('understands %s', async (event, kind, machine) => {
    expect(await receive({ ...base, event, reason: '550 5.1.1 unknown' })).toMatchObject([
      {
        kind,
        machine,
        messageId: MESSAGE_ID,
        recipient: 'mona@example.com',
        status: '5.1.1',
        bounceType: event,
      },
    ]);
  });

  it('believes the time in UTC, in milliseconds or seconds, and otherwise that of its arrival', async () => {
    const at = async (times: object): Promise<string | undefined> =>
      (await receive({ event: 'opened', ...times }))[0]?.occurredAt.toISOString();
    expect(await at({ ts_epoch: 1795251540000, ts_event: 1795258740 })).toBe('2026-11-21T08:59:00.000Z');
    expect(await at({ ts_event: 1795251540 })).toBe('2026-11-21T08:59:00.000Z');
    expect(await at({ ts_event: 4102444800 })).toBe(NOW.toISOString());
    expect(await at({})).toBe(NOW.toISOString());
  });

  it('takes our Message-ID out of the custom header where Brevo gave the mail its own', async () => {
    const own = {
      ...base,
      'message-id': '<202611210859.123@smtp-relay.mailin.fr>',
      'X-Mailin-custom': MESSAGE_ID,
    };
    expect(await receive({ ...own, event: 'delivered' })).toMatchObject([
      { messageId: MESSAGE_ID, providerMessageId: '202611210859.123@smtp-relay.mailin.fr' },
    ]);
  });

  it('reads batches, each event once', async () => {
    const one = { ...base, event: 'delivered' };
    expect(await receive([one, one, { ...one, event: 'opened' }])).toHaveLength(2);
  });

  it.each([[{}], [[]], ['x'], [null], [[{ event: 'opened' }, 1]]])('is not thrown off by %j', async body => {
    const answer = await providers.get('brevo')!.receive(fromBrevo(body), secrets, NOW);
    expect(['events', 'WEBHOOK_UNREADABLE']).toContain(codeOf(answer));
  });
});
