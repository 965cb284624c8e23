import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatId } from '#common';
import { SandboxInbox, SandboxPhone } from '#transports';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { WorkerService } from '../../apps/worker/src/worker.service.js';
import { type Answer, type TestApi, testApi } from './api.js';
import { type TestDatabase } from './database.js';
import { TEST_ACCOUNT } from './test-account.js';

export const queues = ['postgres', ...(process.env['TEST_REDIS_URL'] ? ['redis' as const] : [])] as const;
export type QueueKind = (typeof queues)[number];

/** The whole product over real parts: API, worker, PostgreSQL, queue, an SMTP server that takes the mail, and the SMS API's stand-in. */
export interface TestSystem extends TestApi {
  inbox: SandboxInbox;
  phone: SandboxPhone;
  worker: WorkerService;
}

let prefixes = 0;

export async function testSystem(
  queue: QueueKind,
  {
    startWorker = true,
    env = {} as Record<string, string>,
    database = undefined as TestDatabase | undefined,
    /** Whether what became of an SMS is told by webhook. */
    smsReports = false,
  } = {},
): Promise<TestSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'ithn-inbox-'));
  const inbox = await SandboxInbox.start({ folder, port: 0 });
  const { accountSid, authToken } = TEST_ACCOUNT;
  let url = '';
  const phone = await SandboxPhone.start({
    ...{ folder: join(folder, 'sms'), port: 0, authToken },
    reach: told => (smsReports ? url + new URL(told).pathname : null),
  });
  const api = await testApi(
    {
      INBOX_SMTP_PORT: String(inbox.port),
      ...{ TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_API_URL: phone.url },
      SENDING_POLL_MS: '100',
      QUEUE_PREFIX: `test-${process.pid}-${++prefixes}`,
      ...(queue === 'redis' ? { REDIS_URL: process.env['TEST_REDIS_URL'] ?? '' } : {}),
      ...env,
    },
    [WorkerModule],
    database,
  );
  url = api.url;
  const worker = api.app.get(WorkerService, { strict: false });
  if (startWorker) await worker.start();
  return {
    ...api,
    inbox,
    phone,
    worker,
    close: async () => {
      await worker.stop();
      await api.close();
      await inbox.close();
      await phone.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Progress {
  state: string;
  candidates: number;
  frozen: number;
  excluded: Record<string, number>;
  accepted: number;
  rejected: number;
  deferred: number;
  skipped: Record<string, number>;
  unknown: number;
  cancelled: number;
  attempting: number;
  notYetAttempted: number;
  waiting: { reason: string; count: number; from: string; until: string }[];
}

const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((total, n) => total + n, 0);

/** The two equations that hold at every moment (design: "numbers balance"). */
export function expectBalanced(progress: Progress): void {
  expect(progress.frozen + sum(progress.excluded)).toBe(progress.candidates);
  expect(
    progress.accepted +
      progress.rejected +
      progress.deferred +
      sum(progress.skipped) +
      progress.unknown +
      progress.cancelled +
      progress.attempting +
      progress.notYetAttempted,
  ).toBe(progress.frozen);
}

export async function progressOf(system: TestApi, campaignId: string): Promise<Progress> {
  const answer = await system.request('GET', `/v1/campaigns/${campaignId}/progress`);
  expectStatus(answer, 200);
  return answer.body as Progress;
}

/** Asks until it is so. Fails with what it last saw. */
export async function until<T>(
  ask: () => Promise<T>,
  holds: (value: T) => boolean,
  timeoutMs = 60_000,
  everyMs = 20,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`It did not become so in ${timeoutMs} ms; last: ${JSON.stringify(value)}`);
    await new Promise(resolve => setTimeout(resolve, everyMs));
  }
}

export const untilState = (system: TestSystem, campaignId: string, state: string): Promise<Progress> =>
  until(
    () => progressOf(system, campaignId),
    progress => progress.state === state,
  );

export interface Shop {
  senderId: string;
  topicId: string;
  templateId: string;
}

