import { createHmac } from 'node:crypto';
import { bareEvent, eventIdOf } from './event-id.js';
import { ifTooOld, KEEPS_TRYING_MS } from './freshness.js';
import { guarded } from './guarded.js';
import { parseJson } from './json-body.js';
import {
  notConfigured,
  type ProviderEvent,
  type ProviderEventKind,
  refused,
  type WebhookProvider,
} from './provider.js';
import {
  addressOf,
  echoedMessageId,
  type Fields,
  fieldsOf,
  instantOf,
  ipOf,
  messageIdOf,
  numberOf,
  textOf,
} from './read.js';
import { isOneOf } from './shared-secret.js';
import { codeOf, smtpWordsIn, statusOf } from './smtp-words.js';

const kinds = new Map<string, ProviderEventKind>([
  ['accepted', 'accepted'],
  ['delivered', 'delivered'],
  ['rejected', 'rejected'],
  ['complained', 'complained'],
  ['unsubscribed', 'unsubscribed'],
  ['opened', 'opened'],
  ['clicked', 'clicked'],
]);

/**
 * Mailgun's webhook: HMAC-SHA-256 over a timestamp and a token. The event itself is not signed, so that whoever saw one
 * request could put another event under its signature; the token therefore goes along (`onceToken`).
 */
export const mailgunProvider: WebhookProvider = guarded('mailgun', (request, { mailgunKeys }, now) => {
  if (mailgunKeys.length === 0) return notConfigured('MAILGUN_SIGNING_KEY');
  const parsed = parseJson(request.body);
  if ('kind' in parsed) return parsed;
  const body = fieldsOf(parsed.value);
  const { timestamp, token, signature } = fieldsOf(body['signature']);
  const seconds = numberOf(timestamp);
  if (seconds === null || typeof token !== 'string' || typeof signature !== 'string') {
    return refused('WEBHOOK_UNSIGNED', 'The body has no signature of Mailgun.');
  }
  const wanted = mailgunKeys.map(key =>
    createHmac('sha256', key)
      .update(`${String(timestamp)}${token}`)
      .digest('hex'),
  );
  if (token.length > 100 || !isOneOf(signature, wanted)) {
    return refused('WEBHOOK_SIGNATURE_INVALID', 'The signature is not of the key in MAILGUN_SIGNING_KEY.');
  }
  const trouble = ifTooOld(seconds * 1000, now, KEEPS_TRYING_MS.mailgun);
  if (trouble) return trouble;
  const event = fieldsOf(body['event-data']);
  if (textOf(event['event'], 50) === null)
    return refused('WEBHOOK_UNREADABLE', 'The body has no event of Mailgun.');
  return { kind: 'events', events: [eventOf(event, now)], onceToken: token };
});

function eventOf(event: Fields, now: Date): ProviderEvent {
  const name = textOf(event['event'], 50) ?? '';
  const delivery = fieldsOf(event['delivery-status']);
  const message = fieldsOf(fieldsOf(event['message'])['headers']);
  const client = fieldsOf(event['client-info']);
  const messageId = messageIdOf(message['message-id']);
  const recipient = addressOf(event['recipient']);
  const eventId = eventIdOf(
    textOf(event['id'], 300),
    ...['mailgun', name, recipient, messageId, textOf(event['timestamp'], 40), textOf(event['url'])],
  );
  // `message` is what the receiving server said, `description` what Mailgun makes of it.
  const diagnostic =
    textOf(delivery['message']) ??
    textOf(delivery['description']) ??
    textOf(fieldsOf(event['reject'])['reason']);
  const words = smtpWordsIn(diagnostic);
  const severity = textOf(event['severity'], 50);
  const reason = textOf(event['reason'], 100);
  const kind = kindOf(name, severity, reason);
  return {
    ...bareEvent('mailgun', eventId, kind, instantOf(event['timestamp'], now)),
    ...{ recipient, messageId: messageId ?? echoedMessageId(event['user-variables']), diagnostic },
    providerMessageId: messageId,
    status: statusOf(delivery['enhanced-code']) ?? words.status,
    code: codeOf(delivery['code']) ?? words.code,
    bounceType: [name, severity, reason].filter(Boolean).join('/') || null,
    machine: kind === 'opened' || kind === 'clicked' ? saysMachine(client) : null,
    url: textOf(event['url']),
    userAgent: textOf(client['user-agent'], 500),
    ip: ipOf(event['ip']),
  };
}

/** A failure is temporary while Mailgun goes on trying; of an address on its own list it never tried. */
function kindOf(name: string, severity: string | null, reason: string | null): ProviderEventKind {
  if (name !== 'failed') return kinds.get(name) ?? 'other';
  if (severity === 'temporary') return 'deferred';
  return reason?.startsWith('suppress-') ? 'rejected' : 'bounced';
}

function saysMachine(client: Fields): boolean | null {
  return 'bot' in client ? textOf(client['bot'], 100) !== null : null;
}
