import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { suppressionHints } from './8-permission.js';

type Change = 'INSERT' | 'UPDATE' | 'DELETE';

/** Calls a trigger function after each statement that changes this table, with the rows as `changed`. */
function after(changes: readonly Change[], table: string, does: string): string {
  return changes
    .map(
      change => `
      CREATE TRIGGER ${table}_${does}_by_${change.toLowerCase()} AFTER ${change} ON ${table}
        REFERENCING ${change === 'DELETE' ? 'OLD' : 'NEW'} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ${does}();`,
    )
    .join('');
}

const any: readonly Change[] = ['INSERT', 'UPDATE', 'DELETE'];

/** A trigger function that says whose class is not to be trusted: about what, and which column names the contact. */
function notesStale(name: string, about: string, contact: string): string {
  return `
      CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO consent_forecast_stale
        SELECT ${about}, (${contact} >> 9)::int, array_agg((${contact} & 511)::int) FROM changed GROUP BY 1, 2, 3;
        RETURN NULL;
      END $$;`;
}

/** Mailbox providers that throttle by themselves, with the domains they receive for; everybody else shares a lane. */
const providers: Record<string, string> = {
  google: 'gmail.com googlemail.com',
  microsoft: 'outlook.com outlook.sa hotmail.com hotmail.co.uk hotmail.fr live.com live.co.uk msn.com',
  yahoo: 'yahoo.com yahoo.co.uk yahoo.fr ymail.com rocketmail.com aol.com',
  apple: 'icloud.com me.com mac.com',
};
const laneOfDomain = JSON.stringify(
  Object.fromEntries(
    Object.entries(providers).flatMap(([lane, domains]) => domains.split(' ').map(domain => [domain, lane])),
  ),
);

/** The forecast of the gate: whom it treats alike (docs/adr/0011). */
export class ConsentForecast1764000000013 implements MigrationInterface {
  name = 'ConsentForecast1764000000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- What a forecast went by until now: hints that two changes of the same moment could keep from each other.
      DROP TRIGGER suppressed_address_added ON suppressed_address;
      DROP TRIGGER subscription_preference_added ON subscription_preference;
      DROP TRIGGER consent_state_added ON consent_state;
      DROP TRIGGER contact_address_changed ON contact;
      DROP FUNCTION flag_suppressed_states, flag_preferred_states, flag_new_states, flag_moved_states;
      ALTER TABLE consent_state DROP COLUMN flagged;

