import { type Program } from '../program.js';
import { count, type Terminal } from '../terminal.js';
import { type ApiClient } from './api-client.js';
import { type Named, poll } from './demo-steps.js';
import {
  sampleBuyers,
  sampleConsent,
  sampleFaq,
  sampleRefusal,
  sampleServiceTopics,
} from './sample-purchase.js';
import { callShopWebhook } from './shop-call.js';
import { type ShiftedClock } from './shifted-clock.js';

export interface PurchaseResult {
  orders: number;
  mails: number;
  sms: number;
  /** Messages to whom the order was refunded: before that, and after. */
  beforeRefund: number;
  afterRefund: number;
  /** Of the clock that was put forward. */
  days: number;
}

interface Shop extends Named {
  webhookUrl: string;
  secret: string;
}
interface Way {
  state: string;
  reason: string | null;
  lookAt: string | null;
}
interface Arrived {
  buyer: string;
  channel: 'email' | 'sms';
  day: number;
  text: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Time goes by in pieces: whoever waits for the morning is written to in the morning. */
const STEP_MS = 6 * HOUR_MS;
const REFUNDED_AFTER_DAYS = 6;
const LONGEST_DAYS = 50;

/** A purchase, and what follows from it by itself: weeks in seconds, by a clock that is put forward. */
export async function playPurchase(
  program: Program & { clock: ShiftedClock },
  api: ApiClient,
  senderId: string,
  offersTopicId: string,
  terminal: Terminal,
): Promise<PurchaseResult> {
  const { clock } = program;
  const { shop, sequenceId } = await prepare(api, senderId, offersTopicId);
  terminal.done(
    'a shop that tells of its orders, and the after-sales sequence in Arabic and English, installed by one call',
  );

  const began = clock.now();
  const tell = (body: Record<string, unknown>): Promise<void> =>
    callShopWebhook(program.localUrl + new URL(shop.webhookUrl).pathname, shop.secret, body, clock.now());
  for (const { name: _, isReturned: __, ticks, ...order } of sampleBuyers) {
    const at = clock.now().toISOString();
    const ticked = ticks ? [{ channel: 'email', at }] : [];
    const marketing = { refusalOffered: true, refused: false, ticked };
    await tell({ type: 'order.placed', ...order, placedAt: at, toldAt: at, marketing });
  }
  terminal.done(
    `${count(sampleBuyers.length)} orders come in by its signed webhook; from here on time is sped up`,
  );

  const seen = new Set<string>();
  const arrived: Arrived[] = [];
  let refundedAt = Infinity;
  for (;;) {
    const ways = await settled(api, sequenceId, clock);
    const day = Math.floor((clock.now().getTime() - began.getTime()) / DAY_MS);
    for (const message of await newMessages(program, seen, began)) {
      arrived.push({ ...message, day });
      terminal.say(
        `      day ${String(day).padStart(2)}  ${message.channel === 'sms' ? 'SMS ' : 'mail'} to ${message.buyer}: ${message.text}`,
      );
    }
    if (ways.every(({ state }) => state !== 'active') || day >= LONGEST_DAYS) break;
    if (day >= REFUNDED_AFTER_DAYS && refundedAt === Infinity) {
      refundedAt = arrived.length;
      for (const { externalId, name } of sampleBuyers.filter(({ isReturned }) => isReturned)) {
        await tell({ type: 'order.refunded', externalId, at: clock.now().toISOString() });
        terminal.say(
          `      day ${String(day).padStart(2)}  ${name} gives the order back: the rest is not sent`,
        );
      }
    }
    clock.advance(STEP_MS);
  }

  const returned = sampleBuyers.filter(({ isReturned }) => isReturned).map(({ name }) => name);
  const toReturned = (from: number, to: number): number =>
    arrived.slice(from, to).filter(({ buyer }) => returned.includes(buyer)).length;
  const of = (channel: Arrived['channel']): number =>
    arrived.filter(message => message.channel === channel).length;
  terminal.note('The clock stays put forward: who waits for the morning by SMS is written to by it');
  const days = Math.round((clock.now().getTime() - began.getTime()) / DAY_MS);
  terminal.done(
    `${count(of('email'))} mails and ${count(of('sms'))} SMS in ${count(days)} days of that clock`,
  );
  return {
    ...{ orders: sampleBuyers.length, mails: of('email'), sms: of('sms'), days },
    ...{ beforeRefund: toReturned(0, refundedAt), afterRefund: toReturned(refundedAt, Infinity) },
  };
}

async function prepare(
  api: ApiClient,
  senderId: string,
  offersTopicId: string,
): Promise<{ shop: Shop; sequenceId: string }> {
  const topics: string[] = [];
  for (const topic of sampleServiceTopics)
    topics.push((await api.post<Named>('/v1/topics', { ...topic, senderId })).id);
  const [transactional, service] = topics;
  await api.put(`/v1/senders/${senderId}/faq`, { entries: sampleFaq });
  const shop = await api.post<Shop>('/v1/shops', {
    ...{ name: 'Nakhla web shop', kind: 'generic', senderId, serviceTopicIds: topics },
    ...{ marketingTopicId: offersTopicId, refusalText: sampleRefusal, consentText: sampleConsent },
  });
  const { sequenceId } = await api.post<{ sequenceId: string }>(
    '/v1/sequences/ready-made/after-sales/install',
    {
      ...{ senderId, shopId: shop.id, topics: { transactional, service, marketing: offersTopicId } },
    },
  );
  await api.post(`/v1/sequences/${sequenceId}/start`);
  return { shop, sequenceId };
}

/** Waits until nobody has anything to do at this time of the clock. */
async function settled(api: ApiClient, sequenceId: string, clock: ShiftedClock): Promise<Way[]> {
  const { items } = await poll(
    () => api.get<{ items: Way[] }>(`/v1/enrolments?sequenceId=${sequenceId}`),
    view =>
      view.items.length === sampleBuyers.length &&
      // Within the next seconds what was sent is asked after.
      view.items.every(
        ({ lookAt }) => lookAt === null || Date.parse(lookAt) > clock.now().getTime() + 10_000,
      ),
  );
  return items;
}

/** What came to the buyers since the last look, oldest first. */
async function newMessages(
  { inbox, phone }: Program,
  seen: Set<string>,
  since: Date,
): Promise<Omit<Arrived, 'day'>[]> {
  const found: (Omit<Arrived, 'day'> & { id: string })[] = [];
  for (const mail of (await inbox?.list({ limit: 50 })) ?? []) {
    const buyer = sampleBuyers.find(
      ({ customer }) => customer.email !== undefined && mail.envelopeTo.includes(customer.email),
    );
    if (buyer) found.push({ id: `mail ${mail.id}`, buyer: buyer.name, channel: 'email', text: mail.subject });
  }
  for (const sms of phone?.list(50) ?? []) {
    const buyer = sampleBuyers.find(
      ({ customer }) => customer.phone === sms.to && Date.parse(sms.at) >= since.getTime(),
    );
    if (buyer)
      found.push({
        id: `sms ${sms.id}`,
        buyer: buyer.name,
        channel: 'sms',
        text: sms.text.replace(/\s+/g, ' '),
      });
  }
  return found
    .reverse()
    .filter(({ id }) => !seen.has(id) && seen.add(id))
    .map(({ id: _, ...message }) => message);
}
