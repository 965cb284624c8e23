/**
 * What a message may be about besides its person: what they bought, the order or the event that it belongs to. A template
 * that names none of it is rendered without any.
 */
export interface MessageSubject {
  purchases: PurchaseFacts | null;
  /** null: the message belongs to no order. */
  order: OrderFacts | null;
  event: EventFacts | null;
}

/** What a person's orders amount to; of somebody who never bought the count is 0 and the rest is empty. Amounts are in millionths. */
export interface PurchaseFacts {
  count: number;
  firstAt: Date | null;
  lastAt: Date | null;
  /** Whole days. */
  daysSinceLast: number | null;
  categories: readonly string[];
  /** By currency: what was spent, and in how many orders. */
  spent: Readonly<Record<string, { total: number; orders: number }>>;
  /** That of the last order. */
  currency: string | null;
}

export interface OrderFacts {
  number: string | null;
  placedAt: Date | null;
  currency: string | null;
  total: number | null;
  url: string | null;
  items: readonly OrderItemFacts[];
}

export interface OrderItemFacts {
  name: string;
  quantity: number;
  /** Of one. */
  price: number | null;
  category: string | null;
  url: string | null;
}

export interface EventFacts {
  name: string;
  occurredAt: Date;
  data: Readonly<Record<string, unknown>>;
}

export const factNames = ['purchases', 'order', 'event'] as const;
export type FactName = (typeof factNames)[number];

export const noSubject: MessageSubject = { purchases: null, order: null, event: null };

const liquid = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;
/** Texts inside Liquid; not `['order']`, which is another way to name a variable. */
const literal = /(?<!\[\s*)(?:'[^']*'|"[^"]*")/g;
const named = new RegExp(String.raw`(?<![\w.-])(${factNames.join('|')})(?![\w-])`, 'g');

/**
 * Which of these the Liquid of some texts names. One too many costs a query that nobody needed; none is missed, because a
 * variable is always written out.
 */
export function factsIn(sources: readonly (string | undefined)[]): ReadonlySet<FactName> {
  const found = new Set<FactName>();
  for (const source of sources) {
    for (const [piece] of (source ?? '').matchAll(liquid)) {
      for (const [, name] of piece.replace(literal, ' ').matchAll(named)) found.add(name as FactName);
    }
  }
  return found;
}
