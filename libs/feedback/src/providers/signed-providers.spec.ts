import { generateKeyPairSync } from 'node:crypto';
import {
  fromMailgun,
  fromSendgrid,
  noSecrets,
  NOW,
  request,
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
const later = (hours: number): Date => new Date(NOW.getTime() + hours * 60 * 60 * 1000);

describe('the event webhook of SendGrid', () => {
  const receive = (asked: ProviderRequest, now = NOW): Promise<Received> =>
    providers.get('sendgrid')!.receive(asked, secrets, now);
  const base = {
    ...{ email: 'Mona@example.com', timestamp: 1795251540, 'smtp-id': `<${MESSAGE_ID}>` },
    ...{ sg_message_id: '14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0' },
  };

  it('reads a batch, each event with our Message-ID', async () => {
    const events = eventsOf(
      await receive(
        fromSendgrid([
          { ...base, event: 'processed', sg_event_id: 'a' },
          {
            ...base,
            event: 'bounce',
            type: 'bounce',
            sg_event_id: 'b',
            status: '5.1.1',
            reason: '550 5.1.1 No such user',
          },
          {
            ...base,
            event: 'bounce',
            type: 'blocked',
            sg_event_id: 'c',
            reason: '550 5.7.1 blocked using a list',
          },
          { ...base, event: 'deferred', sg_event_id: 'd', response: '451 4.7.1 Greylisted', attempt: '5' },
          { ...base, event: 'dropped', sg_event_id: 'e', reason: 'Bounced Address' },
          { ...base, event: 'delivered', sg_event_id: 'f', response: '250 2.0.0 OK' },
        ]),
      ),
    );
    expect(events).toMatchObject([
      { kind: 'accepted', eventId: 'a', recipient: 'mona@example.com', messageId: MESSAGE_ID },
      {
        kind: 'bounced',
        bounceType: 'bounce/bounce',
        status: '5.1.1',
        code: 550,
        diagnostic: '550 5.1.1 No such user',
      },
      { kind: 'bounced', bounceType: 'bounce/blocked', status: '5.7.1' },
      { kind: 'deferred', status: '4.7.1', code: 451 },
      { kind: 'rejected', diagnostic: 'Bounced Address', status: null, code: null },
      { kind: 'delivered', code: 250, providerMessageId: base.sg_message_id },
    ]);
    expect(events[0]?.occurredAt.toISOString()).toBe('2026-11-21T08:59:00.000Z');
  });

  it('reads openings, by machines and people, clicks, complaints and both ways to unsubscribe', async () => {
    const { 'smtp-id': _, ...engaged } = { ...base, 'message-id': MESSAGE_ID };
    const events = eventsOf(
      await receive(
        fromSendgrid([
          {
            ...engaged,
            event: 'open',
            sg_event_id: 'a',
            sg_machine_open: true,
            useragent: 'Mozilla/5.0',
            ip: '192.0.2.7',
          },
          { ...engaged, event: 'open', sg_event_id: 'b', sg_machine_open: false },
          { ...engaged, event: 'open', sg_event_id: 'c' },
          { ...engaged, event: 'click', sg_event_id: 'd', url: 'https://shop.example/?a=1&b=2#c' },
          { ...engaged, event: 'spamreport', sg_event_id: 'e' },
          { ...engaged, event: 'unsubscribe', sg_event_id: 'f' },
          { ...engaged, event: 'group_unsubscribe', sg_event_id: 'g', asm_group_id: 10 },
          { ...engaged, event: 'group_resubscribe', sg_event_id: 'h' },
        ]),
      ),
    );
    expect(events.map(({ kind, machine }) => [kind, machine])).toEqual([
      ...[
        ['opened', true],
        ['opened', false],
        ['opened', null],
        ['clicked', null],
        ['complained', null],
      ],
      ...[
        ['unsubscribed', null],
        ['unsubscribed', null],
        ['other', null],
      ],
    ]);
    expect(events[0]).toMatchObject({ userAgent: 'Mozilla/5.0', ip: '192.0.2.7', messageId: MESSAGE_ID });
    expect(events[3]).toMatchObject({ url: 'https://shop.example/?a=1&b=2#c' });
  });

  it('keeps an event that is told twice in a batch once, and gives it the same id in another', async () => {
    const event = { ...base, event: 'open' };
    const first = eventsOf(await receive(fromSendgrid([event, event, { ...event, timestamp: 1795251541 }])));
    expect(first).toHaveLength(2);
    expect(eventsOf(await receive(fromSendgrid([event])))[0]?.eventId).toBe(first[0]?.eventId);
  });

  it('refuses a changed body, timestamp or signature, another key, and no signature', async () => {
    const good = fromSendgrid([{ ...base, event: 'open', sg_event_id: 'a' }]);
    const signature = good.headers['x-twilio-email-event-webhook-signature'] ?? '';
    const timestamp = Number(good.headers['x-twilio-email-event-webhook-timestamp']);
    const changed = (headers: Record<string, string>): ProviderRequest => ({
      ...good,
      headers: { ...good.headers, ...headers },
    });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(codeOf(await receive(good))).toBe('events');
    for (const asked of [
      { ...good, body: Buffer.concat([good.body, Buffer.from(' ')]) },
      changed({ 'x-twilio-email-event-webhook-timestamp': String(timestamp - 1) }),
      changed({ 'x-twilio-email-event-webhook-timestamp': ` ${timestamp}` }),
      changed({ 'x-twilio-email-event-webhook-signature': signature.slice(0, -8) }),
      changed({ 'x-twilio-email-event-webhook-signature': '' }),
      fromSendgrid([], NOW, privateKey),
    ]) {
      expect(codeOf(await receive(asked))).toBe('WEBHOOK_SIGNATURE_INVALID');
    }
    expect(codeOf(await receive(request([])))).toBe('WEBHOOK_UNSIGNED');
  });

  it('takes what is repeated for a day, and nothing older or from the future', async () => {
    const asked = fromSendgrid([{ ...base, event: 'open', sg_event_id: 'a' }]);
    expect(codeOf(await receive(asked, later(24.5)))).toBe('events');
    expect(codeOf(await receive(asked, later(25.5)))).toBe('WEBHOOK_TOO_OLD');
    expect(codeOf(await receive(asked, later(-0.2)))).toBe('WEBHOOK_TOO_OLD');
  });

  it('knows two keys while one is exchanged, and none when none is configured', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const both = [
      other.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      ...secrets.sendgridKeys,
    ];
    const provider = providers.get('sendgrid')!;
    expect(codeOf(await provider.receive(fromSendgrid([]), { ...secrets, sendgridKeys: both }, NOW))).toBe(
      'events',
    );
    expect(codeOf(await provider.receive(fromSendgrid([]), noSecrets, NOW))).toBe('WEBHOOK_NOT_CONFIGURED');
  });

  it('refuses more events than any batch has', async () => {
    expect(codeOf(await receive(fromSendgrid(Array.from({ length: 10_001 }, () => 1))))).toBe(
      'WEBHOOK_TOO_LARGE',
    );
    expect(codeOf(await receive(fromSendgrid({ event: 'open' })))).toBe('WEBHOOK_UNREADABLE');
  });
});

