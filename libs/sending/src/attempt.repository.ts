import { Injectable } from '@nestjs/common';
import { type Channel, type MessageClass } from '#common';
import { gateSql, type Tracking, trackingSql } from '#consent';
import { Database, PreparedStatements, storable } from '#database';
import { movesSql } from './both-channels.sql.js';
import { type Lease } from './chunk.repository.js';
import { COUNTRY_CLOSED, type Settlement, uncounted } from './settlement.js';
import { closedCountriesSql } from './sms/sms-closure.repository.js';

/** When a country that is closed is looked at anew, should nobody tell that it is open. */
const CLOSED_AGAIN = '1 hour';

/** A contact that may be written to now: the gate said yes and the attempt is committed. */
export interface Allowed {
  contactId: number;
  attempt: number;
  address: string;
  addressHash: Buffer;
  consentEventId: number;
  basis: string;
  consentSince: Date;
  /** The law packs that allowed it. */
  law: string;
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  phone: string | null;
  locale: string | null;
  country: string | null;
  timeZone: string | null;
  attributes: Record<string, unknown>;
  /** The country of their phone number; null: none is known. */
  phoneCountry: string | null;
  /** Of an SMS: until when hours and days allow it; null: for ten hours and more, or no SMS. */
  closesAt: Date | null;
  /** What may be measured of this person in this message. */
  tracking: Tracking;
}

export interface Step {
  /** False: the lease is lost; nothing may be sent. */
  leased: boolean;
  /** False: paused, cancelled, too late, being changed this very moment, or our address key is outdated; nothing may be sent. */
  running: boolean;
  /** Being changed this very moment: ask again. */
  busy: boolean;
  allowed: Allowed[];
}

type StepRow = Partial<Allowed> & Omit<Step, 'allowed'>;

export interface StepScope {
  channel: Channel;
  messageClass: MessageClass;
  productCategories: readonly string[];
  senderId: number;
  topicId: number;
  leaseSeconds: number;
  /** Whoever may not be reached by `channel` is by the other, if that may; email comes first. */
  bothChannels: boolean;
  /** Whether its people may be taken out of it one by one (dispatch_person). */
  byPerson: boolean;
}

@Injectable()
export class AttemptRepository {
  constructor(
    private readonly db: Database,
    private readonly prepared: PreparedStatements,
  ) {}

