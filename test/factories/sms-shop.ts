import { AddressHasher } from '#common';
import { type Answer, type TestApi } from './api.js';
import { type Shop } from './system.js';

/** Noon in Riyadh and ten in the morning in Paris, a Tuesday: an hour at which every law lets SMS go out. */
export const SMS_HOUR = new Date('2026-11-24T09:00:00Z');

/** A time zone in which it is about noon now, for people whom programs with the real clock write to. */
export function zoneAtNoon(now = new Date()): string {
  const west = now.getUTCHours() - 12;
  // Of these names the sign is that of POSIX: to the west of Greenwich is plus.
  return `Etc/GMT${west < 0 ? west : `+${west}`}`;
}

let shops = 0;

export interface SmsShopOptions {
  /** Whom its SMS come from. */
  sources?: { country?: string | null; from: string; rate?: unknown; providerAnswers?: boolean }[];
  content?: Record<string, { text: string }>;
  topic?: Record<string, unknown>;
}

/** A sender with a number, a topic and an SMS template in both languages, made through the API. */
export async function addSmsShop(system: TestApi, options: SmsShopOptions = {}): Promise<Shop> {
  const n = ++shops;
  const senderId = await made(system, '/v1/senders', {
    ...{ key: `sms-shop-${n}`, legalName: 'Nakheel Trading Company LLC', tradingName: 'Nakheel' },
    ...{ contactEmail: 'care@nakheel.example', defaultLocale: 'en', timeZone: 'Asia/Riyadh', country: 'SA' },
    ...{ registrationNumber: '1010123456', registeredAddress: '12 Olaya Street, Riyadh 12211' },
    privacyUrl: 'https://nakheel.example/privacy',
  });
  const { sources = [{ from: '+15005550006', rate: null }] } = options;
  const set = await system.request('PUT', `/v1/senders/${senderId}/sms-sources`, { sources });
  if (set.status !== 200) throw new Error(`sms-sources answered ${set.status}: ${set.text}`);
  const topicId = await made(system, '/v1/topics', {
    ...{ senderId, key: 'offers', name: { en: 'Offers', ar: 'العروض' } },
    ...options.topic,
  });
  const templateId = await made(system, '/v1/templates', {
    ...{
      name: `SMS offer ${n}`,
      channel: 'sms',
      defaultLocale: options.content && !options.content['en'] ? 'ar' : 'en',
    },
    content: options.content ?? {
      en: { text: 'Hi {{ contact.firstName }}, dates are here.' },
      ar: { text: 'مرحبا {{ contact.firstName }}، وصلت التمور.' },
    },
  });
  return { senderId, topicId, templateId };
}

async function made(system: TestApi, path: string, body: unknown): Promise<string> {
  const answer: Answer = await system.request('POST', path, body);
  if (answer.status !== 201) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
  return answer.body.id as string;
}

const ANALYZED_FROM = 500;
let people = 0;

/** Contacts with a phone, by the hundred, written in sets. Returns their row numbers. */
export async function addPhones(
  system: TestApi,
  shop: Shop,
  count: number,
  {
    consent = true,
    locale = 'en',
    prefix = '+96650',
    email = false,
    country = null as string | null,
    timeZone = null as string | null,
  } = {},
): Promise<number[]> {
  const hasher = system.app.get(AddressHasher, { strict: false });
  const rows = Array.from({ length: count }, () => {
    const phone = `${prefix}${String(++people).padStart(7, '0')}`;
    const address = email ? `phone${people}@example.com` : null;
    return {
      ...{ phone, phone_hash: hasher.hash('sms', phone).toString('hex'), email: address },
      email_hash: address && hasher.hash('email', address).toString('hex'),
    };
  });
  const inserted = await system.database.db.query<{ id: number }>(
    `INSERT INTO contact (phone, phone_hash, email, email_hash, first_name, locale, country, time_zone, created_at, updated_at)
     SELECT phone, decode(phone_hash, 'hex'), email, decode(email_hash, 'hex'), 'Layla', $3, $4, $5, $2, $2
       FROM jsonb_to_recordset($1::jsonb) AS c (phone text, phone_hash text, email text, email_hash text) RETURNING id`,
    [JSON.stringify(rows), system.clock.now(), locale, country, timeZone],
  );
  const ids = inserted.map(({ id }) => id);
  if (consent) await agreeTo(system, shop, ids, 'sms');
  if (count >= ANALYZED_FROM) await system.database.db.query('ANALYZE contact, consent_event, consent_state');
  return ids;
}

/** Records express consent for many at once, ledger and state. */
export async function agreeTo(
  system: TestApi,
  { senderId, topicId }: Pick<Shop, 'senderId' | 'topicId'>,
  contactIds: readonly number[],
  channel: 'email' | 'sms',
): Promise<void> {
  await system.database.db.query(
    `WITH events AS (
       INSERT INTO consent_event (contact_id, channel, sender_id, topic_id, action, basis, text_shown, method, source,
                                  actor, occurred_at, recorded_at)
       SELECT id, $5, $2, $3, 'granted', 'express', 'Yes, write to me.', 'checkbox', 'https://shop.example/signup',
              'tests', $4, $4
         FROM unnest($1::bigint[]) AS id RETURNING id, contact_id)
     INSERT INTO consent_state (contact_id, channel, topic_id, status, basis, event_id, since)
     SELECT contact_id, $5, $3, 'granted', 'express', id, $4 FROM events`,
    [contactIds, Number(senderId.slice(4)), Number(topicId.slice(4)), system.clock.now(), channel],
  );
}
