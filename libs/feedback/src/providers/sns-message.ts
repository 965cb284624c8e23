import { createVerify, type KeyObject } from 'node:crypto';
import { type Fields } from './read.js';

/** What Amazon SNS posts, with the fields that its signature covers. */
export interface SnsMessage {
  type: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
  messageId: string;
  topicArn: string;
  message: string;
  timestamp: string;
  subject: string | null;
  token: string | null;
  subscribeUrl: string | null;
  signatureVersion: '1' | '2';
  signature: string;
  certificateUrl: string;
}

const TYPES = ['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation'] as const;

/** Null when a field that every message has is absent or no text. */
export function readSnsMessage(body: Fields): SnsMessage | null {
  const text = (name: string): string | null => (typeof body[name] === 'string' ? body[name] : null);
  const type = TYPES.find(one => one === body['Type']);
  const signatureVersion = (['1', '2'] as const).find(one => one === body['SignatureVersion']);
  const [messageId, topicArn, message, timestamp] = [
    text('MessageId'),
    text('TopicArn'),
    text('Message'),
    text('Timestamp'),
  ];
  const [signature, certificateUrl] = [text('Signature'), text('SigningCertURL')];
  if (type === undefined || signatureVersion === undefined || messageId === null || topicArn === null)
    return null;
  if (message === null || timestamp === null || signature === null || certificateUrl === null) return null;
  const [token, subscribeUrl] = [text('Token'), text('SubscribeURL')];
  if (type !== 'Notification' && (token === null || subscribeUrl === null)) return null;
  return {
    ...{ type, messageId, topicArn, message, timestamp, subject: text('Subject'), token, subscribeUrl },
    ...{ signatureVersion, signature, certificateUrl },
  };
}

/**
 * The string that is signed: name and value of each field on lines of their own, by the order of the names; Subject only
 * where there is one, Token and SubscribeURL only of confirmations (SNS Developer Guide, "Verifying the signatures").
 */
export function canonicalString(sns: SnsMessage): string {
  const isConfirmation = sns.type !== 'Notification';
  const lines: [string, string | null][] = [
    ['Message', sns.message],
    ['MessageId', sns.messageId],
    ['Subject', isConfirmation ? null : sns.subject],
    ['SubscribeURL', isConfirmation ? sns.subscribeUrl : null],
    ['Timestamp', sns.timestamp],
    ['Token', isConfirmation ? sns.token : null],
    ['TopicArn', sns.topicArn],
    ['Type', sns.type],
  ];
  return lines.map(([name, value]) => (value === null ? '' : `${name}\n${value}\n`)).join('');
}

export function isSignedBy(sns: SnsMessage, key: KeyObject): boolean {
  const verifier = createVerify(sns.signatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256');
  return verifier.update(canonicalString(sns), 'utf8').verify(key, sns.signature, 'base64');
}

/** The region of a topic, and the part of Amazon it is in, or null when it is no topic's name. */
export function topicRegion(topicArn: string): { region: string; suffix: string } | null {
  const match = /^arn:(aws|aws-cn|aws-us-gov):sns:([a-z0-9-]{5,30}):\d{12}:[A-Za-z0-9_.-]{1,256}$/.exec(
    topicArn,
  );
  if (!match) return null;
  return { region: match[2] as string, suffix: match[1] === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com' };
}

/**
 * The URL when it is one of Amazon SNS in the topic's own region, so that nobody makes us fetch anything else.
 * @param path what its path must look like
 */
export function amazonUrl(text: string, topicArn: string, path: RegExp): URL | null {
  const place = topicRegion(topicArn);
  if (!place || text.length > 2000 || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isPlain = url.protocol === 'https:' && url.port === '' && url.username === '' && url.password === '';
  const isTheirs = url.hostname === `sns.${place.region}.${place.suffix}`;
  return isPlain && isTheirs && path.test(url.pathname) ? url : null;
}

export const CERTIFICATE_PATH = /^\/[A-Za-z0-9_.-]{1,200}\.pem$/;
export const CONFIRMATION_PATH = /^\/$/;