      -- The lane an address travels in: addresses whose receiving provider throttles them together.
      CREATE FUNCTION address_lane(channel text, address text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE channel WHEN 'sms' THEN 'sms'
               ELSE COALESCE('${laneOfDomain}'::jsonb ->> split_part(address, '@', 2), 'other') END
      $$;

      -- The channels and topics that have a forecast.
      CREATE TABLE consent_forecast_topic (
        channel  text NOT NULL,
        topic_id bigint NOT NULL REFERENCES topic ON DELETE CASCADE,
        PRIMARY KEY (channel, topic_id)
      );

      -- People of one class are alike in everything about a person that the gate reads, and their mail travels in one
      -- lane. Only a digest of it is kept: enough to recognise a class, and nothing about anybody.
      CREATE TABLE consent_class (
        channel  text NOT NULL,
        topic_id bigint NOT NULL REFERENCES topic ON DELETE CASCADE,
        class    smallint NOT NULL CHECK (class > 1),
        facts    bytea NOT NULL,
        lane     text NOT NULL,
        PRIMARY KEY (channel, topic_id, class),
        UNIQUE (channel, topic_id, facts)
      );

      -- The class of each of 512 contacts, whose ids begin at block * 512. 1: like nobody else, because something about
      -- them turns with time, and asked about alone. 0: not known, and asked about alone too.
      CREATE TABLE consent_forecast (
        channel  text NOT NULL,
        topic_id bigint NOT NULL REFERENCES topic ON DELETE CASCADE,
        block    integer NOT NULL,
        classes  smallint[] NOT NULL CHECK (cardinality(classes) = 512),
        alone    integer NOT NULL GENERATED ALWAYS AS (cardinality(array_positions(classes, 1::smallint))) STORED,
        PRIMARY KEY (channel, topic_id, block)
      );
      ALTER TABLE consent_forecast ALTER classes SET STORAGE PLAIN;

      -- Whose class is not to be trusted since something about them changed, until a fold has looked (NULL: on every
      -- channel, about every topic). Appended in the transaction that makes the change. It must stay without a unique
      -- key: a second change that found the first one's row and left it at that would be forgotten with it.
      CREATE TABLE consent_forecast_stale (
        channel  text,
        topic_id bigint,
        block    integer NOT NULL,
        members  integer[] NOT NULL
      );
      -- Addresses whose suppression changed. They become contacts when they are read and not here, so that it does not
      -- matter whether the address or its suppression came first.
      CREATE TABLE consent_forecast_suspect (
        channel      text NOT NULL,
        address_hash bytea NOT NULL
      );

      ${notesStale('note_stale_states', 'channel, topic_id', 'contact_id')}
      ${after(any, 'consent_state', 'note_stale_states')}
      ${notesStale('note_stale_preferences', 'NULL::text, NULL::bigint', 'contact_id')}
      ${after(any, 'subscription_preference', 'note_stale_preferences')}

      -- A new contact has no class yet; this is how the next fold hears of it. A deleted one loses its class.
      ${notesStale('note_stale_contacts', 'NULL::text, NULL::bigint', 'id')}
      ${after(['INSERT', 'DELETE'], 'contact', 'note_stale_contacts')}
      CREATE FUNCTION note_moved_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO consent_forecast_stale
        SELECT NULL, NULL, (m.id >> 9)::int, array_agg((m.id & 511)::int)
          FROM moved_to m JOIN moved_from f ON f.id = m.id
         WHERE (f.email, f.email_hash, f.phone, f.phone_hash, f.country, f.time_zone)
               IS DISTINCT FROM (m.email, m.email_hash, m.phone, m.phone_hash, m.country, m.time_zone)
         GROUP BY 3;
        RETURN NULL;
      END $$;
      CREATE TRIGGER contact_stale_by_update AFTER UPDATE ON contact
        REFERENCING OLD TABLE AS moved_from NEW TABLE AS moved_to
        FOR EACH STATEMENT EXECUTE FUNCTION note_moved_contacts();

      CREATE FUNCTION note_suspect_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO consent_forecast_suspect SELECT DISTINCT channel, address_hash FROM changed;
        RETURN NULL;
      END $$;
      ${after(any, 'suppression', 'note_suspect_addresses')}

      -- A block with some of its classes written anew. In plpgsql, where writing an element of an array copies nothing.
      CREATE FUNCTION forecast_with(classes smallint[], members integer[], known smallint[]) RETURNS smallint[]
        LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
      DECLARE
        result smallint[] := COALESCE(classes, array_fill(0::smallint, ARRAY[512]));
      BEGIN
        FOR n IN 1 .. cardinality(members) LOOP
          result[members[n] + 1] := COALESCE(known[n], 0);
        END LOOP;
        RETURN result;
      END $$;

      -- The class of every contact, [block + 1][member + 1], as far as the statement that asks may believe it. None when
      -- the topic is another sender's: suppressions and preferences were looked up for its own.
      CREATE FUNCTION consent_forecast(on_channel text, by_sender bigint, about bigint) RETURNS smallint[]
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
        WITH stale AS (
          SELECT block, array_agg(member) AS members
            FROM (SELECT block, unnest(members) AS member FROM consent_forecast_stale
                   WHERE (channel IS NULL OR channel = on_channel) AND (topic_id IS NULL OR topic_id = about)
                   UNION ALL
                  SELECT (c.id >> 9)::int, (c.id & 511)::int
                    FROM consent_forecast_suspect s JOIN contact c ON c.email_hash = s.address_hash
                   WHERE on_channel = 'email' AND s.channel = 'email'
                   UNION ALL
                  SELECT (c.id >> 9)::int, (c.id & 511)::int
                    FROM consent_forecast_suspect s JOIN contact c ON c.phone_hash = s.address_hash
                   WHERE on_channel = 'sms' AND s.channel = 'sms') of_both
           GROUP BY block
        )
        SELECT array_agg(CASE WHEN f.classes IS NULL OR stale.members IS NULL
                              THEN COALESCE(f.classes, nothing)
                              ELSE forecast_with(f.classes, stale.members, '{}') END ORDER BY number)
          FROM generate_series(0, (SELECT max(id) >> 9 FROM contact)::int) AS number
         CROSS JOIN array_fill(0::smallint, ARRAY[512]) AS nothing
          LEFT JOIN consent_forecast f ON f.channel = on_channel AND f.topic_id = about AND f.block = number
          LEFT JOIN stale ON stale.block = number
         WHERE EXISTS (SELECT FROM topic t WHERE t.id = about AND t.sender_id = by_sender)
      $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION consent_forecast, forecast_with, address_lane;
      DROP FUNCTION note_stale_states, note_stale_preferences, note_stale_contacts, note_moved_contacts,
                    note_suspect_addresses CASCADE;
      DROP TABLE consent_forecast_suspect, consent_forecast_stale, consent_forecast, consent_class, consent_forecast_topic;
      -- True for all who are there: whoever goes by the hints then looks everybody up.
      ALTER TABLE consent_state ADD COLUMN flagged boolean NOT NULL DEFAULT true;
      ALTER TABLE consent_state ALTER flagged SET DEFAULT false;
      ${suppressionHints}
    `);
  }
}
