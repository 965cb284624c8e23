import { bareEvent, hashedEventId, onceEach } from './event-id.js';
import { type ProviderEvent, type ProviderEventKind } from './provider.js';
import { addressOf, type Fields, fieldsOf, instantOf, ipOf, itemsOf, messageIdOf, textOf } from './read.js';
import { smtpWordsIn, statusOf } from './smtp-words.js';

/** Kinds by `eventType` (configuration sets) or `notificationType` (identities); the records are the same but for that. */
const kinds = new Map<string, { kind: ProviderEventKind; object: string }>([
  ['Send', { kind: 'accepted', object: 'send' }],
  ['Delivery', { kind: 'delivered', object: 'delivery' }],
  ['DeliveryDelay', { kind: 'deferred', object: 'deliveryDelay' }],
  ['Bounce', { kind: 'bounced', object: 'bounce' }],
  ['Reject', { kind: 'rejected', object: 'reject' }],
  ['Rendering Failure', { kind: 'rejected', object: 'failure' }],
  ['Complaint', { kind: 'complained', object: 'complaint' }],
  ['Subscription', { kind: 'unsubscribed', object: 'subscription' }],
  ['Open', { kind: 'opened', object: 'open' }],
  ['Click', { kind: 'clicked', object: 'click' }],
]);

/** Bounces of which Amazon never spoke to the receiving server: the address is on a list of its own. */
const neverSent = new Set(['Suppressed', 'OnAccountSuppressionList', 'UnsubscribedRecipient']);

/** What SES tells of one mail, an event for each recipient it names; null when it is no record of SES. */
export function sesEvents(record: Fields, now: Date): ProviderEvent[] | null {
  const name = textOf(record['eventType'], 50) ?? textOf(record['notificationType'], 50);
  if (name === null) return null;
  const { kind, object } = kinds.get(name) ?? { kind: 'other', object: '' };
  const mail = fieldsOf(record['mail']);
  const about = fieldsOf(record[object]);
  const people = recipientsOf(name, about, mail);
  const providerMessageId = textOf(mail['messageId'], 300);
  // The same bounce told by an identity and by a configuration set has the same feedback id; others have none.
  const feedbackId = textOf(about['feedbackId'], 300);
  const url = textOf(about['link']);
  const occurredAt = instantOf(about['timestamp'] ?? mail['timestamp'], now);
  const bounceType = [
    textOf(about['bounceType'], 100) ?? textOf(about['delayType'], 100),
    textOf(about['bounceSubType'], 100),
  ];
  const events = people.map(({ recipient, fields }): ProviderEvent => {
    const told =
      feedbackId ??
      [providerMessageId, textOf(about['timestamp'], 40), textOf(about['ipAddress'], 60), url].join(' ');
    const diagnostic =
      textOf(fields['diagnosticCode']) ??
      textOf(about['smtpResponse']) ??
      textOf(about['reason']) ??
      textOf(about['errorMessage']);
    const words = smtpWordsIn(diagnostic);
    const isNeverSent = kind === 'bounced' && neverSent.has(String(about['bounceSubType']));
    return {
      ...bareEvent(
        'ses',
        hashedEventId('ses', name, told, recipient),
        isNeverSent ? 'rejected' : kindOf(kind, about),
        occurredAt,
      ),
      ...{ recipient, providerMessageId, messageId: originalMessageId(mail), diagnostic, url },
      ...{ status: statusOf(fields['status']) ?? words.status, code: words.code },
      bounceType: bounceType.filter(Boolean).join('/') || null,
      feedbackType: textOf(about['complaintFeedbackType'], 50) ?? textOf(about['complaintSubType'], 100),
      userAgent: textOf(about['userAgent'], 500),
      ip: ipOf(about['ipAddress']),
    };
  });
  return onceEach(events);
}

/** A subscription record also tells of somebody who subscribed again, by their new preferences. */
function kindOf(kind: ProviderEventKind, about: Fields): ProviderEventKind {
  if (kind !== 'unsubscribed') return kind;
  const preferences = fieldsOf(about['newTopicPreferences']);
  const statuses = itemsOf(preferences['topicSubscriptionStatus']).map(
    item => fieldsOf(item)['subscriptionStatus'],
  );
  return preferences['unsubscribeAll'] === true || statuses.includes('OptOut') ? 'unsubscribed' : 'other';
}

interface Named {
  recipient: string | null;
  fields: Fields;
}

/** Whom the record is about. Of openings and clicks nobody knows, unless the mail went to one person; ours do. */
function recipientsOf(name: string, about: Fields, mail: Fields): Named[] {
  const destination = itemsOf(mail['destination']).map(addressOf);
  const sole: Named[] = [
    { recipient: destination.length === 1 ? (destination[0] ?? null) : null, fields: {} },
  ];
  const objects = itemsOf(
    about['bouncedRecipients'] ?? about['complainedRecipients'] ?? about['delayedRecipients'],
  );
  if (objects.length > 0) {
    return objects.map(fieldsOf).map(fields => ({ recipient: addressOf(fields['emailAddress']), fields }));
  }
  const addresses = itemsOf(about['recipients']);
  if (addresses.length > 0) return addresses.map(address => ({ recipient: addressOf(address), fields: {} }));
  const isOfAll = name === 'Send' || name === 'Reject' || name === 'Rendering Failure';
  return isOfAll && destination.length > 0 ? destination.map(recipient => ({ recipient, fields: {} })) : sole;
}

/** Amazon sends under a Message-ID of its own; ours is among the original headers, which notifications must include. */
function originalMessageId(mail: Fields): string | null {
  for (const header of itemsOf(mail['headers']).map(fieldsOf)) {
    if (typeof header['name'] === 'string' && header['name'].toLowerCase() === 'message-id')
      return messageIdOf(header['value']);
  }
  return messageIdOf(fieldsOf(mail['commonHeaders'])['messageId']);
}
