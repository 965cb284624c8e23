import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest, storable } from '#database';
import { categoriesOf, detailsText, type OrderFacts, type OrderOutcome, refundsOf } from './order-facts.js';
import { type Order } from './order.js';
import { type SignedBody } from './signed-body.js';
import { type AddressHashes } from './told-addresses.js';
import { type OrderDetails } from './told-order.js';

/** An order with all that the next word may meet. */
export type KnownOrder = Order & OrderFacts & { toldHashes: AddressHashes };

/** What an order is to be, whole. */
export interface OrderRow {
  shopId: number;
  externalId: string;
  contactId: number | null;
  isForgotten: boolean;
  /** null: those that are there stay. */
  toldHashes: AddressHashes | null;
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
                'quantity', i.quantity, 'unitPrice', i.unit_price::text, 'url', i.url, 'replenishDays', i.replenish_days)`;
const COLUMNS = `
  o.id, o.shop_id AS "shopId", o.external_id AS "externalId", o.number, o.contact_id AS "contactId",
  o.is_forgotten AS "isForgotten", o.currency, o.total::text, o.refunded::text, o.categories, o.locale, o.url,
  o.placed_at AS "placedAt", o.known_at AS "knownAt", o.fulfilled_at AS "fulfilledAt", o.cancelled_at AS "cancelledAt",
  o.refunded_at AS "refundedAt", o.told_at AS "toldAt", o.detailed_at AS "detailedAt", o.details_hash AS "detailsHash",
  o.cancellations, o.stood_at AS "stoodAt", o.kept_at AS "keptAt", o.told_email_hash AS "toldEmailHash",
  o.told_phone_hash AS "toldPhoneHash", o.created_at AS "createdAt", o.updated_at AS "updatedAt",
  COALESCE((SELECT jsonb_agg(${ITEM} ORDER BY i.seq) FROM shop_order_item i WHERE i.order_id = o.id), '[]') AS items,
  COALESCE((SELECT jsonb_agg(jsonb_build_object('externalId', r.external_id, 'amount', r.amount::text, 'at', r.refunded_at,
                               'toldAt', r.told_at, 'withdrawnAt', r.withdrawn_at) ORDER BY r.refunded_at, r.external_id)
              FROM shop_order_refund r WHERE r.order_id = o.id), '[]') AS "refundFacts"`;

/** As the driver gives it: large amounts, and times within JSON, are texts. */
interface Row extends Omit<
  KnownOrder,
  'total' | 'refunded' | 'items' | 'refundFacts' | 'refunds' | 'toldHashes'
> {
  total: string | null;
  refunded: string;
  toldEmailHash: Buffer | null;
  toldPhoneHash: Buffer | null;
  items: (Omit<Order['items'][number], 'unitPrice'> & { unitPrice: string | null })[];
  refundFacts: Record<'externalId' | 'amount' | 'at' | 'toldAt' | 'withdrawnAt', string | null>[];
}

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
    const rows = await this.db.query<Row>(
      `SELECT ${COLUMNS} FROM shop_order o
        WHERE o.id > $1 AND ($2::bigint IS NULL OR o.contact_id = $2) AND ($3::bigint IS NULL OR o.shop_id = $3)
          AND ($4::text IS NULL OR o.external_id = $4)
        ORDER BY o.id LIMIT $5`,
      [decodeCursor(cursor) ?? 0, contactId ?? null, shopId ?? null, externalId ?? null, limit + 1],
    );
    return rows.map(toOrder);
  }

  /**
   * Writes an order whole: one statement sets its person and its times together, so that whatever watches the row sees no
   * half of it.
   */
  async save(row: OrderRow, now: Date): Promise<{ id: number; created: boolean }> {
    const { shopId, externalId, contactId, isForgotten, facts, outcome, details, toldHashes } = row;
    const knownAt = contactId !== null && facts.placedAt !== null ? now : null;
    const saved = (await this.db.queryOne<{ id: number; created: boolean }>(
      `INSERT INTO shop_order AS o (shop_id, external_id, contact_id, is_forgotten, placed_at, fulfilled_at, cancelled_at,
              refunded, refunded_at, told_at, detailed_at, details_hash, cancellations, stood_at, number, currency, total,
              categories, locale, url, created_at, updated_at, known_at, kept_at, told_email_hash, told_phone_hash)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $16, $17, $18, $19, $20, $21, $22, $22, $23, $24,
               $25, $26)
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
              updated_at = excluded.updated_at,
              known_at = COALESCE(o.known_at, excluded.known_at), kept_at = excluded.kept_at,
              told_email_hash = CASE WHEN $27::boolean THEN excluded.told_email_hash ELSE o.told_email_hash END,
              told_phone_hash = CASE WHEN $27 THEN excluded.told_phone_hash ELSE o.told_phone_hash END
       RETURNING id, created_at = updated_at AND xmax = 0 AS created`,
      [
        ...[shopId, externalId, contactId, isForgotten, facts.placedAt, facts.fulfilledAt],
        ...[outcome.cancelledAt, outcome.refunded, outcome.refundedAt, facts.toldAt, facts.detailedAt],
        ...[facts.detailsHash, facts.cancellations, facts.stoodAt, details !== null],
        ...[details?.number ?? null, details?.currency ?? null, details?.total ?? null],
        ...[details ? categoriesOf(details) : [], details?.locale ?? null, details?.url ?? null, now],
        ...[knownAt, facts.keptAt, toldHashes?.email ?? null, toldHashes?.phone ?? null, toldHashes !== null],
      ],
    )) as { id: number; created: boolean };
    if (details) await this.#replaceItems(saved.id, details);
    await this.#saveRefunds(saved.id, facts.refundFacts);
    return saved;
  }

  async refreshFacts(contactIds: readonly number[]): Promise<void> {
    if (contactIds.length > 0) await this.db.query('SELECT refresh_purchase_facts($1)', [contactIds]);
  }

  /** The order that a body told of which was taken before; null: none was. */
  async takenAs(shopId: number, digest: Buffer): Promise<number | null> {
    const row = await this.db.queryOne<{ id: number }>(
      'SELECT order_id AS id FROM shop_word WHERE shop_id = $1 AND digest = $2',
      [shopId, digest],
    );
    return row?.id ?? null;
  }

  async keepTaken(
    shopId: number,
    orderId: number,
    { digest, keptUntil }: SignedBody,
    now: Date,
  ): Promise<void> {
    await this.db.query(
      'INSERT INTO shop_word (shop_id, digest, order_id, taken_at, kept_until) VALUES ($1, $2, $3, $4, $5)',
      [shopId, digest, orderId, now, keptUntil],
    );
  }

  /** @returns how many were forgotten */
  async forgetTaken(now: Date): Promise<number> {
    return this.db.execute('DELETE FROM shop_word WHERE kept_until <= $1', [now]);
  }

  async #replaceItems(orderId: number, { items }: OrderDetails): Promise<void> {
    await this.db.execute('DELETE FROM shop_order_item WHERE order_id = $1', [orderId]);
    await this.db.query(
      `INSERT INTO shop_order_item (order_id, seq, product_id, sku, name, category, quantity, unit_price, url, replenish_days)
       SELECT $1, at, i ->> 'productId', i ->> 'sku', i ->> 'name', i ->> 'category', (i ->> 'quantity')::integer,
              (i ->> 'unitPrice')::bigint, i ->> 'url', (i ->> 'replenishDays')::integer
         FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS given (i, at)`,
      [orderId, detailsText(items.map(item => storableItem(item)))],
    );
  }

  async #saveRefunds(orderId: number, refunds: OrderFacts['refundFacts']): Promise<void> {
    if (refunds.length === 0) return;
    await this.db.query(
      `INSERT INTO shop_order_refund AS r (order_id, external_id, amount, refunded_at, told_at, withdrawn_at)
       SELECT $1, told.* FROM unnest($2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[]) AS told
       ON CONFLICT (order_id, external_id) DO UPDATE SET amount = excluded.amount, refunded_at = excluded.refunded_at,
              told_at = excluded.told_at, withdrawn_at = excluded.withdrawn_at
        WHERE (r.amount, r.refunded_at, r.told_at, r.withdrawn_at)
              IS DISTINCT FROM (excluded.amount, excluded.refunded_at, excluded.told_at, excluded.withdrawn_at)`,
      [
        orderId,
        refunds.map(one => one.externalId),
        refunds.map(one => one.amount?.toString() ?? null),
        ...[refunds.map(one => one.at), refunds.map(one => one.toldAt), refunds.map(one => one.withdrawnAt)],
      ],
    );
  }

  async #one(condition: string, parameters: unknown[]): Promise<KnownOrder | null> {
    const row = await this.db.queryOne<Row>(
      `SELECT ${COLUMNS} FROM shop_order o WHERE ${condition}`,
      parameters,
    );
    return row && toOrder(row);
  }
}

function toOrder({ toldEmailHash, toldPhoneHash, ...row }: Row): KnownOrder {
  const refundFacts = row.refundFacts.map(({ externalId, amount, at, toldAt, withdrawnAt }) => ({
    ...{ externalId: externalId ?? '', amount: toMicros(amount) },
    ...{ at: toDate(at), toldAt: toDate(toldAt), withdrawnAt: toDate(withdrawnAt) },
  }));
  return {
    ...row,
    ...{ total: toMicros(row.total), refunded: BigInt(row.refunded), refundFacts },
    items: row.items.map(item => ({ ...item, unitPrice: toMicros(item.unitPrice) })),
    refunds: refundsOf({ ...row, refundFacts }),
    toldHashes: { email: toldEmailHash, phone: toldPhoneHash },
  };
}

function toMicros(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}

function toDate(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

function storableItem(item: OrderDetails['items'][number]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => [key, typeof value === 'string' ? storable(value) : value]),
  );
}
