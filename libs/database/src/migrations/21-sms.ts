import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { gateOpenAt, nextOpen } from './8-permission.js';

const phoneZoneTriggers = ['INSERT', 'UPDATE', 'DELETE']
  .map(
    change => `
      CREATE TRIGGER phone_zone_stale_by_${change.toLowerCase()} AFTER ${change} ON phone_zone
        REFERENCING ${change === 'DELETE' ? 'OLD' : 'NEW'} TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION note_all_stale();`,
  )
  .join('');

/** Hours and days off of all laws that apply, as the last two arguments of next_open and next_closed. */
const combinedHours = `range_intersect_agg(COALESCE(l.hours, '{[0,10080)}')),
                 ARRAY(SELECT DISTINCT day
                         FROM gate_rules(here, phone, past, kind_channel, kind_class, by_sender, at) AS r
                        CROSS JOIN unnest(r.days_off) AS day)`;

/** SMS: whom it comes from, what it costs and may cost, which words people answer with, and until when a message is worth sending. */
export class Sms1764000000021 implements MigrationInterface {
  name = 'Sms1764000000021';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Whom a sender's SMS come from, by the country of the phone they go to; '': any country that has none of its own.
      CREATE TABLE sms_source (
        id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        sender_id        bigint NOT NULL REFERENCES sender ON DELETE CASCADE,
        country          text NOT NULL DEFAULT '',
        kind             text NOT NULL CHECK (kind IN ('number', 'service', 'name')),
        -- A number (E.164), a Messaging Service's SID, or a name of up to 11 characters.
        value            text NOT NULL,
        -- How many parts it may send in a time; NULL: as fast as the provider takes them.
        parts            integer CHECK (parts > 0),
        per              text CHECK (per IN ('second', 'minute', 'hour', 'day')),
        -- Whether the provider itself answers "STOP" and the like: one confirmation is enough.
        provider_answers boolean NOT NULL,
        -- Since when nothing comes from it any more; whoever answers it is heard all the same.
        retired_at       timestamptz,
        CHECK ((parts IS NULL) = (per IS NULL))
      );
      CREATE UNIQUE INDEX sms_source_country ON sms_source (sender_id, country) WHERE retired_at IS NULL;
      CREATE INDEX sms_source_value ON sms_source (value);

      -- What one part costs, in millionths of the installation's currency, by the country it goes to ('': all others) and
      -- whom it comes from ('': all others). Of several that fit, country and source come first, then country, then source.
      CREATE TABLE sms_price (
        country text NOT NULL,
        source  text NOT NULL DEFAULT '',
        micros  bigint NOT NULL CHECK (micros >= 0),
        PRIMARY KEY (country, source)
      );

      -- What was spent, and may be (NULL: no limit), in millionths: of a dispatch, and of a sender in a calendar month of its
      -- own clock. It is taken before a message begins and given back when it provably was not sent, so that a limit is never
      -- passed. The key says of what, e.g. dispatch:7, month:3:2026-11.
      CREATE TABLE sms_spend (
        key         text PRIMARY KEY,
        dispatch_id bigint REFERENCES dispatch ON DELETE CASCADE,
        sender_id   bigint REFERENCES sender ON DELETE CASCADE,
        month       text,
        most        bigint CHECK (most >= 0),
        spent       bigint NOT NULL DEFAULT 0 CHECK (spent >= 0)
      ) WITH (fillfactor = 50);
      CREATE INDEX sms_spend_sender ON sms_spend (sender_id) WHERE sender_id IS NOT NULL;

      -- What a sender may spend in each month from the next one on, and in this one.
      ALTER TABLE sender ADD sms_month_budget bigint CHECK (sms_month_budget >= 0);

