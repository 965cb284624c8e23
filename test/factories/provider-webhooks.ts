import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  canonicalString,
  type Fetcher,
  type ProviderRequest,
  type ProviderSecrets,
  readSnsMessage,
} from '#feedback';
import { testCertificate, type TestCertificate } from './certificate.js';

/** Requests as the providers send them, with signatures of keys that were made for the test. */

export const NOW = new Date('2026-11-21T09:00:00Z');
export const SECRET = 'a-webhook-secret-for-tests';
export const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:mail-events';
export const CERTIFICATE_URL = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c.pem';

const amazon: TestCertificate = testCertificate({ name: 'sns.amazonaws.com' });
const sendgrid = generateKeyPairSync('ec', { namedCurve: 'P-256' });

export const secrets: ProviderSecrets = {
  sesTopicArns: [TOPIC],
  sesSecrets: [SECRET],
  sendgridKeys: [sendgrid.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')],
  mailgunKeys: [SECRET],
  postmarkSecrets: [SECRET],
  brevoSecrets: [SECRET],
};

export const noSecrets: ProviderSecrets = {
  ...{
    sesTopicArns: [],
    sesSecrets: [],
    sendgridKeys: [],
    mailgunKeys: [],
    postmarkSecrets: [],
    brevoSecrets: [],
  },
};

/** What stands at Amazon's addresses; counts who asks. */
export class TestFetcher implements Fetcher {
  asked: string[] = [];
  pem: string | Error = amazon.certificate;

  fetch(url: URL): Promise<Buffer> {
    this.asked.push(url.href);
    return this.pem instanceof Error ? Promise.reject(this.pem) : Promise.resolve(Buffer.from(this.pem));
  }
}

export const request = (body: unknown, headers: Record<string, string> = {}): ProviderRequest => ({
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

/** The fields of a message of SNS that a test may choose; it is signed with them. */
export function snsBody(
  fields: Record<string, unknown>,
  key: KeyObject = amazon.key,
): Record<string, unknown> & { Signature: string } {
  const body = {
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: TOPIC,
    Message: '{}',
    Timestamp: NOW.toISOString(),
    SignatureVersion: '2',
    SigningCertURL: CERTIFICATE_URL,
    UnsubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe',
    ...fields,
  };
  const sns = readSnsMessage({ ...body, Signature: 'none yet' });
  const algorithm = body.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
  const signature = sns ? sign(algorithm, Buffer.from(canonicalString(sns)), key).toString('base64') : '';
  return { ...body, Signature: signature };
}

/** As SNS posts it: JSON under text/plain. */
export const fromSns = (
  record: unknown,
  fields: Record<string, unknown> = {},
  key?: KeyObject,
): ProviderRequest =>
  request(
    snsBody({ Message: typeof record === 'string' ? record : JSON.stringify(record), ...fields }, key),
    {
      'content-type': 'text/plain; charset=UTF-8',
      'x-amz-sns-message-type': 'Notification',
    },
  );

export function fromSendgrid(
  events: unknown,
  at = NOW,
  key: KeyObject = sendgrid.privateKey,
): ProviderRequest {
  const plain = request(events);
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return request(plain.body, {
    'x-twilio-email-event-webhook-timestamp': timestamp,
    'x-twilio-email-event-webhook-signature': sign(
      'sha256',
      Buffer.concat([Buffer.from(timestamp), plain.body]),
      key,
    ).toString('base64'),
  });
}

export function fromMailgun(event: unknown, at = NOW, key = SECRET): ProviderRequest {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const token = randomBytes(25).toString('hex');
  const signature = createHmac('sha256', key)
    .update(timestamp + token)
    .digest('hex');
  return request({ signature: { timestamp, token, signature }, 'event-data': event });
}

export const basic = (password: string): string =>
  `Basic ${Buffer.from(`ithn:${password}`).toString('base64')}`;

export const fromPostmark = (record: unknown): ProviderRequest =>
  request(record, { authorization: basic(SECRET) });

export const fromBrevo = (event: unknown): ProviderRequest =>
  request(event, { authorization: `Bearer ${SECRET}` });
