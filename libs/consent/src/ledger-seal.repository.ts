import { Injectable } from '@nestjs/common';
import { Database } from '#database';

/** A place where the ledger is not what it was when it was sealed. */
export interface Breach {
  /** The link's place in the chain. */
  number: number;
  eventId: number;
  /**
   * `CHANGED`: the event or its link; `MISSING`: the event is gone; `GAP`: links before this one are gone;
   * `PURGE_FALSE`: what was purged is not what was sealed; `RETURNED`: what was purged stands there again.
   */
  problem: (typeof breachKinds)[number];
}

export const breachKinds = ['CHANGED', 'MISSING', 'GAP', 'PURGE_FALSE', 'RETURNED'] as const;

/** Why an event left the ledger: its person was erased, its time was up, or the request was never confirmed. */
export const purgeReasons = ['erased', 'retention', 'unconfirmed'] as const;
export type PurgeReason = (typeof purgeReasons)[number];

/** An event's place in the chain. */
export interface Link {
  eventId: number;
  number: number;
  /** SHA-256 over the link before it and the event's digest, hex. */
  hash: string;
  /** The link before it, hex; null for the first. */
  previousHash: string | null;
  sealedAt: Date;
  /** Whether the link is what the event, as it stands now, makes of it. */
  intact: boolean;
}

export interface ChainFacts {
  events: number;
  sealed: number;
  unsealed: number;
  /** Events that left the ledger by the one way there is, by reason; their links stay and are proven. */
  purged: Record<PurgeReason, number>;
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
              (SELECT jsonb_build_object('erased', count(*) FILTER (WHERE reason = 'erased'),
                        'retention', count(*) FILTER (WHERE reason = 'retention'),
                        'unconfirmed', count(*) FILTER (WHERE reason = 'unconfirmed')) FROM consent_purge) AS purged,
              (SELECT encode(hash, 'hex') FROM consent_seal ORDER BY number DESC LIMIT 1) AS head`,
    );
    return row as ChainFacts;
  }

  /**
   * Walks the chain: every link must be the hash of the one before it and of its event, or of what a purge kept of the
   * event. Each link is checked against the stored one before it, which proves the whole, so it is one statement and
   * needs no loop.
   */
  breaches(most: number): Promise<Breach[]> {
    return this.db.query<Breach>(
      `SELECT number, event_id AS "eventId", problem
         FROM (SELECT s.number, s.event_id,
                      CASE WHEN s.number <> COALESCE(lag(s.number) OVER chain, 0) + 1 THEN 'GAP'
                           WHEN e.id IS NULL AND p.event_id IS NULL THEN 'MISSING'
                           WHEN e.id IS NOT NULL AND p.event_id IS NOT NULL THEN 'RETURNED'
                           WHEN s.hash <> sha256(COALESCE(lag(s.hash) OVER chain, '')
                                                 || COALESCE(p.digest, consent_event_digest(e)))
                           THEN CASE WHEN p.event_id IS NULL THEN 'CHANGED' ELSE 'PURGE_FALSE' END END AS problem
                 FROM consent_seal s LEFT JOIN consent_event e ON e.id = s.event_id
                 LEFT JOIN consent_purge p ON p.event_id = s.event_id
               WINDOW chain AS (ORDER BY s.number)) checked
        WHERE problem IS NOT NULL ORDER BY number LIMIT $1`,
      [most],
    );
  }

  /** Events that were put in around the triggers, neither linked nor waiting to be; and purges of what was never linked. */
  async strangers(most: number): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT e.id FROM (SELECT id FROM consent_event UNION ALL SELECT event_id FROM consent_purge) e
        WHERE NOT EXISTS (SELECT FROM consent_seal s WHERE s.event_id = e.id)
          AND NOT EXISTS (SELECT FROM consent_unsealed u WHERE u.event_id = e.id)
        ORDER BY e.id LIMIT $1`,
      [most],
    );
    return rows.map(row => row.id);
  }

  /** The links of these events, each checked against its event and the link before it; those that have none are absent. */
  linksOf(eventIds: readonly number[]): Promise<Link[]> {
    return this.db.query<Link>(
      `SELECT s.event_id AS "eventId", s.number, encode(s.hash, 'hex') AS hash, encode(b.hash, 'hex') AS "previousHash",
              s.sealed_at AS "sealedAt",
              (s.number = 1 OR b.hash IS NOT NULL)
                AND s.hash = sha256(COALESCE(b.hash, '') || consent_event_digest(e)) AS intact
         FROM consent_seal s JOIN consent_event e ON e.id = s.event_id
         LEFT JOIN consent_seal b ON b.number = s.number - 1
        WHERE s.event_id = ANY($1::bigint[]) ORDER BY s.number`,
      [eventIds],
    );
  }

  /** What the chain says of an event as it stands: its digest, hex. */
  async digestOf(eventId: number): Promise<string | null> {
    const row = await this.db.queryOne<{ digest: string }>(
      `SELECT encode(consent_event_digest(e), 'hex') AS digest FROM consent_event e WHERE e.id = $1`,
      [eventId],
    );
    return row?.digest ?? null;
  }

  /** The newest link: what was sealed up to now. */
  head(): Promise<{ number: number; hash: string } | null> {
    return this.db.queryOne(
      `SELECT number, encode(hash, 'hex') AS hash FROM consent_seal ORDER BY number DESC LIMIT 1`,
    );
  }
}
