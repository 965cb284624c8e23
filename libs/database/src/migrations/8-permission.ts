import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Who a forecast had to look up; migration 13 has a better way. */
export const suppressionHints = `
      -- SKIP LOCKED: a hint is not worth waiting for, nor a deadlock.
      CREATE FUNCTION flag_suppressed_states() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE consent_state SET flagged = true
         WHERE (contact_id, channel, topic_id) IN (
           SELECT st.contact_id, st.channel, st.topic_id
             FROM added a
             JOIN contact c ON CASE a.channel WHEN 'email' THEN c.email_hash ELSE c.phone_hash END = a.address_hash
              AND (c.email_hash = a.address_hash OR c.phone_hash = a.address_hash)
             JOIN consent_state st ON st.contact_id = c.id AND st.channel = a.channel
            WHERE NOT st.flagged FOR UPDATE OF st SKIP LOCKED);
        RETURN NULL;
      END $$;
      CREATE TRIGGER suppressed_address_added AFTER INSERT ON suppressed_address
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION flag_suppressed_states();

      CREATE FUNCTION flag_preferred_states() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE consent_state SET flagged = true
         WHERE (contact_id, channel, topic_id) IN (
           SELECT st.contact_id, st.channel, st.topic_id
             FROM added a
             JOIN topic t ON t.sender_id = a.sender_id
             JOIN consent_state st ON st.contact_id = a.contact_id AND st.topic_id = t.id
            WHERE NOT st.flagged FOR UPDATE OF st SKIP LOCKED);
        RETURN NULL;
      END $$;
      CREATE TRIGGER subscription_preference_added AFTER INSERT ON subscription_preference
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION flag_preferred_states();

      -- A state that is new, or of a contact whose address is new.
      CREATE FUNCTION flag_new_states() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE consent_state st SET flagged = true
          FROM added a
          JOIN contact c ON c.id = a.contact_id
          JOIN topic t ON t.id = a.topic_id
         WHERE st.contact_id = a.contact_id AND st.channel = a.channel AND st.topic_id = a.topic_id AND NOT st.flagged
           AND (EXISTS (SELECT FROM suppressed_address s
                         WHERE s.address_hash = CASE a.channel WHEN 'email' THEN c.email_hash ELSE c.phone_hash END
                           AND s.channel = a.channel)
                OR EXISTS (SELECT FROM subscription_preference p
                            WHERE p.contact_id = a.contact_id AND p.sender_id = t.sender_id));
        RETURN NULL;
      END $$;
      CREATE TRIGGER consent_state_added AFTER INSERT ON consent_state
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION flag_new_states();
      CREATE FUNCTION flag_moved_states() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE consent_state st SET flagged = true
          FROM moved_to m JOIN moved_from f ON f.id = m.id
         WHERE st.contact_id = m.id AND NOT st.flagged
           AND (f.email_hash IS DISTINCT FROM m.email_hash OR f.phone_hash IS DISTINCT FROM m.phone_hash)
           AND EXISTS (SELECT FROM suppressed_address s
                        WHERE (s.address_hash, s.channel) IN ((m.email_hash, 'email'), (m.phone_hash, 'sms')));
        RETURN NULL;
      END $$;
      CREATE TRIGGER contact_address_changed AFTER UPDATE ON contact
        REFERENCING OLD TABLE AS moved_from NEW TABLE AS moved_to
        FOR EACH STATEMENT EXECUTE FUNCTION flag_moved_states();
`;

/** Asks the suppression list, until migration 15 lets others ask the same. */
export const gateSuppression = `
      CREATE OR REPLACE FUNCTION gate_suppression(hash bytea, kind_channel text, kind_class text, by_sender bigint, about bigint)
        RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT CASE s.reason WHEN 'unsubscribed' THEN 'WITHDRAWN' ELSE 'SUPPRESSED' END
          FROM suppression s
         WHERE s.address_hash = hash AND s.channel = kind_channel
           AND ((s.sender_id = 0 AND s.topic_id = 0) OR (s.sender_id = by_sender AND s.topic_id IN (0, about)))
           AND (kind_class <> 'transactional' OR s.reason NOT IN ('unsubscribed', 'complaint'))
         ORDER BY s.sender_id, s.topic_id LIMIT 1
      $$;
`;

