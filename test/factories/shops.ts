import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ShopKind } from '#orders';
import { type Answer, type TestApi } from './api.js';

/** A shop that tells of its orders, as one of each kind would call. */

export const SHOP_SECRET = 'a-secret-that-the-shop-chose';

export const corpus = (name: string): any =>
  JSON.parse(readFileSync(new URL(`../corpus/shops/${name}.json`, import.meta.url), 'utf8'));

export interface TestShop {
  id: string;
  kind: ShopKind;
  secret: string;
  senderId: string;
  serviceTopicId: string;
  receiptTopicId: string;
  marketingTopicId: string;
}

let shops = 0;

export async function made(api: TestApi, path: string, body: unknown): Promise<any> {
  const answer = await api.request('POST', path, body);
  if (answer.status !== 201) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
  return answer.body;
}

/** A shop with a topic for service, one for receipts and one for offers, its refusal and its box in both languages. */
export async function addWebShop(
  api: TestApi,
  kind: ShopKind = 'generic',
  more: Record<string, unknown> = {},
): Promise<TestShop> {
  const n = ++shops;
  const sender = await made(api, '/v1/senders', {
    ...{ key: `web-${n}`, legalName: 'Nakheel LLC', contactEmail: 'care@nakheel.example' },
    ...{
      privacyUrl: 'https://nakheel.example/privacy',
      fromName: 'Nakheel',
      fromEmail: 'hi@nakheel.example',
    },
  });
  const topic = async (key: string, purpose: string): Promise<string> =>
    (await made(api, '/v1/topics', { senderId: sender.id, key, purpose, name: { en: key, ar: key } })).id;
  const serviceTopicId = await topic('care', 'service');
  const receiptTopicId = await topic('receipts', 'transactional');
  const marketingTopicId = await topic('offers', 'marketing');
  // Its checkout has shown the same since long before the orders that are told of it.
  const now = api.clock.now();
  api.clock.set('2026-01-01T00:00:00Z');
  const shop = await made(api, '/v1/shops', {
    ...{ name: `Shop ${n}`, kind, senderId: sender.id, marketingTopicId },
    serviceTopicIds: [serviceTopicId, receiptTopicId],
    refusalText: { en: 'No offers of similar products, please', ar: 'لا أرغب في عروض منتجات مشابهة' },
    consentText: { en: 'Yes, send me offers', ar: 'نعم، أرسلوا لي العروض' },
    ...(kind === 'generic' ? {} : { secret: SHOP_SECRET }),
    ...more,
  });
  api.clock.set(now);
  const secret = kind === 'generic' ? shop.secret : SHOP_SECRET;
  return { id: shop.id, kind, secret, senderId: sender.id, serviceTopicId, receiptTopicId, marketingTopicId };
}

/** A call of the shop's, signed as its kind does. `bytes` are what is sent, `headers` go over what is meant. */
export function callOf(
  api: TestApi,
  shop: TestShop,
  body: unknown,
  topic = '',
  headers: Record<string, string> = {},
): Promise<Answer> {
  const bytes = typeof body === 'string' ? body : JSON.stringify(body);
  const signed = { ...headersOf(api, shop, bytes, topic), ...headers };
  return api.request('POST', `/webhooks/shops/${shop.id}`, bytes, {
    ...{ 'content-type': 'application/json', authorization: '' },
    ...signed,
  });
}

function headersOf(api: TestApi, shop: TestShop, bytes: string, topic: string): Record<string, string> {
  const mac = (text: string, secret: string | Buffer = shop.secret) =>
    createHmac('sha256', secret).update(text);
  const now = api.clock.now();
  switch (shop.kind) {
    case 'shopify':
      return {
        'x-shopify-topic': topic,
        'x-shopify-hmac-sha256': mac(bytes).digest('base64'),
        'x-shopify-triggered-at': now.toISOString(),
        'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
      };
    case 'woocommerce':
      return { 'x-wc-webhook-topic': topic, 'x-wc-webhook-signature': mac(bytes).digest('base64') };
    case 'salla':
      return { 'x-salla-security-strategy': 'Signature', 'x-salla-signature': mac(bytes).digest('hex') };
    case 'generic': {
      const time = String(Math.floor(now.getTime() / 1000));
      const key = Buffer.from(shop.secret.slice('whsec_'.length), 'base64');
      const signature = mac(`evt_1.${time}.${bytes}`, key).digest('base64');
      return { 'webhook-id': 'evt_1', 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` };
    }
  }
}

/** An order as the API takes it. */
export const orderBody = (more: Record<string, unknown> = {}): Record<string, any> => ({
  externalId: 'A-1',
  placedAt: '2026-11-20T09:00:00Z',
  toldAt: '2026-11-20T09:00:00Z',
  total: { amount: '120.00', currency: 'SAR' },
  items: [{ name: 'Ajwa dates', category: 'dates', quantity: 2, unitPrice: '60.00' }],
  customer: { email: 'mona@example.com', firstName: 'Mona', country: 'SA' },
  ...more,
});
