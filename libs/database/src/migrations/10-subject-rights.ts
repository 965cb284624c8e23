import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { refuseLedgerChange } from './3-consent.js';
import { sealConsentEvents } from './7-ledger-seal.js';

export class SubjectRights1764000000010 implements MigrationInterface {
  name = 'SubjectRights1764000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The only way an event may leave the ledger. What stays of it is the digest, so that every link of the chain can
      -- still be computed: that something was there, when and why it went, and that it was not something else.
      CREATE TABLE consent_purge (
        event_id  bigint PRIMARY KEY,
        digest    bytea NOT NULL,
        reason    text NOT NULL CHECK (reason IN ('erased', 'retention', 'unconfirmed')),
        purged_at timestamptz NOT NULL
      );

      CREATE OR REPLACE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'consent_event' THEN
          IF EXISTS (SELECT FROM consent_purge p WHERE p.event_id = OLD.id AND p.digest = consent_event_digest(OLD)) THEN
            RETURN OLD;
          END IF;
        END IF;
        RAISE EXCEPTION 'The consent ledger is append-only: % is refused. Record a new event instead.', TG_OP
          USING ERRCODE = 'restrict_violation';
      END $$;
      CREATE TRIGGER consent_purge_append_only BEFORE UPDATE OR DELETE ON consent_purge
        FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
      CREATE TRIGGER consent_purge_no_truncate BEFORE TRUNCATE ON consent_purge
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