describe('the webhook of Mailgun', () => {
  const receive = (asked: ProviderRequest, now = NOW): Promise<Received> =>
    providers.get('mailgun')!.receive(asked, secrets, now);
  const base = {
    ...{ id: 'CPgfbmQMTCKtHW6uIWtuVe', timestamp: 1795251540.5, recipient: 'mona@example.com' },
    message: { headers: { 'message-id': MESSAGE_ID, to: 'mona@example.com' } },
  };
  const failed = {
    ...{ event: 'failed', severity: 'permanent', reason: 'bounce' },
    'delivery-status': {
      code: 550,
      'enhanced-code': '5.1.1',
      message: '5.1.1 no such user',
      description: '',
    },
  };

  it('tells a failure for good from one for now, and from what it never sent', async () => {
    const read = async (more: object) =>
      eventsOf(await receive(fromMailgun({ ...base, ...failed, ...more })))[0];
    expect(await read({})).toMatchObject({
      ...{ kind: 'bounced', eventId: base.id, messageId: MESSAGE_ID, recipient: 'mona@example.com' },
      ...{
        status: '5.1.1',
        code: 550,
        bounceType: 'failed/permanent/bounce',
        diagnostic: '5.1.1 no such user',
      },
      occurredAt: new Date('2026-11-21T08:59:00.500Z'),
    });
    expect(await read({ severity: 'temporary', reason: 'generic' })).toMatchObject({ kind: 'deferred' });
    expect(await read({ reason: 'suppress-bounce' })).toMatchObject({ kind: 'rejected' });
  });

  it.each([
    ['accepted', 'accepted', {}],
    ['delivered', 'delivered', { 'delivery-status': { code: 250, message: 'OK' } }],
    ['rejected', 'rejected', { reject: { reason: 'Sandbox subdomains are for test purposes only.' } }],
    ['complained', 'complained', {}],
    ['unsubscribed', 'unsubscribed', {}],
    ['opened', 'opened', { 'client-info': { bot: '', 'user-agent': 'Mozilla/5.0' }, ip: '192.0.2.7' }],
    ['clicked', 'clicked', { url: 'https://shop.example/' }],
    ['list_member_uploaded', 'other', {}],
  ])('understands %s', async (event, kind, more) => {
    expect(eventsOf(await receive(fromMailgun({ ...base, event, ...more })))).toMatchObject([
      { kind, messageId: MESSAGE_ID },
    ]);
  });

  it('says whether a machine opened', async () => {
    const read = async (client: object) =>
      eventsOf(await receive(fromMailgun({ ...base, event: 'opened', 'client-info': client })))[0]?.machine;
    expect([await read({ bot: 'apple' }), await read({ bot: '' }), await read({})]).toEqual([
      true,
      false,
      null,
    ]);
  });

  it('refuses a changed timestamp, token or signature, another key, and no signature', async () => {
    const good = JSON.parse(fromMailgun({ ...base, event: 'opened' }).body.toString()) as {
      signature: { timestamp: string; token: string; signature: string };
    };
    const changed = (signature: object): ProviderRequest =>
      request({ ...good, signature: { ...good.signature, ...signature } });
    expect(codeOf(await receive(request(good)))).toBe('events');
    for (const asked of [
      changed({ timestamp: String(Number(good.signature.timestamp) - 1) }),
      changed({ token: `${good.signature.token}0` }),
      changed({ signature: good.signature.signature.toUpperCase() }),
      changed({ signature: '' }),
      fromMailgun({ ...base, event: 'opened' }, NOW, 'another key'),
    ]) {
      expect(codeOf(await receive(asked))).toBe('WEBHOOK_SIGNATURE_INVALID');
    }
    for (const signature of [undefined, null, 'x', { timestamp: {}, token: 1, signature: [] }]) {
      expect(codeOf(await receive(request({ 'event-data': good, signature })))).toBe('WEBHOOK_UNSIGNED');
    }
  });

  it('hands on the token, because another event can be put under the same signature', async () => {
    const body = JSON.parse(fromMailgun({ ...base, event: 'opened' }).body.toString()) as {
      signature: { token: string };
    };
    const forged = await receive(
      request({ ...body, 'event-data': { ...base, event: 'complained', id: 'another' } }),
    );
    expect(forged).toMatchObject({ kind: 'events', onceToken: body.signature.token });
  });

  it('takes what is repeated for eight hours, and nothing older', async () => {
    const asked = fromMailgun({ ...base, event: 'opened' });
    expect(codeOf(await receive(asked, later(8.5)))).toBe('events');
    expect(codeOf(await receive(asked, later(9.5)))).toBe('WEBHOOK_TOO_OLD');
    expect(codeOf(await receive(asked, later(-0.2)))).toBe('WEBHOOK_TOO_OLD');
  });

  it('says so when nothing is configured, and refuses a body without an event', async () => {
    expect(codeOf(await providers.get('mailgun')!.receive(fromMailgun(base), noSecrets, NOW))).toBe(
      'WEBHOOK_NOT_CONFIGURED',
    );
    expect(codeOf(await receive(fromMailgun({})))).toBe('WEBHOOK_UNREADABLE');
  });
});
