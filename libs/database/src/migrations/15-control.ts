import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { gateSuppression } from './8-permission.js';

export class Control1764000000015 implements MigrationInterface {
  name = 'Control1764000000015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- How often a dispatch was paused, resumed or cancelled: a worker that heeded one pause has not heeded the next.
      -- local_time: an hour on each person's own clock, as 2026-12-01T09:00; past_hour: what is done where it has passed.
      ALTER TABLE dispatch
        ADD COLUMN moves integer NOT NULL DEFAULT 0,
        ADD COLUMN local_time text CHECK (local_time ~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d$'),
        ADD COLUMN past_hour text CHECK (past_hour IN ('at_once', 'next_day'));
      ALTER TABLE campaign
        ADD COLUMN local_time text CHECK (local_time ~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d$'),
        ADD COLUMN past_hour text CHECK (past_hour IN ('at_once', 'next_day'));

      -- The move that the worker which holds it has heeded, and how many of its mails had begun by then.
      ALTER TABLE chunk ADD COLUMN heeded integer, ADD COLUMN on_wire integer;

      -- Since when the relay may know the message's idempotency key; NULL until it was resent.
      ALTER TABLE message ADD COLUMN key_since timestamptz;

      -- What became known later of messages of which nothing was known, and from where. detail is no personal data of
      -- ours, but may be what a provider or an operator wrote: it goes when the person is erased.
      CREATE TABLE message_evidence (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        dispatch_id bigint NOT NULL,
        contact_id  bigint NOT NULL,
        kind        text NOT NULL CHECK (kind IN ('delivered', 'bounced', 'clicked', 'replied', 'accepted', 'not_sent', 'resent')),
        -- When it happened, as whoever told us says; and when we heard.
        occurred_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        actor       text NOT NULL,
        detail      text,
        -- Whether it changed what is known of the message.
        decided     boolean NOT NULL
      );
      CREATE INDEX message_evidence_message ON message_evidence (dispatch_id, contact_id, id);
      CREATE INDEX message_evidence_open ON message_evidence (dispatch_id, contact_id, id) WHERE NOT decided;
      CREATE INDEX message_evidence_contact ON message_evidence (contact_id);
      CREATE INDEX message_unknown ON message (dispatch_id, contact_id) WHERE state = 'unknown';

      -- "At most so many marketing messages per person in so many days", of one sender. Sender 0: for each sender that
      -- has no row of its own. messages and days NULL: this sender has no cap, whatever the account says.
      CREATE TABLE frequency_cap (
        sender_id  bigint PRIMARY KEY,
        messages   integer CHECK (messages BETWEEN 1 AND 1000),
        days       integer CHECK (days BETWEEN 1 AND 365),
        updated_at timestamptz NOT NULL,
        CHECK ((messages IS NULL) = (days IS NULL))
      );

      -- The cap of a sender, in one row that may be empty.
      CREATE FUNCTION gate_cap(by_sender bigint, OUT messages integer, OUT days integer)
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT f.messages, f.days FROM (SELECT 1) AS always
          LEFT JOIN frequency_cap f ON f.sender_id IN (0, by_sender) ORDER BY f.sender_id DESC NULLS LAST LIMIT 1
      $$;

      -- When a person may hear of this sender again: rested as they wish it, and within the sender's cap. At a cap of n in d days
      -- they may when the n-th last message is d days old. NULL: now.
      CREATE FUNCTION gate_heard_enough(contact bigint, frequency text, cap_messages integer, cap_days integer,
                                        asking bigint, by_sender bigint, at timestamptz) RETURNS timestamptz
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT GREATEST(
          CASE WHEN frequency <> 'all' THEN gate_rested_at(contact, frequency, asking, by_sender, at) END,
          CASE WHEN cap_messages IS NOT NULL THEN (
            SELECT m.allowed_at + make_interval(hours => 24 * cap_days)
              FROM message m JOIN dispatch d ON d.id = m.dispatch_id
             WHERE m.contact_id = contact AND m.dispatch_id <> asking
               AND d.sender_id = by_sender AND d.message_class = 'marketing'
               AND m.state IN ('attempting', 'accepted', 'unknown')
               AND m.allowed_at > at - make_interval(hours => 24 * cap_days)
             ORDER BY m.allowed_at DESC OFFSET cap_messages - 1 LIMIT 1) END)
      $$;

      -- The same for an attempt. Two dispatches that ask in the same moment do not see each other's rows: the one that
      -- comes second is busy: told to ask again, and each counts on a snapshot taken after the person was theirs. (A volatile
      -- function has a snapshot of its own for each query; PostgreSQL manual, 36.7. What a transaction wrote is visible
      -- before its locks are gone.) Nobody waits here: a wait would age the statement's own snapshot.
      CREATE TYPE gate_turn AS (rested_at timestamptz, busy boolean);
      CREATE FUNCTION gate_take_turn(contact bigint, frequency text, cap_messages integer, cap_days integer,
                                     asking bigint, by_sender bigint, at timestamptz) RETURNS gate_turn
        LANGUAGE plpgsql VOLATILE AS $$
      DECLARE
        turn gate_turn;
      BEGIN
        IF NOT pg_try_advisory_xact_lock(hashtextextended('turn ' || contact || ' ' || by_sender, 0)) THEN
          turn.rested_at := at + interval '2 seconds';
          turn.busy := true;
          RETURN turn;
        END IF;
        SELECT gate_heard_enough(contact, frequency, cap_messages, cap_days, asking, by_sender, at) INTO turn.rested_at;
        RETURN turn;
      END $$;

      -- The row of the suppression list that stands against a message, among those that were there by then; NULL: none.
      -- The gate asks it, and so does whoever tells people later what the gate met. A receipt goes out to whoever wants
      -- no more offers.
      CREATE FUNCTION gate_met(hash bytea, kind_channel text, kind_class text, by_sender bigint, about bigint, by_then timestamptz)
        RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT s.id FROM suppression s
         WHERE s.address_hash = hash AND s.channel = kind_channel AND s.created_at <= by_then
           AND ((s.sender_id = 0 AND s.topic_id = 0) OR (s.sender_id = by_sender AND s.topic_id IN (0, about)))
           AND (kind_class <> 'transactional' OR s.reason NOT IN ('unsubscribed', 'complaint'))
         ORDER BY s.sender_id, s.topic_id LIMIT 1
      $$;
      CREATE OR REPLACE FUNCTION gate_suppression(hash bytea, kind_channel text, kind_class text, by_sender bigint, about bigint)
        RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT CASE s.reason WHEN 'unsubscribed' THEN 'WITHDRAWN' ELSE 'SUPPRESSED' END
          FROM suppression s WHERE s.id = gate_met(hash, kind_channel, kind_class, by_sender, about, 'infinity')
      $$;

      -- The first moment at which a clock shows this time; where it skips it, as much later as it skips.
      CREATE FUNCTION at_local(local timestamp, zone text) RETURNS timestamptz
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN earlier AT TIME ZONE zone = local THEN LEAST(earlier, plain) ELSE plain END
          FROM (SELECT local AT TIME ZONE zone AS plain) p
         CROSS JOIN LATERAL (SELECT plain - interval '24 hours' AS before) b
         -- The same time by the clock of the day before: of a time that comes twice, the first.
         CROSS JOIN LATERAL (
           SELECT (local - ((before AT TIME ZONE zone) - (before AT TIME ZONE 'UTC'))) AT TIME ZONE 'UTC' AS earlier) e
      $$;

      -- When a person's clock shows this time: their own zone's, else that of their country or their phone's where all
      -- its clocks agree, else the sender's. Where that has passed by \`since\`: at once, or on the next day.
      CREATE FUNCTION local_due(local timestamp, past_hour text, own_zone text, country text, phone_country text,
                                sender_zone text, since timestamptz) RETURNS timestamptz
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN first_due >= since THEN first_due
                    WHEN past_hour = 'at_once' THEN since
                    ELSE (SELECT min(due)
                            FROM generate_series(0, 2) AS more
                           CROSS JOIN LATERAL (
                             SELECT at_local((since AT TIME ZONE zone)::date + more + local::time, zone) AS due) d
                           WHERE due >= since) END
          FROM (SELECT COALESCE(
                  (SELECT z.name FROM time_zone z WHERE z.name = own_zone),
                  (SELECT min(zone) FROM country_zone k CROSS JOIN unnest(k.zones) AS zone JOIN time_zone z ON z.name = zone
                    WHERE k.country = $4 HAVING count(DISTINCT at_local(local, zone)) = 1),
                  (SELECT min(zone) FROM country_zone k CROSS JOIN unnest(k.zones) AS zone JOIN time_zone z ON z.name = zone
                    WHERE k.country = $5 HAVING count(DISTINCT at_local(local, zone)) = 1),
                  (SELECT z.name FROM time_zone z WHERE z.name = sender_zone),
                  'UTC') AS zone) chosen
         CROSS JOIN LATERAL (SELECT at_local(local, zone) AS first_due) f
      $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ${gateSuppression}
      DROP FUNCTION gate_met, local_due, at_local, gate_take_turn, gate_heard_enough, gate_cap;
      DROP TYPE gate_turn;
      DROP TABLE frequency_cap, message_evidence;
      DROP INDEX message_unknown;
      ALTER TABLE message DROP COLUMN key_since;
      ALTER TABLE chunk DROP COLUMN heeded, DROP COLUMN on_wire;
      ALTER TABLE campaign DROP COLUMN local_time, DROP COLUMN past_hour;
      ALTER TABLE dispatch DROP COLUMN moves, DROP COLUMN local_time, DROP COLUMN past_hour;
    `);
  }
}
