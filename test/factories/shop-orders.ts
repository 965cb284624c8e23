import { createHmac } from 'node:crypto';
import { type Answer } from './api.js';
import { queues, type TestSystem } from './system.js';

export { queues };

/** A generic shop and its secret, made through the API. */
export interface WebShop {
  id: string;
  senderId: string;
  offers: string;
  service: string;
  /** Tells something as the shop's webhook does: signed, with the time of the attempt. */
  tell(body: Record<string, unknown>, messageId?: string): Promise<Answer>;
}

let shops = 0;

/** A sender with topics for offers and for service, and a shop that tells of its orders. */
export async function addWebShop(system: TestSystem): Promise<WebShop> {
  const n = ++shops;
  const made = async (path: string, body: unknown): Promise<Record<string, string>> => {
    const answer = await system.request('POST', path, body);
    if (answer.status !== 201) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    return answer.body as Record<string, string>;
  };
  const { id: senderId = '' } = await made('/v1/senders', {
    ...{ key: `web-${n}`, legalName: 'Nakheel Trading Company LLC', tradingName: 'Nakheel Market' },
    ...{ registrationNumber: '1010123456', registrationPlace: 'Commercial Register, Riyadh' },
    ...{ registeredAddress: '12 Olaya Street, Riyadh 12211', contactEmail: 'care@nakheel.example' },
    ...{ privacyUrl: 'https://nakheel.example/privacy', country: 'GB', timeZone: 'Europe/London' },
    ...{ fromName: 'Nakheel Market', fromEmail: 'news@mail.nakheel.example' },
  });
  const topic = async (key: string, purpose: string): Promise<string> =>
    (await made('/v1/topics', { senderId, key, purpose, name: { en: key, ar: key } }))['id'] ?? '';
  const offers = await topic('offers', 'marketing');
  const service = await topic('service', 'service');
  const { id = '', secret = '' } = await made('/v1/shops', {
    ...{
      name: `Web shop ${n}`,
      kind: 'generic',
      senderId,
      serviceTopicIds: [service],
      marketingTopicId: offers,
    },
    refusalText: { en: 'No offers of similar products, please.', ar: 'لا أريد عروضًا لمنتجات مشابهة.' },
  });
  let messages = 0;
  return {
    ...{ id, senderId, offers, service },
    tell: (body, messageId = `msg_${n}_${++messages}`) => {
      const text = JSON.stringify(body);
      const timestamp = String(Math.floor(system.clock.now().getTime() / 1000));
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      const mac = createHmac('sha256', key).update(`${messageId}.${timestamp}.${text}`).digest('base64');
      return system.request('POST', `/webhooks/shops/${id}`, text, {
        ...{ 'content-type': 'application/json', 'webhook-id': messageId },
        ...{ 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` },
      });
    },
  };
}

let orders = 0;

/** An order as a shop tells it. */
export function orderOf(
  email: string,
  at: Date,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    ...{
      type: 'order.placed',
      externalId: `order-${++orders}`,
      placedAt: at.toISOString(),
      toldAt: at.toISOString(),
    },
    locale: 'en',
    total: { amount: '129.00', currency: 'GBP' },
    items: [{ name: 'Running shoes', category: 'shoes', quantity: 1, unitPrice: '129.00' }],
    customer: { email, firstName: 'Layla', locale: 'en', country: 'GB' },
    ...more,
  };
}
