import { Injectable } from '@nestjs/common';
import { Database } from '#database';

/** A place where the ledger is not what it was when it was sealed. */
export interface Breach {
  /** The link's place in the chain. */
  number: number;
  eventId: number;
  /** `CHANGED`: the event or its link; `MISSING`: the event is gone; `GAP`: links before this one are gone. */
  problem: 'CHANGED' | 'MISSING' | 'GAP';
}

export interface ChainFacts {
  events: number;
  sealed: number;
  unsealed: number;
  /** The newest link, hex; keep it elsewhere, and a chain that was made anew shows too. null: nothing is sealed. */
  head: string | null;
}

@Injectable()
export class LedgerSealRepository {
  constructor(private readonly db: Database) {}

  /** Links up to `most` events that wait. One at a time, whoever calls. @returns how many. */
  async seal(most: number, now: Date): Promise<number> {
    const row = await this.db.queryOne<{ sealed: number }>('SELECT seal_consent_events($1, $2) AS sealed', [
      most,
      now,
    ]);
    return row?.sealed ?? 0;
  }

  async facts(): Promise<ChainFacts> {
    const row = await this.db.queryOne<ChainFacts>(
      `SELECT (SELECT count(*) FROM consent_event) AS events, (SELECT count(*) FROM consent_seal) AS sealed,
              (SELECT count(*) FROM consent_unsealed) AS unsealed,
              (SELECT encode(hash, 'hex') FROM consent_seal ORDER BY number DESC LIMIT 1) AS head`,
    );
    return row as ChainFacts;
  }

  /**
   * Walks the chain: every link must be the hash of the one before it and of its event. Each link is checked against
   * the stored one before it, which proves the whole, so it is one statement and needs no loop.
   */
  breaches(most: number): Promise<Breach[]> {
    return this.db.query<Breach>(
      `SELECT number, event_id AS "eventId", problem
         FROM (SELECT s.number, s.event_id,
                      CASE WHEN s.number <> COALESCE(lag(s.number) OVER chain, 0) + 1 THEN 'GAP'
                           WHEN e.id IS NULL THEN 'MISSING'
                           WHEN s.hash <> sha256(COALESCE(lag(s.hash) OVER chain, '') || consent_event_digest(e))
                           THEN 'CHANGED' END AS problem
                 FROM consent_seal s LEFT JOIN consent_event e ON e.id = s.event_id
               WINDOW chain AS (ORDER BY s.number)) checked
        WHERE problem IS NOT NULL ORDER BY number LIMIT $1`,
      [most],
    );
  }

  /** Events that were put in around the triggers: neither linked nor waiting to be. */
  async strangers(most: number): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT e.id FROM consent_event e
        WHERE NOT EXISTS (SELECT FROM consent_seal s WHERE s.event_id = e.id)
          AND NOT EXISTS (SELECT FROM consent_unsealed u WHERE u.event_id = e.id)
        ORDER BY e.id LIMIT $1`,
      [most],
    );
    return rows.map(row => row.id);
  }
}
