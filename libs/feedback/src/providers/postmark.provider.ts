import { bareEvent, hashedEventId } from './event-id.js';
import { bodyUnderSecret, guarded } from './guarded.js';
import { type ProviderEvent, type ProviderEventKind, refused, type WebhookProvider } from './provider.js';
import { addressOf, echoedMessageId, type Fields, fieldsOf, instantOf, ipOf, textOf } from './read.js';
import { smtpWordsIn } from './smtp-words.js';

/** Bounce types, of which Postmark documents each with a code; those that are not here are bounces. */
const bounceKinds = new Map<string, ProviderEventKind>([
  // It goes on trying.
  ['Transient', 'deferred'],
  ['DnsError', 'deferred'],
  // Somebody answered: no bounce at all.
  ['AutoResponder', 'other'],
  ['AddressChange', 'other'],
  ['ChallengeVerification', 'other'],
  ['OpenRelayTest', 'other'],
  ['Subscribe', 'other'],
  ['InboundError', 'other'],
  ['Unsubscribe', 'unsubscribed'],
  ['SpamComplaint', 'complained'],
  // It never sent it. (SpamNotification stays a bounce: a filter refused the content, nobody complained.)
  ['BadEmailAddress', 'rejected'],
  ['ManuallyDeactivated', 'rejected'],
  ['Unconfirmed', 'rejected'],
  ['SMTPApiError', 'rejected'],
  ['TemplateRenderingFailed', 'rejected'],
]);

/** Postmark's webhooks, one event each. It signs nothing; a secret in the URL or a header says that it is Postmark. */
export const postmarkProvider: WebhookProvider = guarded('postmark', (request, { postmarkSecrets }, now) => {
  const parsed = bodyUnderSecret(request, postmarkSecrets, 'POSTMARK_WEBHOOK_SECRET');
  if ('kind' in parsed) return parsed;
  const body = fieldsOf(parsed.value);
  if (textOf(body['RecordType'], 50) === null) {
    return refused('WEBHOOK_UNREADABLE', 'The body is no record of Postmark.');
  }
  return { kind: 'events', events: [eventOf(body, now)], onceToken: null };
});

function eventOf(record: Fields, now: Date): ProviderEvent {
  const name = textOf(record['RecordType'], 50) ?? '';
  const type = textOf(record['Type'], 100) ?? textOf(record['SuppressionReason'], 100);
  const recipient = addressOf(record['Email']) ?? addressOf(record['Recipient']);
  const providerMessageId = textOf(record['MessageID'], 300);
  const at = ['BouncedAt', 'DeliveredAt', 'ReceivedAt', 'ChangedAt']
    .map(field => record[field])
    .find(value => value !== undefined);
  const url = textOf(record['OriginalLink']);
  // Only bounces and complaints have an id, of one series: a complaint may come as either record.
  const id = textOf(record['ID'], 100);
  const eventId =
    id !== null
      ? hashedEventId('postmark', id, recipient)
      : hashedEventId(
          'postmark',
          name,
          providerMessageId,
          recipient,
          textOf(at, 40),
          url,
          textOf(record['SuppressSending']),
        );
  const diagnostic = textOf(record['Details']) ?? textOf(record['Description']);
  const kind = kindOf(name, type, record);
  const isBounce = name === 'Bounce' || name === 'SpamComplaint';
  return {
    ...bareEvent('postmark', eventId, kind, instantOf(at, now)),
    ...{ recipient, providerMessageId, diagnostic, ...smtpWordsIn(diagnostic) },
    messageId: echoedMessageId(record['Metadata']),
    bounceType: [type, isBounce ? textOf(record['TypeCode'], 20) : null].filter(Boolean).join('/') || null,
    feedbackType: kind === 'complained' ? 'abuse' : null,
    machine: null,
    url,
    userAgent: textOf(record['UserAgent'], 500),
    ip: ipOf(fieldsOf(record['Geo'])['IP']),
  };
}

function kindOf(name: string, type: string | null, record: Fields): ProviderEventKind {
  switch (name) {
    case 'Bounce':
      return bounceKinds.get(type ?? '') ?? 'bounced';
    case 'SpamComplaint':
      return 'complained';
    case 'Delivery':
      return 'delivered';
    case 'Open':
      return 'opened';
    case 'Click':
      return 'clicked';
    case 'SubscriptionChange':
      return subscriptionKind(type, record);
    default:
      return 'other';
  }
}

/**
 * Postmark put an address on its suppression list, or took it off. After a bounce or a complaint that has an event of its
 * own; only the recipient's own wish is news.
 */
function subscriptionKind(reason: string | null, record: Fields): ProviderEventKind {
  const isTheirs = textOf(record['Origin'], 50) === 'Recipient' && reason === 'ManualSuppression';
  return record['SuppressSending'] === true && isTheirs ? 'unsubscribed' : 'other';
}
