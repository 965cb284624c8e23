import { bareEvent, hashedEventId, onceEach } from './event-id.js';
import { bodyUnderSecret, guarded, MOST_EVENTS, tooManyEvents } from './guarded.js';
import { type ProviderEvent, type ProviderEventKind, refused, type WebhookProvider } from './provider.js';
import { addressOf, type Fields, fieldsOf, instantOf, ipOf, messageIdOf, numberOf, textOf } from './read.js';
import { smtpWordsIn } from './smtp-words.js';

const kinds = new Map<string, ProviderEventKind>([
  ['request', 'accepted'],
  ['sent', 'accepted'],
  ['delivered', 'delivered'],
  ['deferred', 'deferred'],
  ['hard_bounce', 'bounced'],
  ['soft_bounce', 'bounced'],
  // Syntax it would not even try, addresses on its own list, troubles of its own.
  ['invalid_email', 'rejected'],
  ['blocked', 'rejected'],
  ['error', 'rejected'],
  ['spam', 'complained'],
  ['unsubscribed', 'unsubscribed'],
  ['unsubscribe', 'unsubscribed'],
  ['opened', 'opened'],
  ['unique_opened', 'opened'],
  ['proxy_open', 'opened'],
  ['unique_proxy_open', 'opened'],
  ['click', 'clicked'],
]);

/** Brevo's transactional webhooks: one event, or a list of them where batches are on. A token or secret says it is Brevo. */
export const brevoProvider: WebhookProvider = guarded('brevo', (request, { brevoSecrets }, now) => {
  const parsed = bodyUnderSecret(request, brevoSecrets, 'BREVO_WEBHOOK_SECRET');
  if ('kind' in parsed) return parsed;
  const items: unknown[] = Array.isArray(parsed.value) ? parsed.value : [parsed.value];
  if (items.length > MOST_EVENTS) return tooManyEvents();
  const events = items.map(fieldsOf).filter(event => textOf(event['event'], 50) !== null);
  if (events.length < items.length) return refused('WEBHOOK_UNREADABLE', 'The body is no event of Brevo.');
  return { kind: 'events', events: onceEach(events.map(event => eventOf(event, now))), onceToken: null };
});

function eventOf(event: Fields, now: Date): ProviderEvent {
  const name = textOf(event['event'], 50) ?? '';
  const kind = kinds.get(name) ?? 'other';
  const recipient = addressOf(event['email']);
  const providerMessageId = messageIdOf(event['message-id']);
  const url = textOf(event['link']);
  // `id` names the webhook, not the event. `unique_opened` comes beside `opened`, each of its own name.
  const eventId = hashedEventId(
    ...[
      'brevo',
      name,
      providerMessageId,
      recipient,
      textOf(event['ts_event'], 40),
      textOf(event['ts_epoch'], 40),
      url,
    ],
  );
  const diagnostic = textOf(event['reason']);
  return {
    ...bareEvent('brevo', eventId, kind, instantOf(secondsOf(event), now)),
    ...{ recipient, providerMessageId, diagnostic, ...smtpWordsIn(diagnostic) },
    // A mail that came by SMTP keeps its Message-ID; the custom header comes back also where it did not.
    messageId: messageIdOf(event['X-Mailin-custom']) ?? providerMessageId,
    bounceType: name,
    feedbackType: kind === 'complained' ? 'abuse' : null,
    machine: kind === 'opened' ? name.includes('proxy') : null,
    url,
    userAgent: textOf(event['user_agent'], 500),
    ip: ipOf(event['ip']),
  };
}

/** `ts_epoch` is in UTC and in milliseconds where it is what the manual says; of the others `ts_event` is nearest to it. */
function secondsOf(event: Fields): number | null {
  const epoch = numberOf(event['ts_epoch']);
  if (epoch !== null && epoch > 1e11) return epoch / 1000;
  return numberOf(event['ts_event']) ?? epoch ?? numberOf(event['ts']);
}
