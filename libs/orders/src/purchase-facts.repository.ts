import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type PurchaseFacts, type PurchaseScale } from './purchase-facts.js';

/** Amounts as text: a sum of many orders may be beyond what a number of JavaScript counts exactly. */
type FactsRow = Omit<PurchaseFacts, 'scores' | 'totals'> &
  Record<'recency' | 'frequency' | 'value', number | null> & {
    totals: { currency: string; total: string; average: string; count: number }[];
  };

const DAYS_SINCE_LAST = `GREATEST(0, extract(epoch FROM $2::timestamptz - p.last_at) / 86400)`;

@Injectable()
export class PurchaseFactsRepository {
  constructor(private readonly db: Database) {}

  /**
   * A person's facts, scored by the scale as it is now: a stored score would be wrong the next morning. Each score counts the
   * bounds that are reached; of days fewer are better.
   */
  of(contactId: number, now: Date): Promise<FactsRow | null> {
    return this.db.queryOne<FactsRow>(
      `SELECT p.contact_id AS "contactId", p.count, p.first_at AS "firstAt", p.last_at AS "lastAt", p.categories,
              floor(${DAYS_SINCE_LAST})::integer AS "daysSinceLast",
              COALESCE((SELECT jsonb_agg(jsonb_build_object('currency', t.key, 'total', t.value #>> '{}',
                                'count', p.counts -> t.key,
                                'average', round((t.value)::numeric / (p.counts ->> t.key)::numeric)::text) ORDER BY t.key)
                          FROM jsonb_each(p.totals) t), '[]') AS totals,
              (SELECT 5 - width_bucket(${DAYS_SINCE_LAST}::numeric, s.bounds) FROM purchase_scale s
                WHERE s.measure = 'recency') AS recency,
              (SELECT 1 + width_bucket(p.count::numeric, s.bounds) FROM purchase_scale s WHERE s.measure = 'frequency') AS frequency,
              (SELECT max(1 + width_bucket((p.totals ->> s.currency)::numeric, s.bounds)) FROM purchase_scale s
                WHERE s.measure = 'value' AND p.totals ? s.currency) AS value
         FROM purchase_facts p WHERE p.contact_id = $1`,
      [contactId, now],
    );
  }

  scale(): Promise<PurchaseScale[]> {
    return this.db.query<PurchaseScale>(
      `SELECT measure, currency, ARRAY(SELECT b::text FROM unnest(bounds) WITH ORDINALITY AS u (b, at) ORDER BY at) AS bounds,
              is_set AS "isSet", updated_at AS "updatedAt"
         FROM purchase_scale ORDER BY measure, currency`,
    );
  }

  /** Whoever changes the scale waits for whoever does so already. */
  async lockScale(): Promise<void> {
    await this.db.query('LOCK TABLE purchase_scale IN SHARE ROW EXCLUSIVE MODE');
  }

  /**
   * Writes fifths of the customers there are, where no operator set others; what is of no customer any more goes. A bound is
   * the least value above the fifth below it: where most people bought once, all of them stay in the lowest, and nobody is
   * made a good customer by a tie.
   */
  async writeFifths(now: Date): Promise<void> {
    await this.db.query(
      `WITH measured AS (
         SELECT 'recency' AS measure, '' AS currency, GREATEST(0, extract(epoch FROM $1::timestamptz - last_at) / 86400)::numeric AS x
           FROM purchase_facts
         UNION ALL SELECT 'frequency', '', count FROM purchase_facts
         UNION ALL SELECT 'value', t.key, t.value::numeric FROM purchase_facts CROSS JOIN jsonb_each(totals) t
       ), fifths AS (
         SELECT measure, currency, percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY x) AS ends
           FROM measured GROUP BY measure, currency
       ), fresh AS (
         SELECT f.measure, f.currency,
                ARRAY(SELECT COALESCE((SELECT min(m.x) FROM measured m
                                        WHERE m.measure = f.measure AND m.currency = f.currency AND m.x > e.x), e.x + 1)
                        FROM unnest(f.ends) WITH ORDINALITY AS e (x, at) ORDER BY e.at) AS bounds
           FROM fifths f
       ), gone AS (
         DELETE FROM purchase_scale s WHERE NOT s.is_set
            AND NOT EXISTS (SELECT FROM fresh f WHERE f.measure = s.measure AND f.currency = s.currency)
       )
       INSERT INTO purchase_scale AS s (measure, currency, bounds, is_set, updated_at)
       SELECT measure, currency, bounds, false, $1 FROM fresh
       ON CONFLICT (measure, currency) DO UPDATE SET bounds = excluded.bounds, updated_at = excluded.updated_at
        WHERE NOT s.is_set`,
      [now],
    );
  }

  /** Replaces what operators set; the rest is for the next fifths. */
  async replaceSet(
    scales: readonly Pick<PurchaseScale, 'measure' | 'currency' | 'bounds'>[],
    now: Date,
  ): Promise<void> {
    await this.db.execute('DELETE FROM purchase_scale');
    await this.db.query(
      `INSERT INTO purchase_scale (measure, currency, bounds, is_set, updated_at)
       SELECT s ->> 'measure', s ->> 'currency', ARRAY(SELECT jsonb_array_elements_text(s -> 'bounds')::numeric), true, $2
         FROM jsonb_array_elements($1::jsonb) AS s`,
      [JSON.stringify(scales), now],
    );
  }
}
