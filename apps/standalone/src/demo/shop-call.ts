import { createHmac, randomUUID } from 'node:crypto';

/** Calls a shop's webhook as the shop does: signed by Standard Webhooks 1.0, over the bytes that are sent. */
export async function callShopWebhook(
  url: string,
  secret: string,
  body: Readonly<Record<string, unknown>>,
  now: Date,
): Promise<void> {
  const text = JSON.stringify(body);
  const id = `msg_${randomUUID()}`;
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${text}`).digest('base64');
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...{ 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` },
    },
    body: text,
  });
  if (!response.ok)
    throw new Error(`The shop's webhook answered ${response.status}: ${await response.text()}`);
}
