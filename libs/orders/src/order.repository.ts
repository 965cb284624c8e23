import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest, storable } from '#database';
import { categoriesOf, type OrderFacts, type OrderOutcome } from './order-facts.js';
import { type Order } from './order.js';
import { type OrderDetails, type Refund } from './told-order.js';

/** An order with all that the next word may meet. */
export type KnownOrder = Order & OrderFacts;

/** What an order is to be, whole. */
export interface OrderRow {
  shopId: number;
  externalId: string;
  contactId: number | null;
  isForgotten: boolean;
  facts: OrderFacts;
  outcome: OrderOutcome;
  /** null: those that are there stay. */
  details: OrderDetails | null;
}

export interface OrderFilter {
  contactId?: number | undefined;
  shopId?: number | undefined;
  /** The shop's own id of it. */
  externalId?: string | undefined;
}

const ITEM = `jsonb_build_object('productId', i.product_id, 'sku', i.sku, 'name', i.name, 'category', i.category,
                'quantity', i.quantity, 'unitPrice', i.unit_price, 'url', i.url, 'replenishDays', i.replenish_days)`;
const COLUMNS = `
  o.id, o.shop_id AS "shopId", o.external_id AS "externalId", o.number, o.contact_id AS "contactId",
  o.is_forgotten AS "isForgotten", o.currency, o.total, o.refunded, o.categories, o.locale, o.url,
  o.placed_at AS "placedAt", o.fulfilled_at AS "fulfilledAt", o.cancelled_at AS "cancelledAt",
  o.refunded_at AS "refundedAt", o.told_at AS "toldAt", o.detailed_at AS "detailedAt", o.details_hash AS "detailsHash",
  o.cancellations, o.stood_at AS "stoodAt", o.created_at AS "createdAt", o.updated_at AS "updatedAt",
  COALESCE((SELECT jsonb_agg(${ITEM} ORDER BY i.seq) FROM shop_order_item i WHERE i.order_id = o.id), '[]') AS items,
  COALESCE((SELECT jsonb_agg(jsonb_build_object('externalId', r.external_id, 'amount', r.amount, 'at', r.refunded_at)
                             ORDER BY r.refunded_at, r.external_id)
              FROM shop_order_refund r WHERE r.order_id = o.id), '[]') AS refunds`;

@Injectable()
export class OrderRepository {
  constructor(private readonly db: Database) {}

  /** Whoever tells of the same order waits until the transaction ends, also while there is no row yet. */
  async lockTelling(shopId: number, externalId: string): Promise<void> {
    const key = `order ${shopId} ${externalId}`;
    await this.db.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
  }

  find(id: number): Promise<KnownOrder | null> {
    return this.#one('o.id = $1', [id]);
  }

  findTold(shopId: number, externalId: string): Promise<KnownOrder | null> {
    return this.#one('o.shop_id = $1 AND o.external_id = $2', [shopId, externalId]);
  }

  /** Holds it until the transaction ends. @returns whether its person is gone; null: there is no such order */
  async hold(id: number): Promise<boolean | null> {
    const row = await this.db.queryOne<{ isForgotten: boolean }>(
      'SELECT is_forgotten AS "isForgotten" FROM shop_order WHERE id = $1 FOR UPDATE',
      [id],
    );
    return row?.isForgotten ?? null;
  }

  async list(
    { limit, cursor }: PageRequest,
    { contactId, shopId, externalId }: OrderFilter,
  ): Promise<KnownOrder[]> {
    const rows = await this.db.query<KnownOrder>(
      `SELECT ${COLUMNS} FROM shop_order o
        WHERE o.id > $1 AND ($2::bigint IS NULL OR o.contact_id = $2) AND ($3::bigint IS NULL OR o.shop_id = $3)
          AND ($4::text IS NULL OR o.external_id = $4)
        ORDER BY o.id LIMIT $5`,
      [decodeCursor(cursor) ?? 0, contactId ?? null, shopId ?? null, externalId ?? null, limit + 1],
    );
    return rows.map(withDates);
  }