  /**
   * The heart of the pipeline, one statement and one commit for many messages: settle the last results; extend the
   * lease and check its generation, so that a worker which slept through it gets nothing; hold the dispatch FOR SHARE,
   * so that a pause waits for this commit and blocks the next; ask the gate; record an attempt for each yes and a
   * skip for each no. Only the contacts that come back may touch the wire, because their rows are committed.
   *
   * The dispatch is locked with SKIP LOCKED: waiting for someone who is changing it would leave this statement with a
   * snapshot from before the wait, and a withdrawal committed meanwhile would be overlooked. The caller asks again.
   *
   * A row that is there already is touched only when that attempt provably was not sent: it is `deferred` and due, or
   * this very lease made it and the answer was lost with the connection, so that nobody was ever told to send it. (A
   * batch is asked for once; an older statement that still runs on the server finds a later `allowed_at`.)
   * A yes that has to wait (quiet hours, the frequency somebody chose) is `deferred` without an attempt having been made.
   * A result settles `attempting` and also `unknown`: a sleeper that was reaped may wake up and know after all.
   *
   * A process that lacks the newest address key is allowed nothing, as the same statement sees it: it would sign the
   * fingerprint in the links for another than it is.
   *
   * Where a dispatch goes out by email and otherwise by SMS, each chunk is of one channel, and both are asked: who belongs to
   * the other one by now gets no row here and a place in a new chunk there. They stay named in this one too; of two chunks that
   * ask for a person one makes the row, as ever.
   *
   * A dispatch to which people are added one by one may be told to let some of them go; who did so by now is skipped, as if
   * the gate had said no. An SMS to a country that the provider takes none for waits: no attempt is made before an operator
   * opens it again.
   *
   * It names the partition that the dispatch's rows are in, not the ledger: its plan is kept (ADR 10).
   *
   * Settling by unnest was measured at 74 k rows/s for batches of 50, against 13 k for a row at a time. Rows are looked
   * up by their whole key, named as an array: of a dispatch that just began the statistics know nothing yet, and a plan
   * that trusts them reads all of its messages for every batch. MATERIALIZED where the planner would ask again for
   * every row.
   */
  async step(
    lease: Lease,
    scope: StepScope,
    batch: number[],
    results: Settlement[],
    now: Date,
  ): Promise<Step> {
    const isSms = scope.channel === 'sms';
    const gate = gateSql({
      candidates: 'SELECT id AS contact_id FROM asked',
      channel: scope.channel,
      messageClass: scope.messageClass,
      categories: '$11::text[]',
      dispatchId: '$1',
      senderId: '$7',
      topicId: '$8',
      now: '$6',
      attempt: true,
      closing: isSms,
    });
    const isClosed = isSms ? 'x.country IS NOT NULL' : 'false';
    const moves = scope.bothChannels ? movesSql(lease.partition, scope) : null;
    const reason = moves?.reason ?? 'd.denial';
    const [ended, isOver, overReason] = scope.byPerson
      ? [
          'LEFT JOIN dispatch_person p ON p.dispatch_id = $1 AND p.contact_id = a.id',
          ' OR p.ends_at <= $6::timestamptz',
          ' CASE WHEN p.ends_at <= $6::timestamptz THEN p.end_reason END,',
        ]
      : ['', '', ''];
    const tracking = trackingSql({
      candidates: `SELECT contact_id FROM intents WHERE state = 'attempting'`,
      channel: scope.channel,
      senderId: '$7',
      now: '$6',
    });
    const rows = await this.prepared.query<StepRow>(
      `WITH settled AS (
         ${SETTLE_SQL(lease.partition, '$1', '$9', '$12', '$6', '$4')}
       ), lease AS (
         UPDATE chunk SET lease_until = clock_timestamp() + make_interval(secs => $10)
          WHERE id = $2 AND lease_owner = $3 AND lease_generation = $4 AND state = 'leased' RETURNING id
       ), running AS (
         SELECT id FROM dispatch
          WHERE id = $1 AND state = 'running' AND (not_after IS NULL OR not_after >= $6)
            AND EXISTS (SELECT 1 FROM lease) AND address_keys_current()
            FOR SHARE SKIP LOCKED
       ), asked AS (
         SELECT u.id FROM running CROSS JOIN unnest($5::bigint[]) AS u (id)
       ), decided AS MATERIALIZED (
         ${gate}
       )${isSms ? `, closed AS MATERIALIZED (${closedCountriesSql('$7')})` : ''}${moves?.parts ?? ''}, intents AS (
         INSERT INTO ${lease.partition} AS m (dispatch_id, contact_id, state, reason, attempt, chunk_id, lease_generation,
                                   address_hash, consent_event_id, basis, law_pack, allowed_at, settled_at, retry_at, channel)
         SELECT $1, a.id, CASE WHEN d.contact_id IS NULL OR d.denial IS NOT NULL${isOver} THEN 'skipped'
                               WHEN d.defer_until IS NOT NULL OR ${isClosed} THEN 'deferred' ELSE 'attempting' END,
                CASE WHEN d.contact_id IS NULL THEN 'CONTACT_GONE'
                     ELSE COALESCE(${reason},${overReason} d.defer_reason, CASE WHEN ${isClosed} THEN '${COUNTRY_CLOSED}' END) END,
                CASE WHEN d.defer_until IS NOT NULL OR ${isClosed} THEN 0 ELSE 1 END, $2, $4, d.address_hash, d.consent_event_id, d.basis,
                d.law, $6, CASE WHEN d.contact_id IS NULL OR d.denial IS NOT NULL${isOver} THEN $6::timestamptz END,
                COALESCE(d.defer_until, CASE WHEN ${isClosed} THEN $6::timestamptz + interval '${CLOSED_AGAIN}' END),
                ${isSms ? `'sms'` : 'NULL'}
           FROM asked a LEFT JOIN decided d ON d.contact_id = a.id ${ended}
           ${isSms ? `LEFT JOIN closed x ON x.country = COALESCE(d.phone_country, '')` : ''} ${moves?.others ?? ''}
         ON CONFLICT (dispatch_id, contact_id) DO UPDATE
            SET state = excluded.state, reason = excluded.reason, chunk_id = excluded.chunk_id,
                attempt = m.attempt + CASE WHEN m.state = 'deferred' AND excluded.state = 'attempting' THEN 1 ELSE 0 END,
                lease_generation = excluded.lease_generation, address_hash = excluded.address_hash,
                consent_event_id = excluded.consent_event_id, basis = excluded.basis, law_pack = excluded.law_pack,
                allowed_at = excluded.allowed_at, settled_at = excluded.settled_at, retry_at = excluded.retry_at,
                channel = excluded.channel
          WHERE (m.state = 'deferred' AND m.retry_at <= $6)
             OR (m.state = 'attempting' AND m.chunk_id = $2 AND m.lease_generation = $4 AND m.allowed_at <= $6)
         RETURNING m.contact_id, m.state, m.attempt
       ), tracked AS MATERIALIZED (
         ${tracking}
       )
       SELECT EXISTS (SELECT 1 FROM lease) AS leased, EXISTS (SELECT 1 FROM running) AS running,
              EXISTS (SELECT 1 FROM dispatch WHERE id = $1 AND state = 'running' AND (not_after IS NULL OR not_after >= $6))
                AND NOT EXISTS (SELECT 1 FROM running) AND address_keys_current() AS busy,
              i.contact_id AS "contactId", i.attempt, d.address, d.address_hash AS "addressHash",
              d.consent_event_id AS "consentEventId", d.basis, d.consent_since AS "consentSince", d.law,
              c.first_name AS "firstName", c.last_name AS "lastName", c.email, c.phone, c.locale, c.country,
              c.time_zone AS "timeZone", c.attributes, c.phone_country AS "phoneCountry",
              ${isSms ? 'd.closes_at' : 'NULL::timestamptz'} AS "closesAt",
              json_build_object('opens', t.opens, 'links', t.links) AS tracking
         FROM (SELECT 1) AS always
         LEFT JOIN intents i ON i.state = 'attempting'
         LEFT JOIN decided d ON d.contact_id = i.contact_id
         LEFT JOIN contact c ON c.id = i.contact_id
         LEFT JOIN tracked t ON t.contact_id = i.contact_id`,
      [
        ...[lease.dispatchId, lease.chunkId, lease.owner, lease.generation, batch, now],
        ...[scope.senderId, scope.topicId, settlementsJson(results), scope.leaseSeconds],
        ...[scope.productCategories, results.map(result => result.contactId)],
      ],
    );
    const { leased = false, running = false, busy = false } = rows[0] ?? {};
    return {
      leased,
      running,
      busy,
      allowed: rows.filter((row): row is StepRow & Allowed => row.contactId !== null),
    };
  }