      -- A purge is written and carried out in one transaction: none can be kept ready for an event that still stands.
      CREATE FUNCTION refuse_unfinished_purge() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM consent_event WHERE id = NEW.event_id) THEN
          RAISE EXCEPTION 'Consent event % has a purge and still stands. Delete it in the same transaction.', NEW.event_id
            USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NULL;
      END $$;
      CREATE CONSTRAINT TRIGGER consent_purge_finished AFTER INSERT ON consent_purge
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unfinished_purge();

      -- Links these events into the chain, those of them that wait for it. One at a time, whoever calls.
      CREATE FUNCTION link_consent_events(ids bigint[], at timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
      DECLARE
        link record;
        event consent_event;
        last_number bigint;
        last_hash bytea;
        sealed integer := 0;
      BEGIN
        PERFORM pg_advisory_xact_lock(4862002);
        SELECT number, hash INTO last_number, last_hash FROM consent_seal ORDER BY number DESC LIMIT 1;
        last_number := COALESCE(last_number, 0);
        last_hash := COALESCE(last_hash, '');
        FOR link IN DELETE FROM consent_unsealed WHERE event_id = ANY (ids) RETURNING event_id LOOP
          SELECT * INTO STRICT event FROM consent_event WHERE id = link.event_id;
          last_number := last_number + 1;
          last_hash := sha256(last_hash || consent_event_digest(event));
          INSERT INTO consent_seal VALUES (last_number, event.id, last_hash, at);
          sealed := sealed + 1;
        END LOOP;
        RETURN sealed;
      END $$;
      CREATE OR REPLACE FUNCTION seal_consent_events(most integer, at timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock(4862002);
        RETURN link_consent_events(
          ARRAY(SELECT event_id FROM consent_unsealed ORDER BY event_id LIMIT most), at);
      END $$;

      -- Takes events out of the ledger. What has no link yet gets it first. The rows are locked, so that whoever purges
      -- the same ones waits and then finds them gone. A state that rests on one of them stops it (foreign key).
      CREATE FUNCTION purge_consent_events(ids bigint[], why text, at timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
      DECLARE
        waiting bigint[];
        going bigint[];
        purged integer;
      BEGIN
        waiting := ARRAY(SELECT event_id FROM consent_unsealed WHERE event_id = ANY (ids));
        IF cardinality(waiting) > 0 THEN
          PERFORM link_consent_events(waiting, at);
        END IF;
        going := ARRAY(SELECT id FROM consent_event WHERE id = ANY (ids) ORDER BY id FOR UPDATE);
        INSERT INTO consent_purge
          SELECT e.id, consent_event_digest(e), why, at FROM consent_event e WHERE e.id = ANY (going);
        DELETE FROM consent_event WHERE id = ANY (going);
        GET DIAGNOSTICS purged = ROW_COUNT;
        RETURN purged;
      END $$;

      -- What may be kept of an erased person's consent for the defence of claims (GDPR art. 17(3)(e)), until its time is
      -- up: the act and the wording, for a keyed hash of the address. No contact, no IP, no browser, no page.
      CREATE TABLE consent_proof (
        event_id     bigint NOT NULL,
        channel      text NOT NULL CHECK (channel IN ('email', 'sms')),
        address_hash bytea NOT NULL,
        sender_id    bigint REFERENCES sender,
        topic_id     bigint REFERENCES topic,
        action       text NOT NULL,
        basis        text,
        text_shown   text,
        text_hash    bytea,
        text_version text,
        locale       text,
        method       text NOT NULL,
        occurred_at  timestamptz NOT NULL,
        recorded_at  timestamptz NOT NULL,
        retain_until timestamptz NOT NULL,
        -- The law packs whose retention was read, e.g. GB@2+SA@1.
        law          text NOT NULL,
        PRIMARY KEY (event_id, channel)
      );
      CREATE INDEX consent_proof_address ON consent_proof (address_hash);
      CREATE INDEX consent_proof_retention ON consent_proof (retain_until);

      -- What people asked of us under data protection law, and whether it was done in time. No foreign key to contact: that
      -- somebody was erased is known by number alone.
      CREATE TABLE subject_request (
        id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind         text NOT NULL CHECK (kind IN ('export', 'erasure', 'objection', 'rectification', 'restriction')),
        contact_id   bigint NOT NULL,
        method       text NOT NULL,
        actor        text NOT NULL,
        requested_at timestamptz NOT NULL,
        due_at       timestamptz NOT NULL,
        -- The law pack whose answering time is the shortest.
        law          text NOT NULL,
        done_at      timestamptz,
        done_by      text,
        CHECK ((done_at IS NULL) = (done_by IS NULL))
      );
      CREATE INDEX subject_request_contact ON subject_request (contact_id, id);
      CREATE INDEX subject_request_open ON subject_request (due_at) WHERE done_at IS NULL;

      -- How far the retention's walk over the contacts' numbers has come; its row is what two walkers take turns by.
      CREATE TABLE retention_walk (name text PRIMARY KEY, position bigint NOT NULL);
      INSERT INTO retention_walk VALUES ('ledger', 0);

      -- Who a sender said it was, and what a topic was called, from when on: a receipt tells it as it was that day.
      CREATE TABLE sender_identity (
        sender_id  bigint NOT NULL REFERENCES sender ON DELETE CASCADE,
        valid_from timestamptz NOT NULL,
        identity   jsonb NOT NULL,
        PRIMARY KEY (sender_id, valid_from)
      );
      CREATE TABLE topic_identity (
        topic_id   bigint NOT NULL REFERENCES topic ON DELETE CASCADE,
        valid_from timestamptz NOT NULL,
        identity   jsonb NOT NULL,
        PRIMARY KEY (topic_id, valid_from)
      );
      CREATE FUNCTION sender_identity_of(s sender) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
        SELECT jsonb_build_object('legalName', s.legal_name, 'tradingName', s.trading_name, 'key', s.key,
          'registrationNumber', s.registration_number, 'registrationPlace', s.registration_place,
          'registeredAddress', s.registered_address, 'contactEmail', s.contact_email, 'phone', s.phone,
          'website', s.website, 'privacyUrl', s.privacy_url, 'country', s.country)
      $$;
      CREATE FUNCTION topic_identity_of(t topic) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
        SELECT jsonb_build_object('key', t.key, 'name', t.name, 'description', t.description, 'purpose', t.purpose)
      $$;
      CREATE FUNCTION note_sender_identity() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO sender_identity SELECT NEW.id, NEW.updated_at, sender_identity_of(NEW)
         WHERE sender_identity_of(NEW) IS DISTINCT FROM (
                 SELECT identity FROM sender_identity WHERE sender_id = NEW.id ORDER BY valid_from DESC LIMIT 1)
        ON CONFLICT (sender_id, valid_from) DO UPDATE SET identity = excluded.identity;
        RETURN NULL;
      END $$;
      CREATE FUNCTION note_topic_identity() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO topic_identity SELECT NEW.id, NEW.updated_at, topic_identity_of(NEW)
         WHERE topic_identity_of(NEW) IS DISTINCT FROM (
                 SELECT identity FROM topic_identity WHERE topic_id = NEW.id ORDER BY valid_from DESC LIMIT 1)
        ON CONFLICT (topic_id, valid_from) DO UPDATE SET identity = excluded.identity;
        RETURN NULL;
      END $$;
      CREATE TRIGGER sender_identity_noted AFTER INSERT OR UPDATE ON sender
        FOR EACH ROW EXECUTE FUNCTION note_sender_identity();
      CREATE TRIGGER topic_identity_noted AFTER INSERT OR UPDATE ON topic
        FOR EACH ROW EXECUTE FUNCTION note_topic_identity();
      INSERT INTO sender_identity SELECT id, created_at, sender_identity_of(sender) FROM sender;
      INSERT INTO topic_identity SELECT id, created_at, topic_identity_of(topic) FROM topic;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER topic_identity_noted ON topic;
      DROP TRIGGER sender_identity_noted ON sender;
      DROP FUNCTION note_topic_identity, note_sender_identity, topic_identity_of, sender_identity_of;
      DROP TABLE topic_identity, sender_identity, retention_walk, subject_request, consent_proof;
      DROP FUNCTION purge_consent_events;
      DROP TABLE consent_purge;
      DROP FUNCTION refuse_unfinished_purge;
      ${refuseLedgerChange}
      ${sealConsentEvents}
      DROP FUNCTION link_consent_events;
    `);
  }
}