/** A sender, a topic and a template in both languages, made through the API. */
export async function addShop(system: TestApi): Promise<Shop> {
  const n = ++prefixes;
  const made = async (path: string, body: unknown): Promise<string> => {
    const answer = await system.request('POST', path, body);
    if (answer.status !== 201) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    return answer.body.id as string;
  };
  const senderId = await made('/v1/senders', {
    key: `shop-${n}`,
    legalName: 'Nakheel Trading Company LLC',
    tradingName: 'Nakheel Market',
    registrationNumber: '1010123456',
    registrationPlace: 'Commercial Register, Riyadh',
    registeredAddress: '12 Olaya Street, Riyadh 12211',
    contactEmail: 'care@nakheel.example',
    privacyUrl: 'https://nakheel.example/privacy',
    fromName: 'Nakheel Market',
    fromEmail: 'news@mail.nakheel.example',
  });
  const topicId = await made('/v1/topics', { senderId, key: 'offers', name: { en: 'Offers', ar: 'العروض' } });
  const templateId = await made('/v1/templates', { name: `Offer ${n}`, fromStarter: 'offer' });
  return { senderId, topicId, templateId };
}

const ANALYZED_FROM = 500;

/** Contacts by the hundred, with or without consent, written in sets. Returns their row numbers. */
export async function addPeople(
  system: TestApi,
  shop: Shop,
  count: number,
  { consent = true, locale = 'en', domain = 'example.com' } = {},
): Promise<number[]> {
  const from = ++prefixes;
  const { db } = system.database;
  const emails = Array.from({ length: count }, (_, at) => `p${from}-${at}@${domain}`);
  const { AddressHasher } = await import('#common');
  const hasher = system.app.get(AddressHasher, { strict: false });
  const rows = await db.query<{ id: number }>(
    `INSERT INTO contact (email, email_hash, first_name, locale, created_at, updated_at)
     SELECT email, decode(hash, 'hex'), 'Layla', $3, $2, $2
       FROM jsonb_to_recordset($1::jsonb) AS c (email text, hash text) RETURNING id`,
    [
      JSON.stringify(emails.map(email => ({ email, hash: hasher.hash('email', email).toString('hex') }))),
      system.clock.now(),
      locale,
    ],
  );
  const ids = rows.map(row => row.id);
  if (consent) await agree(system, shop, ids);
  // As PostgreSQL does by itself within a minute; till then it plans as for a few rows, and sends five times slower.
  if (count >= ANALYZED_FROM) await db.query('ANALYZE contact, consent_event, consent_state');
  return ids;
}

/** Records express consent for many at once, ledger and state. */
export async function agree(system: TestApi, shop: Shop, contactIds: number[]): Promise<void> {
  await system.database.db.query(
    `WITH events AS (
       INSERT INTO consent_event (contact_id, channel, sender_id, topic_id, action, basis, text_shown, method, source,
                                  actor, occurred_at, recorded_at)
       SELECT id, 'email', $2, $3, 'granted', 'express', 'Yes, write to me.', 'checkbox', 'https://shop.example/signup',
              'tests', $4, $4
         FROM unnest($1::bigint[]) AS id RETURNING id, contact_id)
     INSERT INTO consent_state (contact_id, channel, topic_id, status, basis, event_id, since)
     SELECT contact_id, 'email', $3, 'granted', 'express', id, $4 FROM events`,
    [contactIds, Number(shop.senderId.slice(4)), Number(shop.topicId.slice(4)), system.clock.now()],
  );
}

export async function addCampaign(
  system: TestApi,
  shop: Shop,
  more: Record<string, unknown> = {},
): Promise<string> {
  const answer = await system.request('POST', '/v1/campaigns', {
    name: 'Autumn offer',
    topicId: shop.topicId,
    templateId: shop.templateId,
    ...more,
  });
  expectStatus(answer, 201);
  return answer.body.id as string;
}

export async function launch(system: TestApi, campaignId: string): Promise<void> {
  const answer = await system.request('POST', `/v1/campaigns/${campaignId}/launch`);
  expectStatus(answer, 202);
}

/** The row number of what a launched campaign sends. */
export async function dispatchOf(system: TestApi, campaignId: string): Promise<number> {
  const [row] = await system.database.db.query<{ id: number | null }>(
    'SELECT dispatch_id AS id FROM campaign WHERE id = $1',
    [campaignId.slice(4)],
  );
  if (!row?.id) throw new Error(`${campaignId} was not launched.`);
  return row.id;
}

/** Also for programs that no test runner surrounds, which have no `expect`. */
function expectStatus({ status, text }: Answer, wanted: number): void {
  if (status !== wanted) throw new Error(`The API answered ${status} instead of ${wanted}: ${text}`);
}

export const contactId = (id: number): string => formatId('contact', id);
