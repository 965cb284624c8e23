import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database } from '#database';
import { type Tracking } from './tracking.js';
import { type TrackingRule } from './tracking-rules.js';
import { trackingSql } from './tracking.sql.js';

@Injectable()
export class TrackingRepository {
  constructor(private readonly db: Database) {}

  decide(
    contactIds: readonly number[],
    senderId: number,
    channel: Channel,
    now: Date,
  ): Promise<({ contactId: number } & Tracking)[]> {
    const decision = trackingSql({
      ...{ candidates: 'SELECT unnest($1::bigint[]) AS contact_id', channel },
      ...{ senderId: '$2', now: '$3' },
    });
    return this.db.query(`SELECT contact_id AS "contactId", opens, links FROM (${decision}) decided`, [
      ...[contactIds, senderId, now],
    ]);
  }

  /** Writes the rules that differ, and only those: the decision reads the table all the while. */
  async replaceRules(rules: readonly TrackingRule[]): Promise<void> {
    const rows = JSON.stringify(
      rules.map(rule => ({
        ...{ country: rule.country, effective_from: rule.effectiveFrom, effective_to: rule.effectiveTo },
        ...{ opens: rule.opens, links: rule.links },
      })),
    );
    const wanted = `jsonb_to_recordset($1::jsonb) AS r (country text, effective_from timestamptz,
            effective_to timestamptz, opens boolean, links boolean)`;
    await this.db.execute(
      `DELETE FROM tracking_rule l WHERE NOT EXISTS (
         SELECT FROM ${wanted} WHERE (r.country, r.effective_from) = (l.country, l.effective_from))`,
      [rows],
    );
    await this.db.query(
      `INSERT INTO tracking_rule AS l (country, effective_from, effective_to, opens, links)
       SELECT r.* FROM ${wanted}
       ON CONFLICT (country, effective_from) DO UPDATE
          SET effective_to = excluded.effective_to, opens = excluded.opens, links = excluded.links
        WHERE (l.effective_to, l.opens, l.links)
              IS DISTINCT FROM (excluded.effective_to, excluded.opens, excluded.links)`,
      [rows],
    );
  }
}