  /**
   * Writes an order whole: one statement sets its person and its times together, so that whatever watches the row sees no
   * half of it.
   */
  async save(row: OrderRow, now: Date): Promise<{ id: number; created: boolean }> {
    const { shopId, externalId, contactId, isForgotten, facts, outcome, details } = row;
    const saved = (await this.db.queryOne<{ id: number; created: boolean }>(
      `INSERT INTO shop_order AS o (shop_id, external_id, contact_id, is_forgotten, placed_at, fulfilled_at, cancelled_at,
              refunded, refunded_at, told_at, detailed_at, details_hash, cancellations, stood_at, number, currency, total,
              categories, locale, url, created_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $16, $17, $18, $19, $20, $21, $22, $22)
       ON CONFLICT (shop_id, external_id) DO UPDATE
          SET contact_id = excluded.contact_id, is_forgotten = excluded.is_forgotten, placed_at = excluded.placed_at,
              fulfilled_at = excluded.fulfilled_at, cancelled_at = excluded.cancelled_at, refunded = excluded.refunded,
              refunded_at = excluded.refunded_at, told_at = excluded.told_at, detailed_at = excluded.detailed_at,
              details_hash = excluded.details_hash, cancellations = excluded.cancellations, stood_at = excluded.stood_at,
              number = CASE WHEN $15::boolean THEN excluded.number ELSE o.number END,
              currency = CASE WHEN $15 THEN excluded.currency ELSE o.currency END,
              total = CASE WHEN $15 THEN excluded.total ELSE o.total END,
              categories = CASE WHEN $15 THEN excluded.categories ELSE o.categories END,
              locale = CASE WHEN $15 THEN excluded.locale ELSE o.locale END,
              url = CASE WHEN $15 THEN excluded.url ELSE o.url END,
              updated_at = excluded.updated_at
       RETURNING id, created_at = updated_at AND xmax = 0 AS created`,
      [
        ...[shopId, externalId, contactId, isForgotten, facts.placedAt, facts.fulfilledAt],
        ...[outcome.cancelledAt, outcome.refunded, outcome.refundedAt, facts.toldAt, facts.detailedAt],
        ...[facts.detailsHash, facts.cancellations, facts.stoodAt, details !== null],
        ...[details?.number ?? null, details?.currency ?? null, details?.total ?? null],
        ...[details ? categoriesOf(details) : [], details?.locale ?? null, details?.url ?? null, now],
      ],
    )) as { id: number; created: boolean };
    if (details) await this.#replaceItems(saved.id, details);
    await this.#saveRefunds(saved.id, facts.refunds);
    return saved;
  }

  async refreshFacts(contactIds: readonly number[]): Promise<void> {
    if (contactIds.length > 0) await this.db.query('SELECT refresh_purchase_facts($1)', [contactIds]);
  }

  async #replaceItems(orderId: number, { items }: OrderDetails): Promise<void> {
    await this.db.execute('DELETE FROM shop_order_item WHERE order_id = $1', [orderId]);
    await this.db.query(
      `INSERT INTO shop_order_item (order_id, seq, product_id, sku, name, category, quantity, unit_price, url, replenish_days)
       SELECT $1, at, i ->> 'productId', i ->> 'sku', i ->> 'name', i ->> 'category', (i ->> 'quantity')::integer,
              (i ->> 'unitPrice')::bigint, i ->> 'url', (i ->> 'replenishDays')::integer
         FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS given (i, at)`,
      [
        orderId,
        JSON.stringify(items, (_, value: unknown) => (typeof value === 'string' ? storable(value) : value)),
      ],
    );
  }

  async #saveRefunds(orderId: number, refunds: readonly Refund[]): Promise<void> {
    if (refunds.length === 0) return;
    await this.db.query(
      `INSERT INTO shop_order_refund AS r (order_id, external_id, amount, refunded_at)
       SELECT $1, external_id, amount, refunded_at
         FROM unnest($2::text[], $3::bigint[], $4::timestamptz[]) AS told (external_id, amount, refunded_at)
       ON CONFLICT (order_id, external_id) DO UPDATE SET amount = excluded.amount, refunded_at = excluded.refunded_at
        WHERE (r.amount, r.refunded_at) IS DISTINCT FROM (excluded.amount, excluded.refunded_at)`,
      [
        orderId,
        refunds.map(one => one.externalId),
        refunds.map(one => one.amount),
        refunds.map(one => one.at),
      ],
    );
  }

  async #one(condition: string, parameters: unknown[]): Promise<KnownOrder | null> {
    const row = await this.db.queryOne<KnownOrder>(
      `SELECT ${COLUMNS} FROM shop_order o WHERE ${condition}`,
      parameters,
    );
    return row && withDates(row);
  }
}

/** Times within JSON come as text. */
function withDates(order: KnownOrder): KnownOrder {
  return { ...order, refunds: order.refunds.map(refund => ({ ...refund, at: new Date(refund.at) })) };
}
