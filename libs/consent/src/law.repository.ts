import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest } from '#database';
import { type LawOverride, type NewLawOverride } from './law-override.js';
import { type LawRule } from './law-pack.js';
import { type AppliedOverride } from './law-rules.js';

/** Serialises whoever writes the rules: two processes that start at once write the same. */
const RULES_LOCK = 4862008;

const COLUMNS = `id, pack, cell, value, reason, actor, created_at AS "createdAt", removed_at AS "removedAt",
                 removed_by AS "removedBy"`;

/** The table the gate reads, and the overrides it is made with. */
@Injectable()
export class LawRepository {
  constructor(private readonly db: Database) {}

  overrides(): Promise<AppliedOverride[]> {
    return this.db.query<AppliedOverride>(
      'SELECT id, pack, cell, value FROM law_override WHERE removed_at IS NULL ORDER BY id',
    );
  }

  activeOverrides(): Promise<LawOverride[]> {
    return this.db.query<LawOverride>(
      `SELECT ${COLUMNS} FROM law_override WHERE removed_at IS NULL ORDER BY id`,
    );
  }

  listOverrides({ limit, cursor }: PageRequest, pack: string | null): Promise<LawOverride[]> {
    return this.db.query<LawOverride>(
      `SELECT ${COLUMNS} FROM law_override WHERE id > $1 AND ($2::text IS NULL OR pack = $2) ORDER BY id LIMIT $3`,
      [decodeCursor(cursor) ?? 0, pack, limit + 1],
    );
  }

  async insertOverride({ pack, cell, value, ...more }: NewLawOverride): Promise<LawOverride> {
    const [made] = await this.db.query<LawOverride>(
      `INSERT INTO law_override (pack, cell, value, reason, actor, created_at) VALUES ($1, $2, $3, $4, $5, $6)
       RETURNING ${COLUMNS}`,
      [pack, cell, JSON.stringify(value), more.reason, more.actor, more.createdAt],
    );
    return made as LawOverride;
  }

  /** Ends the override of a cell; null when there is none. */
  async removeOverride(pack: string, cell: string, actor: string, now: Date): Promise<LawOverride | null> {
    const [removed] = await this.db.query<LawOverride>(
      `UPDATE law_override SET removed_at = $3, removed_by = $4
        WHERE pack = $1 AND cell = $2 AND removed_at IS NULL RETURNING ${COLUMNS}`,
      [pack, cell, now, actor],
    );
    return removed ?? null;
  }

  /** Waits for whoever writes the rules; held until the transaction ends. */
  async lockRules(): Promise<void> {
    await this.db.query('SELECT pg_advisory_xact_lock($1)', [RULES_LOCK]);
  }

  /** Writes the rules that differ, and only those: the gate reads the table all the while. */
  async replaceRules(rules: readonly LawRule[]): Promise<void> {
    const rows = JSON.stringify(
      rules.map(rule => ({
        ...{ country: rule.country, channel: rule.channel, message_class: rule.messageClass },
        ...{ effective_from: rule.effectiveFrom, effective_to: rule.effectiveTo, pack: rule.pack },
        ...{ bases: rule.bases, purchase_months: rule.purchaseMonths, inquiry_months: rule.inquiryMonths },
        ...{ hours: rule.hours, days_off: rule.daysOff },
      })),
    );
    const wanted = `jsonb_to_recordset($1::jsonb) AS r (country text, channel text, message_class text,
            effective_from timestamptz, effective_to timestamptz, pack text, bases text[], purchase_months int,
            inquiry_months int, hours int4multirange, days_off date[])`;
    await this.db.execute(
      `DELETE FROM law_rule l WHERE NOT EXISTS (
         SELECT FROM ${wanted} WHERE (r.country, r.channel, r.message_class, r.effective_from)
                                   = (l.country, l.channel, l.message_class, l.effective_from))`,
      [rows],
    );
    // Only what differs is brought to the conflict: it locks every row it looks at, and uses up a number for each.
    await this.db.query(
      `INSERT INTO law_rule AS l (country, channel, message_class, effective_from, effective_to, pack, bases,
                                  purchase_months, inquiry_months, hours, days_off)
       SELECT r.* FROM ${wanted}
         LEFT JOIN law_rule old USING (country, channel, message_class, effective_from)
        WHERE old.country IS NULL
           OR (old.effective_to, old.pack, old.bases, old.purchase_months, old.inquiry_months, old.hours, old.days_off)
              IS DISTINCT FROM (r.effective_to, r.pack, r.bases, r.purchase_months, r.inquiry_months, r.hours, r.days_off)
       ON CONFLICT (country, channel, message_class, effective_from) DO UPDATE
          SET effective_to = excluded.effective_to, pack = excluded.pack, bases = excluded.bases,
              purchase_months = excluded.purchase_months, inquiry_months = excluded.inquiry_months,
              hours = excluded.hours, days_off = excluded.days_off`,
      [rows],
    );
  }

  /** The zones of each country and of each beginning of a number, as far as this server knows them. */
  async replaceZones(
    ofCountries: Record<string, readonly string[]>,
    ofPhones: Record<string, readonly string[]>,
  ): Promise<void> {
    await this.db.query(`INSERT INTO time_zone SELECT name FROM pg_timezone_names ON CONFLICT DO NOTHING`);
    const zonesByKey = `
       SELECT r.key, array_agg(zone ORDER BY zone)
         FROM jsonb_each($1::jsonb) AS r CROSS JOIN jsonb_array_elements_text(r.value) AS zone
        WHERE zone IN (SELECT name FROM time_zone)
        GROUP BY r.key`;
    await this.db.query(
      `INSERT INTO country_zone AS k (country, zones) ${zonesByKey}
       ON CONFLICT (country) DO UPDATE SET zones = excluded.zones WHERE k.zones IS DISTINCT FROM excluded.zones`,
      [JSON.stringify(ofCountries)],
    );
    // A beginning of which nothing is said any more goes: its country's zones hold then.
    await this.db.execute('DELETE FROM phone_zone WHERE prefix <> ALL ($1)', [Object.keys(ofPhones)]);
    await this.db.query(
      `INSERT INTO phone_zone AS k (prefix, zones) ${zonesByKey}
       ON CONFLICT (prefix) DO UPDATE SET zones = excluded.zones WHERE k.zones IS DISTINCT FROM excluded.zones`,
      [JSON.stringify(ofPhones)],
    );
  }
}
