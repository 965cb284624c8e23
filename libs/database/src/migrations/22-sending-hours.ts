import { type MigrationInterface, type QueryRunner } from 'typeorm';

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

/**
 * Hours go by a phone's area where its digits say one, begin and end at the right minute where a clock skips or repeats it, and
 * tell until when. The functions of before keep their texts under another name, so that this can be undone.
 */
export class SendingHours1764000000022 implements MigrationInterface {
  name = 'SendingHours1764000000022';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
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
      ALTER FUNCTION next_open RENAME TO next_open_before;
      CREATE FUNCTION next_open(at timestamptz, zones text[], hours int4multirange, days_off date[])
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
      ALTER FUNCTION gate_open_at RENAME TO gate_open_at_before;
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
      DROP FUNCTION gate_closes_at, gate_open_at, gate_zones, phone_zones, next_closed, next_open, day_moments;
      DROP TABLE phone_zone;
      DROP FUNCTION note_all_stale;
      ALTER FUNCTION next_open_before RENAME TO next_open;
      ALTER FUNCTION gate_open_at_before RENAME TO gate_open_at;
    `);
  }
}
