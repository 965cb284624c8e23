import { generateKeyPairSync } from 'node:crypto';
import { testCertificate } from '../../../../test/factories/certificate.js';
import {
  basic,
  CERTIFICATE_URL,
  fromSns,
  noSecrets,
  NOW,
  request,
  SECRET,
  secrets,
  snsBody,
  TestFetcher,
  TOPIC,
} from '../../../../test/factories/provider-webhooks.js';
import { type ProviderRequest, type Received } from './provider.js';
import { webhookProviders } from './providers.js';

const MESSAGE_ID = 'AbCd_token-1234@mail.nakheel.example';

const mail = {
  timestamp: '2026-11-21T08:58:00.000Z',
  messageId: '0102018f-0000',
  destination: ['mona@example.com'],
  headers: [
    { name: 'From', value: 'Nakheel <news@mail.nakheel.example>' },
    { name: 'Message-ID', value: `<${MESSAGE_ID}>` },
  ],
  commonHeaders: { messageId: '<0102018f-0000@eu-west-1.amazonses.com>' },
};

const bounce = {
  bounceType: 'Permanent',
  bounceSubType: 'General',
  bouncedRecipients: [
    {
      emailAddress: 'Mona@Example.com',
      action: 'failed',
      status: '5.1.1',
      diagnosticCode: 'smtp; 550 5.1.1 user unknown',
    },
    { emailAddress: 'omar@example.com', action: 'failed', diagnosticCode: 'smtp; 552 5.2.2 mailbox full' },
  ],
  timestamp: '2026-11-21T08:59:00.000Z',
  feedbackId: '0102018f-feed',
  reportingMTA: 'dsn; mta.example.com',
};

