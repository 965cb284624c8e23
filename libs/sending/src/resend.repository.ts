import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Deferral, type Denial, gateSql, trackingSql } from '#consent';
import { Database } from '#database';
import { type Allowed } from './attempt.repository.js';
import { type Dispatch } from './dispatch.js';
import { type MessageKey } from './message-key.js';
import { type Settlement } from './settlement.js';

/** A chunk of nobody, leased by whoever resends: should that process die, it is reaped as any other. */
export const RESENDER = 'resend:';
/** Longer than a relay may take to answer (10 minutes after the final dot). */
const LEASE_SECONDS = 20 * 60;

export interface ResendStep {
  /** False: paused, cancelled, too late, being changed this moment, or our address key is outdated. */
  running: boolean;
  denial: Denial | null;
  deferUntil: Date | null;
  deferReason: Deferral | null;
  /** Set when the attempt is committed. */
  chunkId: number | null;
  /** There is no such contact any more. */
  gone: boolean;
  allowed: Allowed | null;
}

/** The attempt of a resend: like the pipeline's (AttemptRepository), of one message that is unknown. */
@Injectable()
export class ResendRepository {
  constructor(private readonly db: Database) {}

  /**
   * Asks the gate and records the attempt, if the message is still unknown. Locked first, in a statement of its own: of
   * two operators one resends, and the gate is asked on a snapshot from after the wait.
   * @returns null when the message is not unknown.
   */
  begin(key: MessageKey, dispatch: Dispatch, now: Date): Promise<ResendStep | null> {
    return this.db.transaction(async () => {
      const locked = await this.db.query(
        `SELECT 1 FROM message WHERE dispatch_id = $1 AND contact_id = $2 AND state = 'unknown' FOR UPDATE`,
        [key.dispatchId, key.contactId],
      );
      return locked.length === 0 ? null : this.#attempt(key, dispatch, now);
    });
  }

  async #attempt(
    { dispatchId, contactId }: MessageKey,
    dispatch: Dispatch,
    now: Date,
  ): Promise<ResendStep | null> {
    const gate = gateSql({
      candidates: 'SELECT id AS contact_id FROM asked',
      ...{ channel: dispatch.channel, messageClass: dispatch.messageClass, categories: '$6::text[]' },
      ...{ dispatchId: '$1', senderId: '$4', topicId: '$5', now: '$3', attempt: true },
    });
    const tracking = trackingSql({
      candidates: 'SELECT contact_id FROM intent',
      ...{ channel: dispatch.channel, senderId: '$4', now: '$3' },
    });
    const row = await this.db.queryOne<Omit<ResendStep, 'allowed'> & Allowed>(
      `WITH running AS (
         SELECT id FROM dispatch
          WHERE id = $1 AND state IN ('running', 'finished') AND (not_after IS NULL OR not_after >= $3)
            AND address_keys_current()
            -- Taken out of it by whoever put them there: they have left the sequence.
            AND NOT EXISTS (SELECT FROM dispatch_person p WHERE p.dispatch_id = $1 AND p.contact_id = $2 AND p.ends_at <= $3)
            FOR SHARE SKIP LOCKED
       ), asked AS (
         SELECT $2::bigint AS id FROM running
       ), decided AS MATERIALIZED (
         ${gate}
       ), yes AS (
         SELECT d.* FROM decided d JOIN message m ON m.dispatch_id = $1 AND m.contact_id = d.contact_id
          WHERE d.denial IS NULL AND d.defer_until IS NULL AND m.address_hash = d.address_hash
       ), held AS (
         INSERT INTO chunk (dispatch_id, lane, contact_ids, size, state, due_at, lease_owner, lease_generation, lease_until)
         SELECT $1, 'other', '{}', 0, 'leased', $3, $7, 1, clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
           FROM yes RETURNING id
       ), intent AS (
         UPDATE message m
            SET state = 'attempting', reason = NULL, attempt = m.attempt + 1, chunk_id = held.id, lease_generation = 1,
                consent_event_id = yes.consent_event_id, basis = yes.basis, law_pack = yes.law,
                key_since = COALESCE(m.key_since, m.allowed_at), allowed_at = $3, settled_at = NULL, retry_at = NULL
           FROM yes, held
          WHERE m.dispatch_id = $1 AND m.contact_id = yes.contact_id RETURNING m.contact_id, m.attempt, m.chunk_id
       ), tracked AS (
         ${tracking}
       )
       SELECT EXISTS (SELECT 1 FROM running) AS running, d.denial, d.defer_until AS "deferUntil",
              d.defer_reason AS "deferReason", i.chunk_id AS "chunkId",
              d.contact_id IS NULL AS gone,
              i.contact_id AS "contactId", i.attempt, d.address, d.address_hash AS "addressHash",
              d.consent_event_id AS "consentEventId", d.basis, d.consent_since AS "consentSince", d.law,
              c.first_name AS "firstName", c.last_name AS "lastName", c.email, c.phone, c.locale, c.country,
              c.time_zone AS "timeZone", c.attributes, c.phone_country AS "phoneCountry",
              NULL::timestamptz AS "closesAt",
              json_build_object('opens', t.opens, 'links', t.links) AS tracking
         FROM message before
         LEFT JOIN decided d ON d.contact_id = before.contact_id
         LEFT JOIN intent i ON i.contact_id = before.contact_id
         LEFT JOIN contact c ON c.id = i.contact_id
         LEFT JOIN tracked t ON t.contact_id = i.contact_id
        WHERE before.dispatch_id = $1 AND before.contact_id = $2`,
      [
        ...[dispatchId, contactId, now, dispatch.senderId, dispatch.topicId, dispatch.productCategories],
        RESENDER + randomUUID(),
      ],
    );
    if (!row) return null;
    const { running, denial, deferUntil, deferReason, chunkId, gone, ...allowed } = row;
    return {
      ...{ running, denial, deferUntil, deferReason, chunkId, gone },
      allowed: chunkId === null ? null : allowed,
    };
  }

  /** Settles it and lets go of its chunk. Also what was reaped meanwhile: its sleeper may know after all. */
  async end(key: MessageKey, chunkId: number, result: Settlement, actor: string, now: Date): Promise<void> {
    await this.db.transaction(async () => {
      await this.db.execute(
        `UPDATE message
            SET state = $4, reason = $5, relay = COALESCE(NULLIF($6, ''), relay), settled_at = $9,
                provider_message_id = CASE WHEN address_hash IS NOT NULL THEN $7 END,
                reply = CASE WHEN address_hash IS NOT NULL THEN $8 END
          WHERE dispatch_id = $1 AND contact_id = $2 AND attempt = $3 AND chunk_id = $10
            AND state IN ('attempting', 'unknown')`,
        [
          ...[key.dispatchId, key.contactId, result.attempt, result.state, result.reason, result.relay],
          ...[result.providerMessageId, result.reply, now, chunkId],
        ],
      );
      await this.db.execute(
        `UPDATE chunk SET state = 'done', lease_owner = NULL, lease_until = NULL WHERE id = $1`,
        [chunkId],
      );
      await this.db.execute(
        `INSERT INTO message_evidence (dispatch_id, contact_id, kind, occurred_at, recorded_at, actor, detail, decided)
         VALUES ($1, $2, 'resent', $3, $3, $4, $5, true)`,
        [key.dispatchId, key.contactId, now, actor, result.state],
      );
    });
  }
}
