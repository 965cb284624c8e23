import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database, decodeCursor, type PageRequest } from '#database';
import { type ConsentEvent, type Evidence, type NewConsentEvent } from './consent-event.js';

const EVENT_COLUMNS = `
  id, contact_id AS "contactId", channel, sender_id AS "senderId", topic_id AS "topicId", action, basis,
  text_shown AS "textShown", text_hash AS "textHash", text_version AS "textVersion", locale, method, source, evidence,
  host(ip) AS ip, user_agent AS "userAgent", actor, occurred_at AS "occurredAt", recorded_at AS "recordedAt",
  expires_at AS "expiresAt"`;

/** How a run of events is projected: an import never lifts a withdrawal. */
export type RunKind = 'granted' | 'imported' | 'requested' | 'refused' | 'expired' | 'withdrawn' | 'voided';

const RUN_LENGTH = 5000;

/** The append-only ledger. The database itself refuses to change an event. */
@Injectable()
export class LedgerRepository {
  constructor(private readonly db: Database) {}

  /** Appends events in one statement; returns their ids in the order given. */
  async append(events: NewConsentEvent[], recordedAt: Date): Promise<number[]> {
    const rows = events.map(event => ({
      contact_id: event.contactId,
      address_hash: event.addressHash?.toString('hex') ?? null,
      channel: event.channel,
      sender_id: event.senderId,
      topic_id: event.topicId,
      action: event.action,
      basis: event.basis,
      text_shown: event.evidence.textShown ?? null,
      text_hash:
        event.evidence.textShown === undefined ? null : sha256(event.evidence.textShown).toString('hex'),
      text_version: event.evidence.textVersion ?? null,
      locale: event.evidence.locale ?? null,
      method: event.evidence.method,
      source: event.evidence.source,
      evidence: furtherEvidence(event.evidence),
      ip: event.evidence.ip ?? null,
      user_agent: event.evidence.userAgent?.slice(0, 500) ?? null,
      actor: event.actor,
      occurred_at: event.occurredAt,
      expires_at: event.expiresAt,
    }));
    const inserted = await this.db.query<{ id: number }>(
      `INSERT INTO consent_event (contact_id, address_hash, channel, sender_id, topic_id, action, basis, text_shown,
              text_hash, text_version, locale, method, source, evidence, ip, user_agent, actor, occurred_at,
              recorded_at, expires_at)
       SELECT contact_id, decode(address_hash, 'hex'), channel, sender_id, topic_id, action, basis, text_shown,
              decode(text_hash, 'hex'), text_version, locale, method, source, evidence, ip, user_agent, actor,
              occurred_at, $2, expires_at
         FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (
                contact_id bigint, address_hash text, channel text, sender_id bigint, topic_id bigint, action text,
                basis text, text_shown text, text_hash text, text_version text, locale text, method text, source text,
                evidence jsonb, ip inet, user_agent text, actor text, occurred_at timestamptz, expires_at timestamptz))
              WITH ORDINALITY
        ORDER BY ordinality
       RETURNING id`,
      [JSON.stringify(rows), recordedAt],
    );
    return inserted.map(row => row.id);
  }

  /** The whole ledger in the order it was recorded, as runs of events that one statement projects. */
  async *runs(): AsyncGenerator<{ kind: RunKind; ids: number[] }> {
    let run: { kind: RunKind; ids: number[] } | null = null;
    for (let after = 0; ;) {
      const rows = await this.db.query<{ id: number; kind: RunKind }>(
        `SELECT id, CASE WHEN method = 'import' THEN 'imported' WHEN action = 'confirmed' THEN 'granted' ELSE action END AS kind
           FROM consent_event WHERE id > $1 ORDER BY id LIMIT ${RUN_LENGTH}`,
        [after],
      );
      for (const { id, kind } of rows) {
        if (run && (run.kind !== kind || run.ids.length === RUN_LENGTH)) {
          yield run;
          run = null;
        }
        run ??= { kind, ids: [] };
        run.ids.push(id);
        after = id;
      }
      if (rows.length < RUN_LENGTH) break;
    }
    if (run) yield run;
  }

  findEvent(id: number): Promise<ConsentEvent | null> {
    return this.db.queryOne<ConsentEvent>(`SELECT ${EVENT_COLUMNS} FROM consent_event WHERE id = $1`, [id]);
  }

  findEvents(ids: readonly number[]): Promise<ConsentEvent[]> {
    return this.db.query<ConsentEvent>(
      `SELECT ${EVENT_COLUMNS} FROM consent_event WHERE id = ANY($1::bigint[]) ORDER BY id`,
      [ids],
    );
  }

  /** What a contact granted and withdrew by something that the evidence names, as in `{ order: 'ord_7' }`. */
  eventsBy(contactId: number, evidence: Record<string, string>): Promise<ConsentEvent[]> {
    return this.db.query<ConsentEvent>(
      `SELECT ${EVENT_COLUMNS} FROM consent_event
        WHERE contact_id = $1 AND action IN ('granted', 'withdrawn') AND evidence @> $2::jsonb ORDER BY id`,
      [contactId, JSON.stringify(evidence)],
    );
  }

  eventsOf(contactId: number, { limit, cursor }: PageRequest): Promise<ConsentEvent[]> {
    return this.db.query<ConsentEvent>(
      `SELECT ${EVENT_COLUMNS} FROM consent_event WHERE contact_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
      [contactId, decodeCursor(cursor) ?? 0, limit + 1],
    );
  }

  /**
   * The hash of a contact's address on a channel; null when there is none, undefined when there is no contact. The
   * contact is held until the transaction ends: what is decided for an address must not meet its change or deletion.
   */
  async addressHashOf(contactId: number, channel: Channel): Promise<Buffer | null | undefined> {
    return (await this.placeOf(contactId, channel))?.addressHash;
  }

  /** The same with the contact's country: the postal one, or else the phone's. */
  async placeOf(
    contactId: number,
    channel: Channel,
  ): Promise<{ addressHash: Buffer | null; country: string | null } | undefined> {
    const row = await this.db.queryOne<{
      email_hash: Buffer | null;
      phone_hash: Buffer | null;
      country: string | null;
    }>(
      'SELECT email_hash, phone_hash, COALESCE(country, phone_country) AS country FROM contact WHERE id = $1 FOR SHARE',
      [contactId],
    );
    if (row === null) return undefined;
    return { addressHash: channel === 'email' ? row.email_hash : row.phone_hash, country: row.country };
  }

  /** Which of these topics are there, and whose. */
  async sendersOfTopics(topicIds: number[]): Promise<Map<number, number>> {
    const rows = await this.db.query<{ id: number; sender_id: number }>(
      'SELECT id, sender_id FROM topic WHERE id = ANY($1::bigint[])',
      [topicIds],
    );
    return new Map(rows.map(row => [row.id, row.sender_id]));
  }
}

/** Evidence that has no column of its own; what the product itself reads wins over what a caller added. */
function furtherEvidence(evidence: Evidence): Record<string, unknown> {
  const { country, privacyNoticeVersion, evidenceUrl, softOptIn, more } = evidence;
  const known = { country, privacyNoticeVersion, url: evidenceUrl, softOptIn };
  return {
    ...more,
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
  };
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
