import { type ContactInput } from '#contacts';

/** A line of an order. */
export interface OrderItem {
  productId: string | null;
  sku: string | null;
  name: string;
  category: string | null;
  quantity: number;
  /** In millionths of the order's currency; null: none that can be read, as of a line that lowers the total. */
  unitPrice: bigint | null;
  url: string | null;
  /** How many days it lasts until it is needed again; null: it is not used up, or nobody says. */
  replenishDays: number | null;
}

/** As shops write it: a whole number of days, up to ten years; anything else says nothing. */
export function toReplenishDays(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,3}$/.test(text) && Number(text) <= 3650 ? Number(text) : null;
}

/** What an order consists of, as of one moment; a newer telling replaces all of it. */
export interface OrderDetails {
  /** As people read it: `#1001`. */
  number: string | null;
  /** ISO 4217. */
  currency: string;
  /** In millionths. */
  total: bigint;
  items: OrderItem[];
  /** BCP 47: the language it was bought in. */
  locale: string | null;
  /** Where the customer sees it. */
  url: string | null;
}

/** Money that went back. */
export interface Refund {
  /** The shop's own id of it: told twice, it happened once. */
  externalId: string;
  /** In millionths; null: all there was. */
  amount: bigint | null;
  at: Date;
}

/** What the shop says of the choice its customer had. What it does not say is nothing. */
export interface ToldMarketing {
  /** That a refusal of offers was offered at the checkout. */
  refusalOffered: boolean;
  /** What the person answered; null: not told. */
  refused: boolean | null;
  /** The wording of the offer; null: the shop's own. */
  refusalText: string | null;
  /** Boxes that were ticked; `at`: when, null: not told. */
  ticked: { channel: 'email' | 'sms'; at: Date | null }[];
}

/** One word of a shop about an order. Null says nothing: it takes nothing back. */
export interface ToldOrder {
  /** The shop's own id of the order. */
  externalId: string;
  /** Of when this word is, by the shop's clock. */
  toldAt: Date;
  details: OrderDetails | null;
  /** When the customer began it: went through the checkout, where they made their choices. It may be paid for later. */
  begunAt: Date | null;
  /** When it became a purchase. */
  placedAt: Date | null;
  fulfilledAt: Date | null;
  cancelledAt: Date | null;
  /** Whether the word says that the order is not cancelled (any more). */
  stands: boolean;
  refunds: Refund[];
  /** Ids of refunds that did not happen after all. */
  withdrawnRefunds: string[];
  /** Whether the word says that not all of it was given back (any more). */
  keeps: boolean;
  customer: ContactInput | null;
  marketing: ToldMarketing | null;
}

/** A word that says nothing yet. */
export function nothingTold(externalId: string, toldAt: Date): ToldOrder {
  return {
    ...{ externalId, toldAt, details: null, begunAt: null, placedAt: null, fulfilledAt: null },
    ...{ cancelledAt: null, stands: false, refunds: [], withdrawnRefunds: [], keeps: false },
    ...{ customer: null, marketing: null },
  };
}
