import { type OrderItem, type Refund } from './told-order.js';

/** An order as it stands. Amounts in millionths of its currency. */
export interface Order {
  id: number;
  shopId: number;
  /** The shop's own id of it. */
  externalId: string;
  number: string | null;
  /** null: nobody was told of, or the person is gone. */
  contactId: number | null;
  /** Of a person who is gone: what the shop still tells brings nobody back. */
  isForgotten: boolean;
  currency: string | null;
  total: bigint | null;
  /** What was given back in all. */
  refunded: bigint;
  categories: string[];
  locale: string | null;
  url: string | null;
  /** null: not placed, or only a later part of it was told yet. */
  placedAt: Date | null;
  fulfilledAt: Date | null;
  cancelledAt: Date | null;
  /** When all of it was given back. */
  refundedAt: Date | null;
  /** When, by our clock, it first was both placed and somebody's here; it stays. */
  knownAt: Date | null;
  /** The newest moment the shop told of. */
  toldAt: Date;
  createdAt: Date;
  updatedAt: Date;
  items: OrderItem[];
  refunds: Refund[];
}
