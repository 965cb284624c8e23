import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { bareEvent, eventIdOf, onceEach } from './event-id.js';
import { ifTooOld, KEEPS_TRYING_MS } from './freshness.js';
import { guarded, MOST_EVENTS, tooManyEvents } from './guarded.js';
import { parseJson } from './json-body.js';
import {
  notConfigured,
  type ProviderEvent,
  type ProviderEventKind,
  type ProviderRequest,
  type Refusal,
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
  textOf,
} from './read.js';
import { smtpWordsIn, statusOf } from './smtp-words.js';

const SIGNATURE = 'x-twilio-email-event-webhook-signature';
const TIMESTAMP = 'x-twilio-email-event-webhook-timestamp';

const kinds = new Map<string, ProviderEventKind>([
  ['processed', 'accepted'],
  ['delivered', 'delivered'],
  ['deferred', 'deferred'],
  ['bounce', 'bounced'],
  ['dropped', 'rejected'],
  ['spamreport', 'complained'],
  ['unsubscribe', 'unsubscribed'],
  ['group_unsubscribe', 'unsubscribed'],
  ['open', 'opened'],
  ['click', 'clicked'],
]);

/** SendGrid's signed event webhook: ECDSA over the timestamp and the raw body, a list of events. */
export const sendgridProvider: WebhookProvider = guarded('sendgrid', (request, { sendgridKeys }, now) => {
  if (sendgridKeys.length === 0) return notConfigured('SENDGRID_WEBHOOK_KEY');
  const trouble = signatureTrouble(request, sendgridKeys, now);
  if (trouble) return trouble;
  const parsed = parseJson(request.body);
  if ('kind' in parsed) return parsed;
  if (!Array.isArray(parsed.value)) return refused('WEBHOOK_UNREADABLE', 'The body is not a list of events.');
  if (parsed.value.length > MOST_EVENTS) return tooManyEvents();
  const events = parsed.value.map(item => eventOf(fieldsOf(item), now));
  return { kind: 'events', events: onceEach(events), onceToken: null };
});

function signatureTrouble(
  { headers, body }: ProviderRequest,
  keys: readonly string[],
  now: Date,
): Refusal | null {
  const signature = headers[SIGNATURE];
  const timestamp = headers[TIMESTAMP];
  if (signature === undefined || timestamp === undefined) {
    return refused(
      'WEBHOOK_UNSIGNED',
      'The request is not signed. Turn on the signed event webhook at SendGrid.',
    );
  }
  const isTime = /^\d{1,12}$/.test(timestamp);
  const signed = Buffer.concat([Buffer.from(timestamp), body]);
  const given = Buffer.from(signature, 'base64');
  const isGood = isTime && keys.some(key => verify('sha256', signed, keyOf(key), given));
  if (!isGood) {
    return refused('WEBHOOK_SIGNATURE_INVALID', 'The signature is not of the key in SENDGRID_WEBHOOK_KEY.');
  }
  return ifTooOld(Number(timestamp) * 1000, now, KEEPS_TRYING_MS.sendgrid);
}

const keyObjects = new Map<string, KeyObject>();

/** @throws Error when it is no key; the configuration has refused such. */
function keyOf(base64: string): KeyObject {
  const known = keyObjects.get(base64);
  if (known) return known;
  const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
  keyObjects.set(base64, key);
  return key;
}

function eventOf(event: Fields, now: Date): ProviderEvent {
  const name = textOf(event['event'], 50);
  const kind = kinds.get(name ?? '') ?? 'other';
  const recipient = addressOf(event['email']);
  const providerMessageId = textOf(event['sg_message_id'], 300);
  const eventId = eventIdOf(
    textOf(event['sg_event_id'], 300),
    ...['sendgrid', name, recipient, providerMessageId, textOf(event['timestamp'], 40), textOf(event['url'])],
  );
  const diagnostic = textOf(event['reason']) ?? textOf(event['response']);
  const words = smtpWordsIn(diagnostic);
  return {
    ...bareEvent('sendgrid', eventId, kind, instantOf(event['timestamp'], now)),
    ...{ recipient, providerMessageId, diagnostic },
    // Openings, clicks and complaints bear no `smtp-id`; a unique argument of ours comes back with all of them.
    messageId: messageIdOf(event['smtp-id']) ?? echoedMessageId(event),
    status: statusOf(event['status']) ?? words.status,
    code: words.code,
    // `type` tells bounce from blocked; of other kinds the name of the event is all there is to say.
    bounceType:
      [name, textOf(event['type'], 100), textOf(event['bounce_classification'], 100)]
        .filter(Boolean)
        .join('/') || null,
    machine: machineOf(kind, event['sg_machine_open']),
    url: textOf(event['url']),
    userAgent: textOf(event['useragent'], 500),
    ip: ipOf(event['ip']),
  };
}

/** Said of openings alone. */
function machineOf(kind: ProviderEventKind, flag: unknown): boolean | null {
  return kind === 'opened' && flag !== undefined ? flag === true || flag === 'true' : null;
}