      -- Takes, in turn, each cost that still fits what the dispatch and its sender's month may cost; a later one may fit
      -- where an earlier did not. Both rows are held to the end, the dispatch's first, so that whoever asks meanwhile waits
      -- and sees what is left then. exhausted: which limit refused the first that did not fit.
      CREATE FUNCTION sms_spend_take(of_dispatch bigint, of_sender bigint, of_month text, costs bigint[])
        RETURNS TABLE (taken boolean[], exhausted text) LANGUAGE plpgsql AS $$
      DECLARE
        unlimited CONSTANT bigint := 9223372036854775807;
        own       CONSTANT text := 'dispatch:' || of_dispatch;
        monthly   CONSTANT text := 'month:' || of_sender || ':' || of_month;
        own_left   bigint;
        month_left bigint;
        total      bigint := 0;
        cost       bigint;
      BEGIN
        SELECT GREATEST(0, COALESCE(most - spent, unlimited)) INTO own_left FROM sms_spend WHERE key = own FOR UPDATE;
        IF of_dispatch IS NULL THEN
          -- A message of no dispatch: the month alone pays for it.
          own_left := unlimited;
        ELSIF NOT FOUND THEN
          INSERT INTO sms_spend (key, dispatch_id) VALUES (own, of_dispatch) ON CONFLICT DO NOTHING;
          SELECT GREATEST(0, COALESCE(most - spent, unlimited)) INTO own_left FROM sms_spend WHERE key = own FOR UPDATE;
        END IF;
        SELECT GREATEST(0, COALESCE(most - spent, unlimited)) INTO month_left FROM sms_spend WHERE key = monthly FOR UPDATE;
        IF NOT FOUND THEN
          -- Shared with whoever sets the sender's budget this moment: either it is read here, or the row is found there.
          INSERT INTO sms_spend (key, sender_id, month, most)
          SELECT monthly, id, of_month, sms_month_budget FROM sender WHERE id = of_sender FOR SHARE
          ON CONFLICT DO NOTHING;
          SELECT GREATEST(0, COALESCE(most - spent, unlimited)) INTO month_left FROM sms_spend WHERE key = monthly FOR UPDATE;
        END IF;
        taken := '{}';
        FOREACH cost IN ARRAY costs LOOP
          IF cost <= own_left AND cost <= month_left THEN
            taken := taken || true;
            own_left := own_left - cost;
            month_left := month_left - cost;
            total := total + cost;
          ELSE
            taken := taken || false;
            exhausted := COALESCE(exhausted, CASE WHEN cost > own_left THEN 'campaign' ELSE 'month' END);
          END IF;
        END LOOP;
        IF total > 0 THEN
          UPDATE sms_spend SET spent = spent + total WHERE key IN (own, monthly);
        END IF;
        RETURN NEXT;
      END $$;

      -- Words beside our own that ask to stop, to start or for help, for phones of a country.
      CREATE TABLE sms_keyword (
        country text NOT NULL,
        command text NOT NULL CHECK (command IN ('stop', 'start', 'help')),
        word    text NOT NULL,
        PRIMARY KEY (country, word)
      );

      ALTER TABLE campaign
        -- Of a campaign by email: what those get who cannot or may not be reached by it.
        ADD sms_template_id bigint REFERENCES template,
        ADD smart_encoding  boolean NOT NULL DEFAULT false,
        ADD short_links     boolean NOT NULL DEFAULT false,
        ADD budget          bigint CHECK (budget >= 0);
      ALTER TABLE dispatch
        ADD sms_version_id bigint REFERENCES template_version,
        ADD smart_encoding boolean NOT NULL DEFAULT false,
        ADD short_links    boolean NOT NULL DEFAULT false;

      -- Put off because the money is spent: whoever raises the budget makes it due, and nothing that waits for its hour.
      ALTER TABLE chunk ADD budget_wait boolean NOT NULL DEFAULT false;

      -- Of an SMS: by which channel, how many parts were sent, and at what price together. NULL channel: the dispatch's.
      ALTER TABLE message
        ADD channel text CHECK (channel IN ('email', 'sms')),
        ADD parts   smallint,
        ADD cost    bigint;

      ALTER TABLE token_bucket DROP CONSTRAINT token_bucket_scope_check;
      ALTER TABLE token_bucket ADD CONSTRAINT token_bucket_scope_check
        CHECK (scope IN ('relay', 'sender', 'lane', 'dispatch', 'source'));

      -- carrier: the carrier takes nothing from this sender for that phone: the person said stop there, or it is blocked.
      -- unclear: they wrote something that a person has to read first. unreachable: nobody could be reached there for
      -- days; it ends by itself.
      ALTER TABLE suppression DROP CONSTRAINT suppression_reason_check;
      ALTER TABLE suppression ADD CONSTRAINT suppression_reason_check
        CHECK (reason IN ('unsubscribed', 'hard_bounce', 'complaint', 'erased', 'manual', 'carrier', 'unclear',
                          'unreachable'));
      CREATE INDEX suppression_unreachable ON suppression (created_at) WHERE reason = 'unreachable';

