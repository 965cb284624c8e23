import { refundWord, shopEventPayload, shopEventTypes, toToldOrder } from './order-payload.js';
import { type ReadWebhook } from './read-webhook.js';
import { webhookUnreadable } from './shop.errors.js';
import { nothingTold } from './told-order.js';

/** The webhook of a shop that speaks our own words: the order as the API takes it, with a type. */
export const readGeneric: ReadWebhook = ({ body, now }) => {
  if (!shopEventTypes.includes(body.at('type').required())) return null;
  const read = shopEventPayload.safeParse(body.raw);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw webhookUnreadable(`${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim().slice(0, 300));
  }
  const event = read.data;
  if (event.type === 'order.placed') return toToldOrder(event, now);
  const at = new Date(event.at);
  const word = nothingTold(event.externalId, at);
  switch (event.type) {
    case 'order.fulfilled':
      return { ...word, fulfilledAt: at };
    case 'order.cancelled':
      return { ...word, cancelledAt: at };
    case 'order.refunded':
      return { ...word, ...refundWord(event, at, event.at) };
  }
};
