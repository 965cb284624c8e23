import { ifTooOld, KEEPS_TRYING_MS } from './freshness.js';
import { bodyUnderSecret, guarded } from './guarded.js';
import { parseJson } from './json-body.js';
import {
  notConfigured,
  type ProviderRequest,
  type ProviderSecrets,
  type Received,
  type Refusal,
  refused,
  type WebhookProvider,
} from './provider.js';
import { fieldsOf } from './read.js';
import { isOneOf } from './shared-secret.js';
import { type SnsCertificates } from './sns-certificates.js';
import { sesEvents } from './ses-events.js';
import {
  amazonUrl,
  CERTIFICATE_PATH,
  CONFIRMATION_PATH,
  isSignedBy,
  readSnsMessage,
  type SnsMessage,
} from './sns-message.js';

/**
 * Amazon SES over SNS. A message is believed when its topic is one of ours and its signature (version 1 or 2) is of a
 * certificate that lies at Amazon SNS in the topic's region.
 */
export function sesProvider(certificates: SnsCertificates): WebhookProvider {
  return guarded('ses', async (request, secrets, now) => {
    if (secrets.sesTopicArns.length === 0) return notConfigured('SES_TOPIC_ARNS');
    if (request.headers['x-amz-sns-rawdelivery'] === 'true') return receiveRaw(request, secrets, now);
    const parsed = parseJson(request.body);
    if ('kind' in parsed) return parsed;
    const sns = readSnsMessage(fieldsOf(parsed.value));
    if (!sns) return refused('WEBHOOK_UNSIGNED', 'The body is not a signed message of Amazon SNS.');
    return (await troubleWith(sns, certificates, secrets, now)) ?? read(sns, now);
  });
}

/** The topic first: for anybody else's nothing is fetched and nothing computed. */
async function troubleWith(
  sns: SnsMessage,
  certificates: SnsCertificates,
  { sesTopicArns }: ProviderSecrets,
  now: Date,
): Promise<Refusal | null> {
  if (!isOneOf(sns.topicArn, sesTopicArns)) return unknownTopic();
  const tooOld = ifTooOld(Date.parse(sns.timestamp), now, KEEPS_TRYING_MS.sns);
  if (tooOld) return tooOld;
  const url = amazonUrl(sns.certificateUrl, sns.topicArn, CERTIFICATE_PATH);
  if (!url) {
    return refused(
      'WEBHOOK_CERTIFICATE_REFUSED',
      "The certificate does not lie at Amazon SNS in the topic's region.",
    );
  }
  const key = await certificates.keyAt(url, now);
  if ('kind' in key) return key;
  return isSignedBy(sns, key)
    ? null
    : refused('WEBHOOK_SIGNATURE_INVALID', 'The signature is not of Amazon SNS.');
}

function read(sns: SnsMessage, now: Date): Received {
  if (sns.type === 'SubscriptionConfirmation') {
    const url = amazonUrl(sns.subscribeUrl ?? '', sns.topicArn, CONFIRMATION_PATH);
    return url
      ? { kind: 'confirm', url: url.href }
      : refused('WEBHOOK_UNREADABLE', 'The link to confirm the subscription does not lead to Amazon SNS.');
  }
  // Whoever unsubscribed meant it: following the link of this confirmation would subscribe again.
  if (sns.type === 'UnsubscribeConfirmation') return { kind: 'events', events: [], onceToken: null };
  return readRecord(Buffer.from(sns.message), now);
}

/** With raw delivery the record is the whole body and nothing is signed: the secret is all that tells it from anybody's. */
function receiveRaw(
  request: ProviderRequest,
  { sesTopicArns, sesSecrets }: ProviderSecrets,
  now: Date,
): Received {
  if (!isOneOf(request.headers['x-amz-sns-topic-arn'] ?? '', sesTopicArns)) return unknownTopic();
  if (sesSecrets.length === 0) {
    return refused(
      'WEBHOOK_UNSIGNED',
      'Raw message delivery is not signed. Turn it off at Amazon, or set SES_WEBHOOK_SECRET and put it into the URL.',
    );
  }
  const parsed = bodyUnderSecret(request, sesSecrets, 'SES_WEBHOOK_SECRET');
  return 'kind' in parsed ? parsed : readRecord(request.body, now);
}

/** What SES wrote. A topic also bears sentences, such as that it was found in order; those are no events. */
function readRecord(text: Buffer, now: Date): Received {
  const parsed = parseJson(text);
  if ('kind' in parsed) {
    return parsed.code === 'WEBHOOK_UNREADABLE' ? { kind: 'events', events: [], onceToken: null } : parsed;
  }
  return { kind: 'events', events: sesEvents(fieldsOf(parsed.value), now) ?? [], onceToken: null };
}

function unknownTopic(): Refusal {
  return refused('WEBHOOK_TOPIC_UNKNOWN', 'This topic is not among SES_TOPIC_ARNS.');
}
