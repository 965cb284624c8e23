import { type Locale } from '#common';
import { type MessageSubject, type OrderFacts, type PurchaseFacts } from './message-subject.js';
import { LocalDate, Money } from './written-values.js';

/** How a message writes amounts and days. */
export interface Manner {
  locale: Locale;
  /** The sender's. */
  timeZone: string;
}

/** What an author's Liquid can name of what a message is about; what there is nothing of is empty. */
export function subjectScope(
  { purchases, order, event }: MessageSubject,
  manner: Manner,
): Record<string, unknown> {
  return {
    purchases: purchases && purchasesScope(purchases, manner),
    order: order && orderScope(order, manner),
    event: event && {
      name: event.name,
      occurredAt: day(event.occurredAt, manner),
      data: event.data,
    },
  };
}

function purchasesScope(facts: PurchaseFacts, manner: Manner): Record<string, unknown> {
  const spent = Object.entries(facts.spent);
  const totals = Object.fromEntries(spent.map(([code, { total }]) => [code, money(total, code, manner)]));
  const averages = Object.fromEntries(
    spent.map(([code, { total, orders }]) => [
      code,
      orders === 0 ? null : money(total / orders, code, manner),
    ]),
  );
  const { count, daysSinceLast, categories, currency } = facts;
  return {
    ...{ count, daysSinceLast, categories, totals, averages },
    firstAt: day(facts.firstAt, manner),
    lastAt: day(facts.lastAt, manner),
    total: currency === null ? null : totals[currency],
    average: currency === null ? null : averages[currency],
  };
}

function orderScope(order: OrderFacts, manner: Manner): Record<string, unknown> {
  const { number, url, currency } = order;
  return {
    ...{ number, url, currency },
    placedAt: day(order.placedAt, manner),
    total: money(order.total, currency, manner),
    items: order.items.map(({ name, quantity, price, category, url: link }) => ({
      ...{ name, quantity, category, url: link },
      price: money(price, currency, manner),
    })),
  };
}

/** A currency is of ISO 4217 by its form; one that Intl does not know shows as its code. */
function money(micros: number | null, currency: string | null, { locale }: Manner): Money | null {
  return micros === null || currency === null ? null : new Money(micros, currency, locale);
}

function day(at: Date | null, { locale, timeZone }: Manner): LocalDate | null {
  return at === null ? null : new LocalDate(at, timeZone, locale);
}
