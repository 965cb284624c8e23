import { formatAmount, formatId } from '#common';
import { type Order } from '#orders';
import { type OrderView } from './orders.schemas.js';

export function toOrderView(order: Order): OrderView {
  const { currency, total, placedAt, fulfilledAt, cancelledAt, refundedAt } = order;
  return {
    id: formatId('order', order.id),
    shopId: formatId('shop', order.shopId),
    externalId: order.externalId,
    number: order.number,
    contactId: order.contactId === null ? null : formatId('contact', order.contactId),
    isForgotten: order.isForgotten,
    total: total === null || currency === null ? null : { amount: formatAmount(total), currency },
    refunded: formatAmount(order.refunded),
    ...{ categories: order.categories, locale: order.locale, url: order.url },
    placedAt: placedAt?.toISOString() ?? null,
    knownAt: order.knownAt?.toISOString() ?? null,
    fulfilledAt: fulfilledAt?.toISOString() ?? null,
    cancelledAt: cancelledAt?.toISOString() ?? null,
    refundedAt: refundedAt?.toISOString() ?? null,
    toldAt: order.toldAt.toISOString(),
    items: order.items.map(item => ({
      ...item,
      unitPrice: item.unitPrice === null ? null : formatAmount(item.unitPrice),
    })),
    refunds: order.refunds.map(({ externalId, amount, at }) => ({
      refundId: externalId,
      amount: amount === null ? null : formatAmount(amount),
      at: at.toISOString(),
    })),
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  };
}