  /**
   * Settles results whose lease was lost meanwhile. A deferral found now has nobody to retry it unless the chunk comes
   * due again, and its dispatch with it: "finished" was said too early. One that was cancelled or expired stays so.
   */
  async settleLate(lease: Lease, results: Settlement[], now: Date): Promise<void> {
    await this.db.transaction(async () => {
      // First the dispatch, as `finishDone` does: either it is finished by now and runs again, or it is not finished.
      await this.db.query('SELECT 1 FROM dispatch WHERE id = $1 FOR UPDATE', [lease.dispatchId]);
      await this.db.query('SELECT 1 FROM chunk WHERE id = $1 FOR UPDATE', [lease.chunkId]);
      await this.db.execute(SETTLE_SQL('message', '$1', '$2', '$3', '$4', '$5'), [
        ...[lease.dispatchId, settlementsJson(results), results.map(result => result.contactId), now],
        lease.generation,
      ]);
      await this.db.query(
        `WITH due AS (
           UPDATE chunk c SET state = 'pending', due_at = waiting.retry_at
             FROM (SELECT min(retry_at) AS retry_at FROM message
                    WHERE dispatch_id = $2 AND chunk_id = $1 AND state = 'deferred') waiting
            WHERE c.id = $1 AND c.state = 'done' AND waiting.retry_at IS NOT NULL
           RETURNING c.dispatch_id
         )
         UPDATE dispatch d SET state = 'running', ended_at = NULL
           FROM due WHERE d.id = due.dispatch_id AND d.state = 'finished'`,
        [lease.chunkId, lease.dispatchId],
      );
    });
  }
}

/**
 * One JSON parameter instead of eight arrays: as fast for a batch, and nulls need no care. A row that lost its address
 * hash is of somebody who was erased meanwhile: a server's reply may name the address and is not written to it.
 *
 * An attempt that was held back did not happen and gives its number back. The generation keeps its result from being
 * taken for that of the next one, which has the same number: within one lease nobody is asked for twice.
 */
const SETTLE_SQL = (
  ledger: string,
  dispatchId: string,
  settlements: string,
  contactIds: string,
  now: string,
  generation: string,
): string => `
         UPDATE ${ledger} m
            SET state = r.state, reason = r.reason, relay = r.relay,
                attempt = m.attempt - CASE WHEN r.reason = ANY ('{${uncounted.join(',')}}'::text[]) THEN 1 ELSE 0 END,
                parts = r.parts, cost = r.cost,
                provider_message_id = CASE WHEN m.address_hash IS NOT NULL THEN r.provider_message_id END,
                reply = CASE WHEN m.address_hash IS NOT NULL THEN r.reply END, settled_at = ${now}, retry_at = r.retry_at
           FROM jsonb_to_recordset(${settlements}::jsonb) AS r (contact_id bigint, attempt int, state text, reason text,
                relay text, provider_message_id text, reply text, retry_at timestamptz, parts smallint, cost bigint)
          WHERE m.dispatch_id = ${dispatchId} AND m.contact_id = ANY (${contactIds}::bigint[])
            AND m.contact_id = r.contact_id AND m.attempt = r.attempt AND m.lease_generation = ${generation}
            AND m.state IN ('attempting', 'unknown')`;

function settlementsJson(results: Settlement[]): string {
  return JSON.stringify(
    results.map(result => ({
      contact_id: result.contactId,
      attempt: result.attempt,
      state: result.state,
      reason: result.reason,
      relay: result.relay,
      provider_message_id: result.providerMessageId,
      reply: result.reply === null ? null : storable(result.reply),
      retry_at: result.retryAt,
      // What was not sent has no parts: those are of what is paid for.
      ...(result.state === 'accepted' || result.state === 'unknown'
        ? { parts: result.parts, cost: result.cost }
        : {}),
    })),
  );
}