export class Permission1764000000008 implements MigrationInterface {
  name = 'Permission1764000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- What a topic's messages are for. Each sender has at most one topic for each kind of tracking.
      ALTER TABLE topic ADD COLUMN purpose text NOT NULL DEFAULT 'marketing'
        CHECK (purpose IN ('marketing', 'service', 'transactional', 'open_tracking', 'link_tracking'));
      CREATE UNIQUE INDEX topic_tracking ON topic (sender_id, purpose)
        WHERE purpose IN ('open_tracking', 'link_tracking');

      ALTER TABLE consent_event
        DROP CONSTRAINT consent_event_action_check, DROP CONSTRAINT consent_event_basis_check,
        DROP CONSTRAINT consent_event_check,
        ADD CONSTRAINT consent_event_action_check CHECK (action IN ('requested', 'granted', 'confirmed', 'refused',
          'withdrawn', 'expired', 'voided', 'imported_unknown')),
        -- 'implied' alone was accepted by no law and is recorded no more.
        ADD CONSTRAINT consent_event_basis_check CHECK (basis IN ('express', 'double_opt_in', 'soft_opt_in',
          'implied_purchase', 'implied_inquiry', 'service', 'transactional', 'implied')),
        ADD CONSTRAINT consent_event_scope_check CHECK (action NOT IN ('requested', 'granted', 'confirmed', 'refused', 'expired')
          OR (basis IS NOT NULL AND topic_id IS NOT NULL AND channel IS NOT NULL));

      ALTER TABLE consent_state
        DROP CONSTRAINT consent_state_status_check,
        ADD CONSTRAINT consent_state_status_check
          CHECK (status IN ('granted', 'withdrawn', 'unknown', 'requested', 'refused', 'expired')),
        -- Where the person was when they agreed; the law of that place goes on to apply.
        ADD COLUMN country text,
        -- Of a soft opt-in: what was bought. NULL: its evidence is incomplete.
        ADD COLUMN categories text[],
        -- The address was on the suppression list once, or the person has preferences: a forecast must look. A hint, and
        -- never more: it is set in the transaction that gives cause, and whoever sends looks in any case.
        ADD COLUMN flagged boolean NOT NULL DEFAULT false;
      CREATE INDEX consent_state_expiry ON consent_state (expires_at) WHERE status = 'granted';