describe('Amazon SES over SNS', () => {
  let fetcher: TestFetcher;
  let ses: (request: ProviderRequest, now?: Date) => Promise<Received>;

  beforeEach(() => {
    fetcher = new TestFetcher();
    const provider = webhookProviders(fetcher).get('ses')!;
    ses = (asked, now = NOW) => provider.receive(asked, secrets, now);
  });

  const eventsOf = async (received: Promise<Received>) => {
    const answer = await received;
    if (answer.kind !== 'events') throw new Error(JSON.stringify(answer));
    return answer.events;
  };
  const codeOf = async (received: Promise<Received>): Promise<string> => {
    const answer = await received;
    return answer.kind === 'refused' ? answer.code : answer.kind;
  };

  it.each(['eventType', 'notificationType'])(
    'reads a bounce of several recipients, told by %s, one event each, with our own Message-ID',
    async name => {
      const events = await eventsOf(ses(fromSns({ [name]: 'Bounce', mail, bounce, added: { later: true } })));
      expect(events).toHaveLength(2);
      expect(events[0]).toMatchObject({
        ...{ provider: 'ses', kind: 'bounced', recipient: 'mona@example.com', messageId: MESSAGE_ID },
        ...{
          providerMessageId: '0102018f-0000',
          status: '5.1.1',
          code: 550,
          bounceType: 'Permanent/General',
        },
        ...{ diagnostic: 'smtp; 550 5.1.1 user unknown', occurredAt: new Date('2026-11-21T08:59:00Z') },
      });
      expect(events[1]).toMatchObject({ recipient: 'omar@example.com', status: '5.2.2', code: 552 });
      expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(2);
    },
  );

  it('gives a bounce the same id whichever way, and however often, it is told', async () => {
    const [first] = await eventsOf(ses(fromSns({ eventType: 'Bounce', mail, bounce })));
    const [again] = await eventsOf(
      ses(fromSns({ notificationType: 'Bounce', mail, bounce }, { MessageId: 'another' })),
    );
    const raw = request(
      { eventType: 'Bounce', mail, bounce },
      {
        ...{ 'x-amz-sns-rawdelivery': 'true', 'x-amz-sns-topic-arn': TOPIC, authorization: basic(SECRET) },
      },
    );
    const [third] = await eventsOf(ses(raw));
    expect(again?.eventId).toBe(first?.eventId);
    expect(third).toEqual(first);
    const other = await eventsOf(
      ses(fromSns({ eventType: 'Bounce', mail, bounce: { ...bounce, feedbackId: 'other' } })),
    );
    expect(other[0]?.eventId).not.toBe(first?.eventId);
  });

  it.each([
    ['Send', 'accepted', { send: {} }],
    [
      'Delivery',
      'delivered',
      { delivery: { recipients: ['mona@example.com'], smtpResponse: '250 2.0.0 OK' } },
    ],
    [
      'DeliveryDelay',
      'deferred',
      {
        deliveryDelay: {
          delayType: 'MailboxFull',
          delayedRecipients: [{ emailAddress: 'mona@example.com', status: '4.2.2' }],
        },
      },
    ],
    ['Reject', 'rejected', { reject: { reason: 'Bad content' } }],
    ['Rendering Failure', 'rejected', { failure: { errorMessage: 'no such variable', templateName: 't' } }],
    [
      'Complaint',
      'complained',
      {
        complaint: {
          complainedRecipients: [{ emailAddress: 'mona@example.com' }],
          complaintFeedbackType: 'abuse',
        },
      },
    ],
    ['Open', 'opened', { open: { ipAddress: '192.0.2.1', userAgent: 'Mozilla/5.0' } }],
    ['Click', 'clicked', { click: { link: 'https://shop.example/a', ipAddress: '192.0.2.1' } }],
    ['Subscription', 'unsubscribed', { subscription: { newTopicPreferences: { unsubscribeAll: true } } }],
    ['Something New', 'other', {}],
  ])('understands %s', async (eventType, kind, object) => {
    const events = await eventsOf(ses(fromSns({ eventType, mail, ...object })));
    expect(events).toMatchObject([{ kind, recipient: 'mona@example.com', messageId: MESSAGE_ID }]);
  });

  it('calls a bounce that Amazon made up from its own list a rejection', async () => {
    const suppressed = { ...bounce, bounceSubType: 'OnAccountSuppressionList' };
    const events = await eventsOf(ses(fromSns({ eventType: 'Bounce', mail, bounce: suppressed })));
    expect(events[0]).toMatchObject({ kind: 'rejected', bounceType: 'Permanent/OnAccountSuppressionList' });
  });

  it('names nobody for an opening of a mail to several', async () => {
    const both = { ...mail, destination: ['mona@example.com', 'omar@example.com'] };
    const events = await eventsOf(ses(fromSns({ eventType: 'Open', mail: both, open: {} })));
    expect(events).toMatchObject([{ kind: 'opened', recipient: null }]);
  });

  it.each(['1', '2'])('believes signature version %s', async SignatureVersion => {
    expect(await codeOf(ses(fromSns({ eventType: 'Send', mail }, { SignatureVersion })))).toBe('events');
  });

  it('refuses a version 1 signature under version 2, and a version that nobody knows', async () => {
    const first = snsBody({ SignatureVersion: '1' });
    expect(await codeOf(ses(request({ ...first, SignatureVersion: '2' })))).toBe('WEBHOOK_SIGNATURE_INVALID');
    expect(await codeOf(ses(request({ ...first, SignatureVersion: '3' })))).toBe('WEBHOOK_UNSIGNED');
  });

  it.each(['Message', 'MessageId', 'Subject', 'Timestamp'])(
    'refuses a message whose %s was changed',
    async field => {
      const body = snsBody({ Subject: 'Amazon SES', Message: JSON.stringify({ eventType: 'Send', mail }) });
      expect(await codeOf(ses(request(body)))).toBe('events');
      const changed =
        field === 'Timestamp' ? new Date(NOW.getTime() - 1000).toISOString() : `${String(body[field])} `;
      expect(await codeOf(ses(request({ ...body, [field]: changed })))).toBe('WEBHOOK_SIGNATURE_INVALID');
    },
  );

  it.each(['Token', 'SubscribeURL', 'Type'])('refuses a confirmation whose %s was changed', async field => {
    const body = snsBody({
      Type: 'SubscriptionConfirmation',
      Token: 'abc',
      SubscribeURL: `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=abc`,
    });
    expect(await codeOf(ses(request(body)))).toBe('confirm');
    const changed = field === 'Type' ? 'UnsubscribeConfirmation' : `${String(body[field])}d`;
    expect(await codeOf(ses(request({ ...body, [field]: changed })))).toBe('WEBHOOK_SIGNATURE_INVALID');
  });

  it('refuses a message that was moved to another topic of ours', async () => {
    const TopicArn = `${TOPIC}-2`;
    const provider = webhookProviders(fetcher).get('ses')!;
    const moved = request({ ...snsBody({}), TopicArn });
    const both = { ...secrets, sesTopicArns: [TOPIC, TopicArn] };
    expect(await codeOf(provider.receive(moved, both, NOW))).toBe('WEBHOOK_SIGNATURE_INVALID');
  });

  it('refuses a removed subject, and another key', async () => {
    const { Subject: _, ...without } = snsBody({ Subject: 'Amazon SES' });
    expect(await codeOf(ses(request(without)))).toBe('WEBHOOK_SIGNATURE_INVALID');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(await codeOf(ses(fromSns({ eventType: 'Send', mail }, {}, privateKey)))).toBe(
      'WEBHOOK_SIGNATURE_INVALID',
    );
  });

  it("listens to no topic but ours, and fetches nothing for another's", async () => {
    const TopicArn = TOPIC.replace('mail-events', 'somebody-elses');
    expect(await codeOf(ses(fromSns({ eventType: 'Send', mail }, { TopicArn })))).toBe(
      'WEBHOOK_TOPIC_UNKNOWN',
    );
    expect(fetcher.asked).toEqual([]);
  });

  it.each([
    'http://sns.eu-west-1.amazonaws.com/a.pem',
    'https://sns.us-east-1.amazonaws.com/a.pem',
    'https://sns.eu-west-1.amazonaws.com.evil.example/a.pem',
    'https://evil.example/sns.eu-west-1.amazonaws.com/a.pem',
    'https://sns.eu-west-1.amazonaws.com@evil.example/a.pem',
    'https://sns.eu-west-1.amazonaws.com:8443/a.pem',
    'https://s3.eu-west-1.amazonaws.com/a.pem',
    'https://sns.eu-west-1.amazonaws.com.cn/a.pem',
    'https://sns.eu-west-1.amazonaws.com/a.pem/../b',
    'https://sns.eu-west-1.amazonaws.com/a.txt?x=.pem',
    'file:///etc/passwd.pem',
    'not a url',
  ])('fetches no certificate from %s', async SigningCertURL => {
    expect(await codeOf(ses(fromSns({ eventType: 'Send', mail }, { SigningCertURL })))).toBe(
      'WEBHOOK_CERTIFICATE_REFUSED',
    );
    expect(fetcher.asked).toEqual([]);
  });

  it('knows the topics of China, whose certificates lie at amazonaws.com.cn', async () => {
    const TopicArn = 'arn:aws-cn:sns:cn-north-1:123456789012:mail';
    const provider = webhookProviders(fetcher).get('ses')!;
    const received = provider.receive(
      fromSns(
        { eventType: 'Send', mail },
        { TopicArn, SigningCertURL: 'https://sns.cn-north-1.amazonaws.com.cn/a.pem' },
      ),
      { ...secrets, sesTopicArns: [TopicArn] },
      NOW,
    );
    expect(await codeOf(received)).toBe('events');
  });

  it('fetches a certificate once for many messages, also at the same time', async () => {
    const many = Array.from({ length: 20 }, () => ses(fromSns({ eventType: 'Send', mail })));
    await Promise.all(many);
    await ses(fromSns({ eventType: 'Send', mail }));
    expect(fetcher.asked).toEqual([CERTIFICATE_URL]);
    const tomorrow = new Date(NOW.getTime() + 25 * 60 * 60 * 1000);
    await ses(fromSns({ eventType: 'Send', mail }, { Timestamp: tomorrow.toISOString() }), tomorrow);
    expect(fetcher.asked).toHaveLength(2);
  });

  it('says so when Amazon cannot be reached, and asks again only after a minute', async () => {
    const at = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
    fetcher.pem = new Error('no route');
    expect(await codeOf(ses(fromSns({ eventType: 'Send', mail })))).toBe('WEBHOOK_CERTIFICATE_UNAVAILABLE');
    expect(await codeOf(ses(fromSns({ eventType: 'Send', mail }), at(59)))).toBe(
      'WEBHOOK_CERTIFICATE_UNAVAILABLE',
    );
    expect(fetcher.asked).toHaveLength(1);
    fetcher.pem = new TestFetcher().pem;
    expect(await codeOf(ses(fromSns({ eventType: 'Send', mail }), at(61)))).toBe('events');
  });

  it.each([
    ['one that is over', testCertificate({ to: new Date('2026-11-20T00:00:00Z') })],
    ['one that is not valid yet', testCertificate({ from: new Date('2026-11-22T00:00:00Z') })],
    ['one with a short key', testCertificate({ key: 1024 })],
    ['one of another kind of key', testCertificate({ key: 'P-256' })],
  ])('refuses a certificate: %s', async (_, { certificate, key }) => {
    fetcher.pem = certificate;
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const signing = key.asymmetricKeyType === 'rsa' ? key : privateKey;
    expect(await codeOf(ses(fromSns({ eventType: 'Send', mail }, {}, signing)))).toBe(
      'WEBHOOK_CERTIFICATE_REFUSED',
    );
  });

  it('refuses what is no certificate', async () => {
    fetcher.pem = '<html>';
    expect(await codeOf(ses(fromSns({ eventType: 'Send', mail })))).toBe('WEBHOOK_CERTIFICATE_REFUSED');
  });

  it('refuses what was signed too long ago, or in the future, or at no time', async () => {
    const at = (minutes: number): string => new Date(NOW.getTime() + minutes * 60_000).toISOString();
    for (const [Timestamp, code] of [
      [at(-70), 'events'],
      [at(-80), 'WEBHOOK_TOO_OLD'],
      [at(10), 'WEBHOOK_TOO_OLD'],
      ['yesterday', 'WEBHOOK_TOO_OLD'],
    ]) {
      expect([Timestamp, await codeOf(ses(fromSns({ eventType: 'Send', mail }, { Timestamp })))]).toEqual([
        Timestamp,
        code,
      ]);
    }
  });

  it('asks to confirm a topic of ours, by a link of Amazon and no other', async () => {
    const confirmation = (SubscribeURL: string): ProviderRequest =>
      fromSns('You have chosen to subscribe', {
        Type: 'SubscriptionConfirmation',
        Token: 'abc',
        SubscribeURL,
      });
    const url = `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=abc`;
    expect(await ses(confirmation(url))).toEqual({ kind: 'confirm', url });
    expect(await codeOf(ses(confirmation('https://evil.example/?Action=ConfirmSubscription')))).toBe(
      'WEBHOOK_UNREADABLE',
    );
    expect(await codeOf(ses(confirmation('http://169.254.169.254/latest/meta-data')))).toBe(
      'WEBHOOK_UNREADABLE',
    );
  });

  it('does not subscribe again when somebody unsubscribed', async () => {
    const gone = fromSns('You have chosen to deactivate', {
      Type: 'UnsubscribeConfirmation',
      Token: 'abc',
      SubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription',
    });
    expect(await ses(gone)).toEqual({ kind: 'events', events: [], onceToken: null });
  });

  it('takes the sentence of a new topic for no event', async () => {
    const sentence = 'Successfully validated SNS topic for Amazon SES event publishing.';
    expect(await eventsOf(ses(fromSns(sentence)))).toEqual([]);
  });

  it('believes raw delivery only under a secret, and only of our topics', async () => {
    const raw = (headers: Record<string, string>): Promise<string> =>
      codeOf(ses(request({ eventType: 'Send', mail }, { 'x-amz-sns-rawdelivery': 'true', ...headers })));
    const topic = { 'x-amz-sns-topic-arn': TOPIC };
    expect(await raw({ ...topic, authorization: basic(SECRET) })).toBe('events');
    expect(await raw({ ...topic, authorization: basic('another') })).toBe('WEBHOOK_SIGNATURE_INVALID');
    expect(await raw(topic)).toBe('WEBHOOK_UNSIGNED');
    expect(await raw({ authorization: basic(SECRET) })).toBe('WEBHOOK_TOPIC_UNKNOWN');
    const provider = webhookProviders(fetcher).get('ses')!;
    const unset = provider.receive(
      request(
        { eventType: 'Send', mail },
        { 'x-amz-sns-rawdelivery': 'true', ...topic, authorization: basic('') },
      ),
      { ...secrets, sesSecrets: [] },
      NOW,
    );
    expect(await codeOf(unset)).toBe('WEBHOOK_UNSIGNED');
  });

  it('says so when nothing is configured', async () => {
    const provider = webhookProviders(fetcher).get('ses')!;
    expect(await codeOf(provider.receive(fromSns({}), noSecrets, NOW))).toBe('WEBHOOK_NOT_CONFIGURED');
  });
});
