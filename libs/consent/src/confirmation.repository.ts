import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database } from '#database';
import { type ConfirmationRequest, type MailKind } from './confirmation.js';

export interface NewConfirmationRequest {
  contactId: number;
  channel: Channel;
  addressHash: Buffer;
  senderId: number;
  formId: number;
  formVersion: number;
  topicIds: number[];
  createdContact: boolean;
  locale: string;
  ip: string | undefined;
  userAgent: string | undefined;
  source: string;
  nonce: Buffer;
  requestedAt: Date;
  expiresAt: Date;
}

/** The address only where the contact still has the one the link was sent to. */
export const REQUEST_COLUMNS = `
  r.id, r.contact_id AS "contactId", r.channel, r.sender_id AS "senderId", r.form_id AS "formId",
  r.form_version AS "formVersion", r.topic_ids AS "topicIds", r.locale, r.requested_at AS "requestedAt",
  r.expires_at AS "expiresAt", r.confirmed_at AS "confirmedAt", r.refused_at AS "refusedAt",
  r.address_hash AS "addressHash",
  CASE WHEN r.channel = 'email' AND c.email_hash = r.address_hash THEN c.email
       WHEN r.channel = 'sms' AND c.phone_hash = r.address_hash THEN c.phone END AS address`;

/** That nothing is known of contact c but requests from before $1 that nobody confirmed. */
const NOTHING_ELSE = `
          c.external_id IS NULL AND c.attributes = '{}' AND c.updated_at = c.created_at
          AND NOT EXISTS (SELECT FROM confirmation_request r
                           WHERE r.contact_id = c.id AND (r.confirmed_at IS NOT NULL OR r.requested_at >= $1))
          AND NOT EXISTS (SELECT FROM consent_state s WHERE s.contact_id = c.id AND s.status NOT IN ('requested', 'refused'))
          AND NOT EXISTS (SELECT FROM consent_event e WHERE e.contact_id = c.id AND e.action NOT IN ('requested', 'refused'))
          AND NOT EXISTS (SELECT FROM message m WHERE m.contact_id = c.id)
          AND NOT EXISTS (SELECT FROM shop_order o WHERE o.contact_id = c.id)
          AND NOT EXISTS (SELECT FROM subscription_preference p WHERE p.contact_id = c.id)`;

/** Requests to confirm. */
@Injectable()
export class ConfirmationRepository {
  constructor(private readonly db: Database) {}

  async insert(request: NewConfirmationRequest): Promise<number> {
    const row = await this.db.queryOne<{ id: number }>(
      `INSERT INTO confirmation_request (contact_id, channel, address_hash, sender_id, form_id, form_version, topic_ids,
              created_contact, locale, ip, user_agent, source, nonce, requested_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id`,
      [
        ...[request.contactId, request.channel, request.addressHash, request.senderId, request.formId],
        ...[request.formVersion, request.topicIds, request.createdContact, request.locale, request.ip],
        ...[request.userAgent?.slice(0, 500), request.source, request.nonce],
        ...[request.requestedAt, request.expiresAt],
      ],
    );
    return (row as { id: number }).id;
  }

  /** The request with this nonce, and its contact as it is now. */
  find(id: number, nonce: Buffer): Promise<ConfirmationRequest | null> {
    return this.db.queryOne<ConfirmationRequest>(
      `SELECT ${REQUEST_COLUMNS} FROM confirmation_request r JOIN contact c ON c.id = r.contact_id
        WHERE r.id = $1 AND r.nonce = $2`,
      [id, nonce],
    );
  }

  /**
   * The same, held until the transaction ends: two presses are answered one after the other. The contact is held
   * first, as whoever deletes a contact does, so that the two wait for each other instead of blocking each other.
   */
  async lock(id: number, nonce: Buffer): Promise<ConfirmationRequest | null> {
    await this.db.query(
      `SELECT FROM contact WHERE id = (SELECT contact_id FROM confirmation_request WHERE id = $1) FOR SHARE`,
      [id],
    );
    await this.db.query('SELECT FROM confirmation_request WHERE id = $1 FOR UPDATE', [id]);
    return this.find(id, nonce);
  }

  async answer(id: number, as: 'confirmed' | 'refused', now: Date): Promise<void> {
    await this.db.execute(`UPDATE confirmation_request SET ${as}_at = $2 WHERE id = $1`, [id, now]);
  }

  /** Whether another request of the same person with the same form was confirmed. */
  async hasConfirmedAnother({ id, contactId, formId }: ConfirmationRequest): Promise<boolean> {
    const row = await this.db.queryOne<{ other: boolean }>(
      `SELECT EXISTS (SELECT FROM confirmation_request
                       WHERE contact_id = $2 AND form_id = $3 AND id <> $1 AND confirmed_at IS NOT NULL) AS other`,
      [id, contactId, formId],
    );
    return row?.other ?? true;
  }