      -- The country a number was given out by: the longest prefix of ITU-T E.164 that names one. Generated by the
      -- database, so that no way of writing a contact can forget it.
      CREATE FUNCTION phone_country(phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE
          WHEN phone IS NULL THEN NULL
          WHEN substr(phone, 2, 1) = '1' THEN COALESCE('{
          "204":"CA","226":"CA","236":"CA","249":"CA","250":"CA","257":"CA","263":"CA","273":"CA","289":"CA",
          "306":"CA","343":"CA","354":"CA","365":"CA","367":"CA","368":"CA","382":"CA","403":"CA","416":"CA",
          "418":"CA","428":"CA","431":"CA","437":"CA","438":"CA","450":"CA","468":"CA","474":"CA","506":"CA",
          "514":"CA","519":"CA","548":"CA","579":"CA","581":"CA","584":"CA","587":"CA","600":"CA","604":"CA",
          "613":"CA","622":"CA","633":"CA","639":"CA","647":"CA","672":"CA","683":"CA","705":"CA","709":"CA",
          "742":"CA","753":"CA","778":"CA","780":"CA","782":"CA","807":"CA","819":"CA","825":"CA","867":"CA",
          "873":"CA","879":"CA","902":"CA","905":"CA","942":"CA","242":"BS","246":"BB","264":"AI","268":"AG",
          "284":"VG","340":"VI","345":"KY","441":"BM","473":"GD","649":"TC","658":"JM","876":"JM","664":"MS",
          "670":"MP","671":"GU","684":"AS","721":"SX","758":"LC","767":"DM","784":"VC","787":"PR","939":"PR",
          "809":"DO","829":"DO","849":"DO","868":"TT","869":"KN"
          }'::jsonb ->> substr(phone, 3, 3), 'US')
          WHEN substr(phone, 2, 2) IN ('76', '77') THEN 'KZ'
          ELSE COALESCE(code ->> substr(phone, 2, 3), code ->> substr(phone, 2, 2), code ->> substr(phone, 2, 1)) END
        FROM (SELECT '{
          "7":"RU","20":"EG","27":"ZA","30":"GR","31":"NL","32":"BE","33":"FR","34":"ES","36":"HU","39":"IT",
          "40":"RO","41":"CH","43":"AT","44":"GB","45":"DK","46":"SE","47":"NO","48":"PL","49":"DE","51":"PE",
          "52":"MX","53":"CU","54":"AR","55":"BR","56":"CL","57":"CO","58":"VE","60":"MY","61":"AU","62":"ID",
          "63":"PH","64":"NZ","65":"SG","66":"TH","81":"JP","82":"KR","84":"VN","86":"CN","90":"TR","91":"IN",
          "92":"PK","93":"AF","94":"LK","95":"MM","98":"IR","211":"SS","212":"MA","213":"DZ","216":"TN",
          "218":"LY","220":"GM","221":"SN","222":"MR","223":"ML","224":"GN","225":"CI","226":"BF","227":"NE",
          "228":"TG","229":"BJ","230":"MU","231":"LR","232":"SL","233":"GH","234":"NG","235":"TD","236":"CF",
          "237":"CM","238":"CV","239":"ST","240":"GQ","241":"GA","242":"CG","243":"CD","244":"AO","245":"GW",
          "246":"IO","247":"AC","248":"SC","249":"SD","250":"RW","251":"ET","252":"SO","253":"DJ","254":"KE",
          "255":"TZ","256":"UG","257":"BI","258":"MZ","260":"ZM","261":"MG","262":"RE","263":"ZW","264":"NA",
          "265":"MW","266":"LS","267":"BW","268":"SZ","269":"KM","290":"SH","291":"ER","297":"AW","298":"FO",
          "299":"GL","350":"GI","351":"PT","352":"LU","353":"IE","354":"IS","355":"AL","356":"MT","357":"CY",
          "358":"FI","359":"BG","370":"LT","371":"LV","372":"EE","373":"MD","374":"AM","375":"BY","376":"AD",
          "377":"MC","378":"SM","380":"UA","381":"RS","382":"ME","383":"XK","385":"HR","386":"SI","387":"BA",
          "389":"MK","420":"CZ","421":"SK","423":"LI","500":"FK","501":"BZ","502":"GT","503":"SV","504":"HN",
          "505":"NI","506":"CR","507":"PA","508":"PM","509":"HT","590":"GP","591":"BO","592":"GY","593":"EC",
          "594":"GF","595":"PY","596":"MQ","597":"SR","598":"UY","599":"CW","670":"TL","672":"NF","673":"BN",
          "674":"NR","675":"PG","676":"TO","677":"SB","678":"VU","679":"FJ","680":"PW","681":"WF","682":"CK",
          "683":"NU","685":"WS","686":"KI","687":"NC","688":"TV","689":"PF","690":"TK","691":"FM","692":"MH",
          "850":"KP","852":"HK","853":"MO","855":"KH","856":"LA","880":"BD","886":"TW","960":"MV","961":"LB",
          "962":"JO","963":"SY","964":"IQ","965":"KW","966":"SA","967":"YE","968":"OM","970":"PS","971":"AE",
          "972":"IL","973":"BH","974":"QA","975":"BT","976":"MN","977":"NP","992":"TJ","993":"TM","994":"AZ",
          "995":"GE","996":"KG","998":"UZ"
          }'::jsonb AS code) codes
      $$;
      ALTER TABLE contact ADD COLUMN phone_country text GENERATED ALWAYS AS (phone_country(phone)) STORED;

      -- Gentler than unsubscribing. No row: as often as there is news, and no pause.
      CREATE TABLE subscription_preference (
        contact_id   bigint NOT NULL REFERENCES contact ON DELETE CASCADE,
        sender_id    bigint NOT NULL REFERENCES sender ON DELETE CASCADE,
        frequency    text NOT NULL DEFAULT 'all' CHECK (frequency IN ('all', 'weekly', 'monthly')),
        paused_until timestamptz,
        updated_at   timestamptz NOT NULL,
        PRIMARY KEY (contact_id, sender_id)
      );

      -- Addresses that the suppression list names, or once named: one look-up tells the gate of almost everybody that they
      -- are not on it. Never shortened, so that no race can make it forget somebody.
      CREATE TABLE suppressed_address (
        address_hash bytea NOT NULL,
        channel      text NOT NULL,
        PRIMARY KEY (address_hash, channel)
      );
      CREATE FUNCTION note_suppressed_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO suppressed_address SELECT DISTINCT address_hash, channel FROM added ORDER BY 1, 2
        ON CONFLICT DO NOTHING;
        RETURN NULL;
      END $$;
      CREATE TRIGGER suppression_added AFTER INSERT ON suppression
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_suppressed_addresses();
      CREATE TRIGGER suppression_changed AFTER UPDATE ON suppression
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_suppressed_addresses();
      INSERT INTO suppressed_address SELECT DISTINCT address_hash, channel FROM suppression;

${suppressionHints}
      -- The law packs as the gate reads them: what one country's law says of one kind of message, and when. Country ''
      -- is the strict default. Written from the packs' files and the overrides, by nobody else.
      CREATE TABLE law_rule (
        id              integer GENERATED ALWAYS AS IDENTITY UNIQUE,
        country         text NOT NULL,
        channel         text NOT NULL CHECK (channel IN ('email', 'sms')),
        message_class   text NOT NULL CHECK (message_class IN ('marketing', 'service', 'transactional')),
        effective_from  timestamptz NOT NULL,
        effective_to    timestamptz NOT NULL,
        pack            text NOT NULL,
        bases           text[] NOT NULL,
        purchase_months integer NOT NULL,
        inquiry_months  integer NOT NULL,
        -- Minutes of the week, Monday 00:00 first, in the person's own time; NULL: at any hour.
        hours           int4multirange,
        days_off        date[] NOT NULL DEFAULT '{}',
        limited         boolean NOT NULL GENERATED ALWAYS AS (hours IS NOT NULL OR cardinality(days_off) > 0) STORED,
        PRIMARY KEY (country, channel, message_class, effective_from)
      );

      CREATE TABLE law_override (
        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        pack       text NOT NULL,
        cell       text NOT NULL,
        value      jsonb NOT NULL,
        reason     text NOT NULL,
        actor      text NOT NULL,
        created_at timestamptz NOT NULL,
        removed_at timestamptz,
        removed_by text
      );
      CREATE UNIQUE INDEX law_override_cell ON law_override (pack, cell) WHERE removed_at IS NULL;

      -- The time zones of a country, and those that this server knows.
      CREATE TABLE country_zone (country text PRIMARY KEY, zones text[] NOT NULL);
      CREATE TABLE time_zone (name text PRIMARY KEY);
      INSERT INTO time_zone SELECT name FROM pg_timezone_names ON CONFLICT DO NOTHING;

      -- Product categories that a sender holds to be similar, for the soft opt-in. Each is similar to itself.
      CREATE TABLE similar_category (
        sender_id bigint NOT NULL REFERENCES sender ON DELETE CASCADE,
        category  text NOT NULL,
        similar_to text NOT NULL,
        PRIMARY KEY (sender_id, category, similar_to)
      );

      ALTER TABLE campaign ADD COLUMN product_categories text[] NOT NULL DEFAULT '{}';
      ALTER TABLE dispatch ADD COLUMN product_categories text[] NOT NULL DEFAULT '{}';

      -- Whether a moment lies within these hours and on no day off, in every one of these zones.
      CREATE FUNCTION is_open(at timestamptz, zones text[], hours int4multirange, days_off date[]) RETURNS boolean
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT bool_and((hours IS NULL OR hours @> ((extract(isodow FROM clock)::int - 1) * 1440
                          + extract(hour FROM clock)::int * 60 + extract(minute FROM clock)::int))
                        AND clock::date <> ALL (days_off))
          FROM unnest(zones) AS zone CROSS JOIN LATERAL (SELECT at AT TIME ZONE zone AS clock) local
      $$;

      -- The first moment from this one on that is open in every zone: now, or one of the moments at which a zone opens.
      -- 'infinity': none within 15 days, so never. The zones' clocks are asked day by day, which gets nights right that
      -- are an hour longer or shorter. Zones whose clocks agree all the while are asked once: the 29 of the US are 8.
      CREATE FUNCTION next_open(at timestamptz, zones text[], hours int4multirange, days_off date[]) RETURNS timestamptz
        LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
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
              CROSS JOIN generate_series(0, 2) AS day
              CROSS JOIN LATERAL (SELECT (since AT TIME ZONE zone)::date + day AS date) local
              CROSS JOIN LATERAL (
                SELECT (local.date + make_interval(mins => lower(range) % 1440)) AT TIME ZONE zone AS m
                  FROM unnest(COALESCE(hours, '{[0,10080)}')) AS range
                 WHERE lower(range) / 1440 = extract(isodow FROM local.date)::int - 1
                 UNION ALL
                -- Hours that run through midnight open there when the day before was off.
                SELECT local.date::timestamp AT TIME ZONE zone
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

      -- What the gate (libs/consent/gate.sql.ts) asks about few people only. Called from there alone.

      -- The rules that apply to one person: of the countries found, of the sender's, and the strict default when no
      -- country of the person is known.
      CREATE FUNCTION gate_rules(here integer, phone integer, past integer, kind_channel text, kind_class text,
                                 by_sender bigint, at timestamptz) RETURNS SETOF law_rule
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT * FROM law_rule WHERE id IN (here, phone, past)
        UNION
        SELECT l.* FROM law_rule l
         WHERE (l.country = (SELECT country FROM sender WHERE id = by_sender)
                OR (l.country = '' AND COALESCE(here, phone, past) IS NULL))
           AND l.channel = kind_channel AND l.message_class = kind_class AND l.effective_from <= at AND l.effective_to > at
      $$;

      -- Which packs were read, e.g. GB@2+SA@1.
      CREATE FUNCTION gate_law(here integer, phone integer, past integer, kind_channel text, kind_class text,
                               by_sender bigint, at timestamptz) RETURNS text
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT string_agg(DISTINCT pack, '+' ORDER BY pack)
          FROM gate_rules(here, phone, past, kind_channel, kind_class, by_sender, at)
      $$;

      -- Of an address that the list names: whether for this message. A receipt goes out to whoever wants no more offers.
      ${gateSuppression}

      -- Of bases that hold only for a time, or only for some offers. Calendar months in UTC: no session's zone may move
      -- the end of a consent.
      CREATE FUNCTION gate_narrow_basis(basis text, since timestamptz, bought text[], offered text[], here integer,
                                        phone integer, past integer, kind_channel text, kind_class text,
                                        by_sender bigint, at timestamptz) RETURNS text
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT CASE
          WHEN basis IN ('implied_purchase', 'implied_inquiry') THEN (
            SELECT CASE WHEN (since AT TIME ZONE 'UTC' + make_interval(months => min(
                                CASE basis WHEN 'implied_purchase' THEN purchase_months ELSE inquiry_months END)))
                             AT TIME ZONE 'UTC' <= at THEN 'CONSENT_EXPIRED' END
              FROM gate_rules(here, phone, past, kind_channel, kind_class, by_sender, at))
          WHEN basis <> 'soft_opt_in' THEN NULL
          WHEN bought IS NULL THEN 'SOFT_OPT_IN_INCOMPLETE'
          WHEN cardinality(offered) = 0 OR EXISTS (
            SELECT FROM unnest(offered) AS offer
             WHERE offer <> ALL (bought) AND NOT EXISTS (
               SELECT FROM similar_category k
                WHERE k.sender_id = by_sender AND k.category = ANY (bought) AND k.similar_to = offer))
          THEN 'NOT_SIMILAR' END
      $$;

      -- When hours and days allow it: now, later, or never ('infinity'). In the person's own zone; else in every zone
      -- of their countries; else of where they agreed; else in the sender's. A zone this server does not know is none.
      CREATE FUNCTION gate_open_at(country text, phone_country text, own_zone text, here integer, phone integer,
                                   past integer, kind_channel text, kind_class text, by_sender bigint, at timestamptz)
        RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT next_open(at,
                 COALESCE((SELECT ARRAY[z.name] FROM time_zone z WHERE z.name = own_zone),
                          (SELECT array_agg(DISTINCT zone) FROM country_zone k CROSS JOIN unnest(k.zones) AS zone
                            WHERE k.country IN ($1, $2)),
                          (SELECT array_agg(DISTINCT zone) FROM law_rule r JOIN country_zone k USING (country)
                            CROSS JOIN unnest(k.zones) AS zone WHERE r.id = past),
                          (SELECT ARRAY[z.name] FROM sender s JOIN time_zone z ON z.name = s.time_zone
                            WHERE s.id = by_sender),
                          '{UTC}'),
                 range_intersect_agg(COALESCE(l.hours, '{[0,10080)}')),
                 ARRAY(SELECT DISTINCT day
                         FROM gate_rules(here, phone, past, kind_channel, kind_class, by_sender, at) AS r
                        CROSS JOIN unnest(r.days_off) AS day))
          FROM gate_rules(here, phone, past, kind_channel, kind_class, by_sender, at) AS l
      $$;

      -- When somebody who wants to hear weekly or monthly may hear of this sender again.
      CREATE FUNCTION gate_rested_at(contact bigint, frequency text, asking bigint, by_sender bigint, at timestamptz)
        RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT max(m.allowed_at) + CASE frequency WHEN 'weekly' THEN interval '7 days' ELSE interval '30 days' END
          FROM message m JOIN dispatch d ON d.id = m.dispatch_id
         WHERE m.contact_id = contact AND m.dispatch_id <> asking
           AND d.sender_id = by_sender AND d.message_class = 'marketing'
           AND m.state IN ('attempting', 'accepted', 'unknown') AND m.allowed_at > at - interval '30 days'
      $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION gate_rested_at, gate_open_at, gate_narrow_basis, gate_suppression, gate_law, gate_rules;
      DROP FUNCTION next_open;
      DROP FUNCTION is_open;
      ALTER TABLE dispatch DROP COLUMN product_categories;
      ALTER TABLE campaign DROP COLUMN product_categories;
      DROP TABLE similar_category, time_zone, country_zone, law_override, law_rule, subscription_preference;
      DROP TRIGGER suppression_changed ON suppression;
      DROP TRIGGER suppression_added ON suppression;
      DROP FUNCTION note_suppressed_addresses;
      DROP TRIGGER contact_address_changed ON contact;
      DROP TRIGGER consent_state_added ON consent_state;
      DROP FUNCTION flag_moved_states, flag_new_states;
      DROP TABLE suppressed_address;
      DROP FUNCTION flag_suppressed_states, flag_preferred_states;
      ALTER TABLE contact DROP COLUMN phone_country;
      DROP FUNCTION phone_country;
      DROP INDEX consent_state_expiry;
      ALTER TABLE consent_state DROP COLUMN flagged, DROP COLUMN categories, DROP COLUMN country;
      ALTER TABLE topic DROP COLUMN purpose;
    `);
  }
}
