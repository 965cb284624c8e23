import { createHash, randomBytes } from 'node:crypto';
import { AddressHasher, type Channel, createLogger, type Logger } from '#common';
import { type MessageKey } from '#sending';
import {
  type OutgoingSms,
  signRequest,
  type TwilioOptions,
  type TwilioTimeouts,
  TwilioTransport,
} from '#transports';
import { type TestApi } from './api.js';
import { type Shop } from './system.js';
import { TEST_ACCOUNT } from './test-account.js';

/** An SMS in both scripts, complete; override what a test is about. */
export function sms(more: Partial<OutgoingSms> = {}): OutgoingSms {
  return {
    from: { kind: 'number', number: '+15005550006' },
    to: '+966501234567',
    text: 'نايل بوكس: طلبك 42 جاهز & ready + 100% ☕ https://ithn.test/s/a',
    statusUrl: null,
    validSeconds: null,
    ...more,
  };
}

/** Long where a busy machine must not matter, short where a test waits for its end. */
const timeouts: TwilioTimeouts = {
  ...{
    connect: 5000,
    answer: 5000,
    idle: 5000,
    patience: 10_000,
    backoff: 20,
    longestBackoff: 200,
    close: 5000,
  },
};

/** A transport to an API in the place of Twilio's. */
export function twilioTo(
  baseUrl: string,
  waits: Partial<TwilioTimeouts> = {},
  more: Partial<TwilioOptions> = {},
  logger: Logger = createLogger('silent'),
): TwilioTransport {
  const options = { ...TEST_ACCOUNT, baseUrl, connections: 4, timeouts: { ...timeouts, ...waits }, ...more };
  return new TwilioTransport(options, logger);
}

/** Twilio as it is set up for a system under test. */
export const twilioEnv = {
  TWILIO_ACCOUNT_SID: TEST_ACCOUNT.accountSid,
  TWILIO_AUTH_TOKEN: TEST_ACCOUNT.authToken,
};

let numbers = 0;

export const newSid = (): string => `SM${randomBytes(16).toString('hex')}`;
/** A mobile number of Great Britain that no other has. */
export const newPhone = (): string => `+4477009${String(10_000 + ++numbers)}`;

/** A contact with a phone, made through the API, who agreed to SMS about these topics. @returns the row number */
export async function addPhonePerson(
  system: TestApi,
  topicIds: readonly string[],
  { phone = newPhone(), basis = 'express', locale = null as string | null } = {},
): Promise<{ id: number; phone: string }> {
  const contact = await system.request('POST', '/v1/contacts', {
    ...{ phone, country: 'GB', attributes: {} },
    ...(locale === null ? {} : { locale }),
  });
  if (contact.status !== 201) throw new Error(contact.text);
  for (const topicId of topicIds) {
    const granted = await system.request('POST', '/v1/consents', {
      ...{ contactId: contact.body.id, channel: 'sms', topicId, basis, textShown: 'Yes, write to my phone.' },
      ...{ method: 'checkbox', source: 'https://shop.example/signup' },
    });
    if (granted.status !== 201) throw new Error(granted.text);
  }
  return { id: Number(contact.body.id.slice(4)), phone };
}

/** A message as the pipeline leaves it behind, by SMS unless the dispatch was of email. @returns its key */
export async function addSmsMessage(
  system: TestApi,
  shop: Pick<Shop, 'senderId' | 'topicId' | 'templateId'>,
  { id, phone }: { id: number; phone: string },
  {
    state = 'accepted',
    reason = null as string | null,
    reply = null as string | null,
    dispatchChannel = 'sms' as Channel,
  } = {},
): Promise<MessageKey> {
  const { db } = system.database;
  const now = system.clock.now();
  const hash = system.app.get(AddressHasher, { strict: false }).hash('sms', phone);
  const [dispatch] = await db.query<{ id: number }>(
    `INSERT INTO dispatch (name, state, channel, message_class, sender_id, topic_id, template_version_id, audience, frozen,
                           excluded, created_at, frozen_at, started_at, ended_at)
     SELECT 'Autumn offer', 'finished', $1, 'marketing', $2, $3, v.id, '{}', 1, '{}', $5, $5, $5, $5
       FROM template_version v WHERE v.template_id = $4 LIMIT 1 RETURNING id`,
    [dispatchChannel, ...[shop.senderId, shop.topicId, shop.templateId].map(one => one.slice(4)), now],
  );
  const dispatchId = dispatch?.id ?? 0;
  await db.query(
    `INSERT INTO message (dispatch_id, contact_id, state, reason, attempt, chunk_id, lease_generation, address_hash, reply,
                          allowed_at, settled_at, channel)
     VALUES ($1, $2, $3, $4, 1, 0, 1, $5, $6, $7, $7, $8)`,
    [dispatchId, id, state, reason, hash, reply, now, dispatchChannel === 'sms' ? null : 'sms'],
  );
  return { dispatchId, contactId: id };
}

/** A call as Twilio makes it, signed for the public address, brought to where the system listens. */
export async function callAsTwilio(
  system: TestApi,
  path: string,
  fields: Record<string, string>,
  { json = false, authToken = TEST_ACCOUNT.authToken, signature = null as string | null } = {},
): Promise<{ status: number; type: string; text: string }> {
  const body = json ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
  const query = json ? `?bodySHA256=${createHash('sha256').update(body).digest('hex')}` : '';
  const signed = signRequest(authToken, system.config.publicUrl + path + query, json ? {} : fields);
  const answer = await fetch(system.url + path + query, {
    method: 'POST',
    headers: {
      'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded',
      'x-twilio-signature': signature ?? signed,
    },
    body,
  });
  return {
    ...{ status: answer.status, type: answer.headers.get('content-type') ?? '' },
    text: await answer.text(),
  };
}