      -- sender_id: of what came by SMS to a number of ours, whose number it is: it names no message.
      ALTER TABLE feedback
        ADD channel   text NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'sms')),
        ADD sender_id bigint;
      CREATE INDEX feedback_phone ON feedback (from_address, sender_id, id)
        WHERE channel = 'sms' AND from_address IS NOT NULL;

      ALTER TABLE feedback DROP CONSTRAINT feedback_kind_check;
      ALTER TABLE feedback ADD CONSTRAINT feedback_kind_check
        CHECK (kind IN ('delivered', 'delayed', 'bounced', 'complained', 'opted_out', 'replied', 'auto_replied', 'not_spam',
                        'auth_failed', 'taken', 'opted_in', 'asked_help'));
      ALTER TABLE message_evidence DROP CONSTRAINT message_evidence_kind_check;
      ALTER TABLE message_evidence ADD CONSTRAINT message_evidence_kind_check
        CHECK (kind IN ('delivered', 'bounced', 'clicked', 'replied', 'accepted', 'not_sent', 'resent', 'taken'));

      -- About days on which a zone's clock is put forward or back: every moment at which it may show these minutes of the
      -- day, or midnight, and the one at which it is put: what is not shown then, or shown twice, begins or ends there.
      CREATE FUNCTION day_moments(local date, zone text, minutes integer[]) RETURNS SETOF timestamptz
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT moment
          FROM (SELECT local::timestamp AT TIME ZONE zone - interval '2 hours' AS before,
                       (local + 1)::timestamp AT TIME ZONE zone + interval '2 hours' AS after) day
         CROSS JOIN LATERAL (SELECT (before AT TIME ZONE zone) - (before AT TIME ZONE 'UTC') AS early,
                                    (after AT TIME ZONE zone) - (after AT TIME ZONE 'UTC') AS late) ahead
         CROSS JOIN LATERAL (
               SELECT (local + make_interval(mins => minute) - ahead_by) AT TIME ZONE 'UTC' AS moment
                 FROM unnest(minutes || 0) AS minute CROSS JOIN unnest(ARRAY[early, late]) AS ahead_by
                UNION ALL
               SELECT min(quarter)
                 FROM generate_series(before, CASE WHEN early <> late THEN after END, interval '15 minutes') AS quarter
                WHERE (quarter AT TIME ZONE zone) - (quarter AT TIME ZONE 'UTC') = late) found
      $$;

      -- The first moment from this one on that is open in every zone: now, or one of the moments at which a zone opens.
      -- 'infinity': none within 15 days, so never. The zones' clocks are asked day by day, which gets nights right that
      -- are an hour longer or shorter. Zones whose clocks agree all the while are asked once: the 29 of the US are 8.
      CREATE OR REPLACE FUNCTION next_open(at timestamptz, zones text[], hours int4multirange, days_off date[])
        RETURNS timestamptz LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
      DECLARE
        clocks text[] := zones;
        since  timestamptz;
        moment timestamptz;
      BEGIN
        IF is_open(at, zones, hours, days_off) THEN
          RETURN at;
        END IF;
        IF cardinality(zones) > 1 THEN
          clocks := ARRAY(
            SELECT min(zone) FROM unnest(zones) AS zone
             GROUP BY ARRAY(SELECT (at + day * interval '24 hours') AT TIME ZONE zone
                              FROM generate_series(0, 16) AS day ORDER BY day));
        END IF;
        FOR period IN 0..14 LOOP
          since := at + period * interval '24 hours';
          FOR moment IN
            SELECT DISTINCT m FROM unnest(clocks) AS zone
              CROSS JOIN LATERAL (SELECT (since + interval '72 hours') AT TIME ZONE zone - (since - interval '24 hours') AT TIME ZONE zone
                                         <> interval '96 hours' AS jumps) clock
              CROSS JOIN generate_series(0, 2) AS day
              CROSS JOIN LATERAL (SELECT (since AT TIME ZONE zone)::date + day AS date) local
              CROSS JOIN LATERAL (
                SELECT (local.date + make_interval(mins => lower(range) % 1440)) AT TIME ZONE zone AS m
                  FROM unnest(COALESCE(hours, '{[0,10080)}')) AS range
                 WHERE lower(range) / 1440 = extract(isodow FROM local.date)::int - 1
                 UNION ALL
                -- Hours that run through midnight open there when the day before was off.
                SELECT local.date::timestamp AT TIME ZONE zone
                 UNION ALL
                SELECT changed FROM day_moments(local.date, zone, ARRAY(
                         SELECT lower(range) % 1440 FROM unnest(COALESCE(hours, '{[0,10080)}')) AS range
                          WHERE lower(range) / 1440 = extract(isodow FROM local.date)::int - 1)) AS changed
                 WHERE jumps
              ) opening
             WHERE m > since AND m <= since + interval '24 hours' ORDER BY m
          LOOP
            IF is_open(moment, clocks, hours, days_off) THEN
              RETURN moment;
            END IF;
          END LOOP;
        END LOOP;
        RETURN 'infinity';
      END $$;

      -- The first moment from an open one on that is closed in one of the zones; NULL: none within ten hours, which is as long
      -- as a provider keeps an SMS. It is the end of hours, or the midnight that begins a day off.
      CREATE FUNCTION next_closed(at timestamptz, zones text[], hours int4multirange, days_off date[]) RETURNS timestamptz
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT min(m)
          FROM unnest(zones) AS zone
         CROSS JOIN LATERAL (SELECT (at + interval '48 hours') AT TIME ZONE zone - (at - interval '24 hours') AT TIME ZONE zone
                                    <> interval '72 hours' AS jumps) clock
         CROSS JOIN generate_series(0, 1) AS day
         CROSS JOIN LATERAL (SELECT (at AT TIME ZONE zone)::date + day AS date) local
         CROSS JOIN LATERAL (SELECT ARRAY(
               SELECT upper(range) - (extract(isodow FROM local.date)::int - 1) * 1440
                 FROM unnest(COALESCE(hours, '{[0,10080)}')) AS range
                WHERE (upper(range) - 1) / 1440 = extract(isodow FROM local.date)::int - 1) AS ends) closing
         CROSS JOIN LATERAL (
               SELECT (local.date + make_interval(mins => minute)) AT TIME ZONE zone AS m FROM unnest(ends || 0) AS minute
                UNION ALL
               SELECT moment FROM day_moments(local.date, zone, ends) AS moment WHERE jumps
             ) ending
         WHERE m > at AND m <= at + interval '10 hours' AND NOT is_open(m, zones, hours, days_off)
      $$;

      -- The time zones that numbers beginning with these digits are used in, the longest that fits first; of others the
      -- country's are. Written from libs/consent/src/phone-zones.ts, by nobody else.
      CREATE TABLE phone_zone (prefix text PRIMARY KEY, zones text[] NOT NULL);
      CREATE FUNCTION phone_zones(number text) RETURNS text[] LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
        SELECT zones FROM phone_zone
         WHERE prefix = ANY (ARRAY(SELECT substr(number, 2, digits) FROM generate_series(1, 7) AS digits))
         ORDER BY length(prefix) DESC LIMIT 1
      $$;
      -- The gate reads it, so everybody must be looked at anew when it changes (docs/adr/0011). By number, not by row: also
      -- who is being written this moment, whom this statement does not see.
      CREATE FUNCTION note_all_stale() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM changed) THEN
          INSERT INTO consent_forecast_stale
          SELECT NULL, NULL, block, ARRAY(SELECT generate_series(0, 511))
            FROM generate_series(0, (pg_sequence_last_value(pg_get_serial_sequence('contact', 'id')) >> 9)::int + 1) AS block;
        END IF;
        RETURN NULL;
      END $$;
      ${phoneZoneTriggers}

      -- Every time zone somebody may be in: their own; else those of their phone and of their address; else of where they
      -- agreed; else the sender's. Digits that say where in its country a phone is say it of an address there too. A zone
      -- this server does not know is none.
      CREATE FUNCTION gate_zones(country text, phone_country text, number text, own_zone text, past integer,
                                 by_sender bigint) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT COALESCE((SELECT ARRAY[z.name] FROM time_zone z WHERE z.name = own_zone),
                        (SELECT array_agg(DISTINCT zone)
                           FROM phone_zones($3) AS digits
                          CROSS JOIN LATERAL (
                                SELECT unnest(digits) AS zone
                                 UNION ALL
                                SELECT unnest(k.zones) FROM country_zone k
                                 WHERE k.country IN ($1, $2) AND (digits IS NULL OR k.country <> $2)) may_be),
                        (SELECT array_agg(DISTINCT zone) FROM law_rule r JOIN country_zone k USING (country)
                          CROSS JOIN unnest(k.zones) AS zone WHERE r.id = past),
                        (SELECT ARRAY[z.name] FROM sender s JOIN time_zone z ON z.name = s.time_zone
                          WHERE s.id = by_sender),
                        '{UTC}')
      $$;

      -- When hours and days allow it, in every zone: now, later, or never ('infinity').
      DROP FUNCTION gate_open_at;
      CREATE FUNCTION gate_open_at(country text, phone_country text, number text, own_zone text, here integer, phone integer,
                                   past integer, kind_channel text, kind_class text, by_sender bigint, at timestamptz)
        RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT next_open(at, gate_zones($1, phone_country, number, own_zone, past, by_sender), ${combinedHours})
          FROM gate_rules(here, phone, past, kind_channel, kind_class, by_sender, at) AS l
      $$;

      -- Until when they do.
      CREATE FUNCTION gate_closes_at(country text, phone_country text, number text, own_zone text, here integer,
                                     phone integer, past integer, kind_channel text, kind_class text, by_sender bigint,
                                     at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT next_closed(at, gate_zones($1, phone_country, number, own_zone, past, by_sender), ${combinedHours})
          FROM gate_rules(here, phone, past, kind_channel, kind_class, by_sender, at) AS l
      $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION gate_closes_at, gate_open_at, gate_zones, phone_zones, next_closed;
      ${nextOpen}
      DROP FUNCTION day_moments;
      DROP TABLE phone_zone;
      DROP FUNCTION note_all_stale;
      ${gateOpenAt}
      DELETE FROM message_evidence WHERE kind = 'taken';
      ALTER TABLE message_evidence DROP CONSTRAINT message_evidence_kind_check;
      ALTER TABLE message_evidence ADD CONSTRAINT message_evidence_kind_check
        CHECK (kind IN ('delivered', 'bounced', 'clicked', 'replied', 'accepted', 'not_sent', 'resent'));
      ALTER TABLE feedback DROP sender_id, DROP channel;
      DELETE FROM feedback WHERE kind IN ('taken', 'opted_in', 'asked_help');
      ALTER TABLE feedback DROP CONSTRAINT feedback_kind_check;
      ALTER TABLE feedback ADD CONSTRAINT feedback_kind_check
        CHECK (kind IN ('delivered', 'delayed', 'bounced', 'complained', 'opted_out', 'replied', 'auto_replied', 'not_spam',
                        'auth_failed'));
      DROP INDEX suppression_unreachable;
      UPDATE suppression SET reason = 'manual' WHERE reason IN ('carrier', 'unclear', 'unreachable');
      ALTER TABLE suppression DROP CONSTRAINT suppression_reason_check;
      ALTER TABLE suppression ADD CONSTRAINT suppression_reason_check
        CHECK (reason IN ('unsubscribed', 'hard_bounce', 'complaint', 'erased', 'manual'));
      DELETE FROM token_bucket WHERE scope = 'source';
      ALTER TABLE token_bucket DROP CONSTRAINT token_bucket_scope_check;
      ALTER TABLE token_bucket ADD CONSTRAINT token_bucket_scope_check
        CHECK (scope IN ('relay', 'sender', 'lane', 'dispatch'));
      ALTER TABLE message DROP cost, DROP parts, DROP channel;
      ALTER TABLE chunk DROP budget_wait;
      DROP FUNCTION sms_spend_take;
      ALTER TABLE dispatch DROP short_links, DROP smart_encoding, DROP sms_version_id;
      ALTER TABLE campaign DROP budget, DROP short_links, DROP smart_encoding, DROP sms_template_id;
      ALTER TABLE sender DROP sms_month_budget;
      DROP TABLE sms_keyword, sms_spend, sms_price, sms_source;
    `);
  }
}
