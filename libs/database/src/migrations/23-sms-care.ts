import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Hours that are worked out once for all who share a place. */
export class SmsCare1764000000023 implements MigrationInterface {
  name = 'SmsCare1764000000023';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- What the gate asks of the law for all who share a place: when hours and days are open (now, later, or 'infinity':
      -- never), until when they are then, and the packs that were read. Asked once a place of a batch, it reads rules and
      -- zones once; gate_open_at says the same of one person. number: of anybody there, as only its area matters. closes_at:
      -- NULL where hours are not open at this moment, for ten hours and more, or where it is not asked for. limited: whether
      -- any law has hours.
      CREATE FUNCTION gate_place(country text, phone_country text, number text, own_zone text, here integer, phone integer,
                                 past integer, kind_channel text, kind_class text, by_sender bigint, at timestamptz,
                                 limited boolean, closing boolean, OUT open_at timestamptz, OUT closes_at timestamptz, OUT law text)
        LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
      DECLARE
        hours int4multirange;
        off   date[];
        zones text[];
      BEGIN
        SELECT range_intersect_agg(COALESCE(l.hours, '{[0,10080)}')), string_agg(DISTINCT l.pack, '+' ORDER BY l.pack),
               ARRAY(SELECT DISTINCT day FROM gate_rules(here, phone, past, kind_channel, kind_class, by_sender, at) AS r
                      CROSS JOIN unnest(r.days_off) AS day)
          INTO hours, law, off
          FROM gate_rules(here, phone, past, kind_channel, kind_class, by_sender, at) AS l;
        IF NOT limited THEN
          RETURN;
        END IF;
        zones := gate_zones(gate_place.country, phone_country, number, own_zone, past, by_sender);
        open_at := next_open(at, zones, hours, off);
        IF closing AND open_at = at THEN
          closes_at := next_closed(at, zones, hours, off);
        END IF;
      END $$;

      -- Of an SMS that its carrier lost for a cause nobody knows, and that was tried once more: when that was told, and what
      -- the lost attempt was known by, its parts and cost: {at, sid, parts, cost}.
      ALTER TABLE message ADD earlier jsonb;

      -- When a person's clock shows this time: their own zone's; else that of their phone's area, where its digits tell one and
      -- no other country is known of them: of several all have to have shown it; else that of their country or their phone's
      -- where all its clocks agree, else the sender's. Where that has passed by \`since\`: at once, or on the next day.
      ALTER FUNCTION local_due RENAME TO local_due_before;
      CREATE FUNCTION local_due(local timestamp, past_hour text, own_zone text, country text, phone_country text, digits text[],
                                sender_zone text, since timestamptz) RETURNS timestamptz
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT max(CASE WHEN first_due >= since THEN first_due
                        WHEN past_hour = 'at_once' THEN since
                        ELSE (SELECT min(due)
                                FROM generate_series(0, 2) AS more
                               CROSS JOIN LATERAL (
                                 SELECT at_local((since AT TIME ZONE zone)::date + more + local::time, zone) AS due) d
                               WHERE due >= since) END)
          FROM (SELECT unnest(COALESCE(
                  (SELECT ARRAY[z.name] FROM time_zone z WHERE z.name = own_zone),
                  CASE WHEN $4 IN ('', $5) THEN (
                    SELECT array_agg(z.name) FROM unnest(digits) AS digit JOIN time_zone z ON z.name = digit) END,
                  (SELECT ARRAY[min(zone)] FROM country_zone k CROSS JOIN unnest(k.zones) AS zone JOIN time_zone z ON z.name = zone
                    WHERE k.country = $4 HAVING count(DISTINCT at_local(local, zone)) = 1),
                  (SELECT ARRAY[min(zone)] FROM country_zone k CROSS JOIN unnest(k.zones) AS zone JOIN time_zone z ON z.name = zone
                    WHERE k.country = $5 HAVING count(DISTINCT at_local(local, zone)) = 1),
                  (SELECT ARRAY[z.name] FROM time_zone z WHERE z.name = sender_zone),
                  '{UTC}')) AS zone) chosen
         CROSS JOIN LATERAL (SELECT at_local(local, zone) AS first_due) f
      $$;

      -- Phones of the team, too; each was proven by a button behind a link that an SMS brought there.
      ALTER TABLE team_address RENAME email TO address;
      ALTER TABLE team_address ADD channel text NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'sms'));

      -- Countries ('': phones of none that is known) that the provider refused an SMS to, for a setting of ours: of the account
      -- ('') or of what it came from. Nothing goes there until somebody opens it again.
      CREATE TABLE sms_closure (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source      text NOT NULL,
        country     text NOT NULL,
        -- Of the provider's dictionary of errors.
        code        integer NOT NULL,
        closed_at   timestamptz NOT NULL,
        reopened_at timestamptz,
        reopened_by text,
        why         text,
        CHECK ((reopened_at IS NULL) = (why IS NULL) AND (reopened_at IS NULL) = (reopened_by IS NULL))
      );
      CREATE UNIQUE INDEX sms_closure_in_force ON sms_closure (source, country) WHERE reopened_at IS NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Who waits for a second try has had a first one, which was accepted.
      UPDATE message SET state = 'accepted', reason = NULL, retry_at = NULL WHERE state = 'deferred' AND reason = 'CARRIER_LOST';
      DELETE FROM team_address WHERE channel = 'sms';
      ALTER TABLE team_address DROP channel;
      ALTER TABLE team_address RENAME address TO email;
      DROP FUNCTION local_due;
      ALTER FUNCTION local_due_before RENAME TO local_due;
      DROP TABLE sms_closure;
      ALTER TABLE message DROP earlier;
      DROP FUNCTION gate_place;
    `);
  }
}