  /** Which of these topics the person has agreed to already by an act of their own that still counts. */
  async agreedTopics(
    contactId: number,
    channel: Channel,
    topicIds: number[],
    addressHash: Buffer,
    now: Date,
  ): Promise<number[]> {
    const rows = await this.db.query<{ topic_id: number }>(
      `SELECT s.topic_id FROM consent_state s JOIN topic t ON t.id = s.topic_id
        WHERE s.contact_id = $1 AND s.channel = $2 AND s.topic_id = ANY($3::bigint[]) AND s.status = 'granted'
          AND s.basis IN ('express', 'double_opt_in') AND (s.expires_at IS NULL OR s.expires_at > $5)
          AND NOT EXISTS (SELECT FROM suppression x
                           WHERE x.address_hash = $4 AND x.channel = $2 AND x.reason IN ('unsubscribed', 'erased')
                             AND x.sender_id IN (0, t.sender_id) AND x.topic_id IN (0, t.id))`,
      [contactId, channel, topicIds, addressHash, now],
    );
    return rows.map(row => row.topic_id);
  }

  /** Whether this address must not be written to even when its owner asks: it bounced, complained, or was put there by hand. */
  async isBarred(addressHash: Buffer, channel: Channel, senderId: number): Promise<boolean> {
    const row = await this.db.queryOne<{ barred: boolean }>(
      `SELECT EXISTS (SELECT FROM suppression
                       WHERE address_hash = $1 AND channel = $2 AND sender_id IN (0, $3) AND topic_id = 0
                         AND reason IN ('hard_bounce', 'complaint', 'manual')) AS barred`,
      [addressHash, channel, senderId],
    );
    return row?.barred ?? true;
  }

  /**
   * Contacts that are there only because somebody typed an address into a form: made by a request, never confirmed,
   * asked about for the last time before this moment, and nothing else known of them. Locked, and then looked at again:
   * what a person did before the lock, the first look may not have seen; after it nobody does anything with them.
   */
  async lockForgettable(before: Date, most: number): Promise<number[]> {
    const locked = await this.db.query<{ id: number }>(
      `SELECT c.id FROM contact c
        WHERE c.id IN (SELECT contact_id FROM confirmation_request
                        WHERE created_contact AND confirmed_at IS NULL AND requested_at < $1)
          AND ${NOTHING_ELSE} ORDER BY c.id LIMIT $2 FOR UPDATE SKIP LOCKED`,
      [before, most],
    );
    const rows = await this.db.query<{ id: number }>(
      `SELECT c.id FROM contact c WHERE c.id = ANY($2::bigint[]) AND ${NOTHING_ELSE} ORDER BY c.id`,
      [before, locked.map(row => row.id)],
    );
    return rows.map(row => row.id);
  }

  async eventIdsOf(contactIds: number[]): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      'SELECT id FROM consent_event WHERE contact_id = ANY($1::bigint[]) ORDER BY id',
      [contactIds],
    );
    return rows.map(row => row.id);
  }

  /**
   * Takes out of some old requests what names or finds a person; that there was one, of which form, stays. One that
   * somebody holds is left for the next time: waiting here, with others in hand, would block them.
   */
  async blank(before: Date, most: number): Promise<number> {
    const blanked = await this.db.query<{ id: number }>(
      `WITH due AS (
         SELECT id FROM confirmation_request WHERE requested_at < $1 AND nonce IS NOT NULL
          ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
       ), old AS (
         UPDATE confirmation_request r SET ip = NULL, user_agent = NULL, source = NULL, nonce = NULL, address_hash = NULL
           FROM due WHERE r.id = due.id RETURNING r.id
       ), mails AS (
         UPDATE confirmation_mail m SET reply = NULL FROM old WHERE m.request_id = old.id
       )
       SELECT id FROM old`,
      [before, most],
    );
    return blanked.length;
  }

  ofContact(contactId: number): Promise<ConfirmationRecord[]> {
    return this.db.query<ConfirmationRecord>(
      `SELECT id, channel, sender_id AS "senderId", form_id AS "formId", form_version AS "formVersion",
              topic_ids AS "topicIds", locale, host(ip) AS ip, user_agent AS "userAgent", source,
              requested_at AS "requestedAt", expires_at AS "expiresAt", confirmed_at AS "confirmedAt",
              refused_at AS "refusedAt",
              COALESCE((SELECT jsonb_agg(jsonb_build_object('kind', m.kind, 'state', m.state, 'reason', m.reason,
                          'at', m.settled_at) ORDER BY m.kind) FROM confirmation_mail m WHERE m.request_id = r.id), '[]')
                AS mails
         FROM confirmation_request r WHERE contact_id = $1 ORDER BY id`,
      [contactId],
    );
  }
}

/** Everything that is held of a request, for the person it is about. */
export interface ConfirmationRecord {
  id: number;
  channel: Channel;
  senderId: number;
  formId: number;
  formVersion: number;
  topicIds: number[];
  locale: string;
  ip: string | null;
  userAgent: string | null;
  source: string | null;
  requestedAt: Date;
  expiresAt: Date;
  confirmedAt: Date | null;
  refusedAt: Date | null;
  mails: { kind: MailKind; state: string; reason: string | null; at: string | null }[];
}
