import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type FactName, type MessageSubject } from './message-subject.js';

/** As JSON has it: times are texts. */
type Row = { contactId: number } & Record<FactName, Record<string, unknown> | null>;

/** Which order and event messages are about. */
export type SubjectOf =
  /** Those that a dispatch was told of when each person was added to it. */
  | { dispatchId: number }
  /** Their newest: for a preview or a test, as somebody who would get such a message. */
  | 'newest'
  /** None: a message of a campaign. */
  | 'nothing';

/** Loads what messages are about: for a batch in one statement, and of what is named alone. */
@Injectable()
export class MessageSubjectRepository {
  constructor(private readonly db: Database) {}

  async load(
    facts: ReadonlySet<FactName>,
    contactIds: readonly number[],
    of: SubjectOf,
    now: Date,
  ): Promise<Map<number, MessageSubject>> {
    const parameters: unknown[] = [contactIds];
    const placeholder = (value: unknown): string => `$${parameters.push(value)}`;
    const has = (fact: FactName): boolean => facts.has(fact);
    const joins =
      typeof of === 'object' && (has('order') || has('event'))
        ? [
            `LEFT JOIN dispatch_person d ON d.dispatch_id = ${placeholder(of.dispatchId)}::bigint AND d.contact_id = k.id`,
          ]
        : [];
    const columns = [
      has('purchases') ? `${PURCHASES(placeholder(now))} AS purchases` : 'NULL AS purchases',
      has('order') && of !== 'nothing' ? `${ORDER(idOf(of, 'order'))} AS "order"` : 'NULL AS "order"',
      has('event') && of !== 'nothing' ? `${EVENT(idOf(of, 'event'))} AS event` : 'NULL AS event',
    ];
    const rows = await this.db.query<Row>(
      `SELECT k.id AS "contactId", ${columns.join(', ')} FROM unnest($1::bigint[]) AS k (id) ${joins.join(' ')}`,
      parameters,
    );
    return new Map(rows.map(row => [row.contactId, toSubject(row)]));
  }
}

function idOf(of: Exclude<SubjectOf, 'nothing'>, fact: 'order' | 'event'): string {
  if (of !== 'newest') return `d.${fact}_id`;
  return fact === 'order'
    ? `(SELECT id FROM shop_order WHERE contact_id = k.id AND placed_at IS NOT NULL ORDER BY placed_at DESC, id DESC LIMIT 1)`
    : `(SELECT id FROM person_event WHERE contact_id = k.id ORDER BY id DESC LIMIT 1)`;
}

/** Of everybody: who never bought has a count of 0. Orders are looked up for those alone who have some. */
const PURCHASES = (now: string): string => `COALESCE(
  (SELECT jsonb_build_object('count', p.count, 'firstAt', p.first_at, 'lastAt', p.last_at, 'categories', p.categories,
            'daysSinceLast', GREATEST(floor(extract(epoch FROM ${now}::timestamptz - p.last_at) / 86400), 0),
            'currency', (SELECT o.currency FROM shop_order o
                          WHERE o.contact_id = p.contact_id AND o.currency IS NOT NULL AND ${COUNTS}
                          ORDER BY o.placed_at DESC, o.id DESC LIMIT 1),
            'spent', COALESCE((SELECT jsonb_object_agg(s.currency, jsonb_build_object('total', s.total, 'orders', s.orders))
                        FROM (SELECT o.currency, sum(o.total - LEAST(o.refunded, o.total)) AS total, count(*) AS orders
                                FROM shop_order o
                               WHERE o.contact_id = p.contact_id AND o.currency IS NOT NULL AND ${COUNTS}
                               GROUP BY o.currency) s), '{}'))
     FROM purchase_facts p WHERE p.contact_id = k.id),
  '{"count": 0, "firstAt": null, "lastAt": null, "categories": [], "daysSinceLast": null, "currency": null, "spent": {}}')`;

/** As the facts count: what was cancelled or given back whole is none. */
const COUNTS = `o.placed_at IS NOT NULL AND o.cancelled_at IS NULL AND o.refunded_at IS NULL`;

/** Of the person themselves, whatever number stands there: nobody is told of another's order. */
const ORDER = (id: string): string => `(
  SELECT jsonb_build_object('number', COALESCE(o.number, o.external_id), 'placedAt', o.placed_at, 'currency', o.currency,
           'total', o.total, 'url', o.url,
           'items', COALESCE((SELECT jsonb_agg(jsonb_build_object('name', i.name, 'quantity', i.quantity,
                                 'price', i.unit_price, 'category', i.category, 'url', i.url) ORDER BY i.seq)
                       FROM shop_order_item i WHERE i.order_id = o.id), '[]'))
    FROM shop_order o WHERE o.id = ${id} AND o.contact_id = k.id)`;

const EVENT = (id: string): string => `(
  SELECT jsonb_build_object('name', e.name, 'occurredAt', e.occurred_at, 'data', e.data)
    FROM person_event e WHERE e.id = ${id} AND e.contact_id = k.id)`;

function toSubject({ purchases, order, event }: Row): MessageSubject {
  return {
    purchases: dated(purchases, 'firstAt', 'lastAt') as unknown as MessageSubject['purchases'],
    order: dated(order, 'placedAt') as unknown as MessageSubject['order'],
    event: dated(event, 'occurredAt') as unknown as MessageSubject['event'],
  };
}

function dated(facts: Record<string, unknown> | null, ...times: string[]): Record<string, unknown> | null {
  if (facts === null) return null;
  const made = times.map(time => [time, facts[time] === null ? null : new Date(String(facts[time]))]);
  return { ...facts, ...Object.fromEntries(made) };
}
