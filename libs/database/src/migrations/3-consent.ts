import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What guards the ledger, until migration 10 lets a purge through. */
export const refuseLedgerChange = `
      CREATE OR REPLACE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'The consent ledger is append-only: % is refused. Record a new event instead.', TG_OP
          USING ERRCODE = 'restrict_violation';
      END $$;
`;

export class Consent1764000000003 implements MigrationInterface {
  name = 'Consent1764000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sender (
        id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        key                 text NOT NULL CONSTRAINT sender_key_key UNIQUE,
        legal_name          text,
        trading_name        text,
        registration_number text,
        registration_place  text,
        registered_address  text,
        contact_email       text,
        phone               text,
        website             text,
        privacy_url         text,
        from_name           text,
        from_email          text,
        reply_to            text,
        default_locale      text NOT NULL DEFAULT 'en',
        time_zone           text NOT NULL DEFAULT 'UTC',
        country             text,
        created_at          timestamptz NOT NULL,
        updated_at          timestamptz NOT NULL
      );

      -- What a person subscribes to. A topic belongs to one sender: consent is given to a brand, not to a platform.
      CREATE TABLE topic (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        sender_id   bigint NOT NULL REFERENCES sender,
        key         text NOT NULL,
        name        jsonb NOT NULL,
        description jsonb NOT NULL DEFAULT '{}',
        created_at  timestamptz NOT NULL,
        updated_at  timestamptz NOT NULL,
        CONSTRAINT topic_key_key UNIQUE (sender_id, key)
      );

      -- The ledger: append-only. No foreign key to contact, because proof outlives the profile.
      -- topic_id NULL: every topic of the sender; sender_id NULL: every sender; channel NULL: every channel.
      CREATE TABLE consent_event (
        id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        contact_id     bigint NOT NULL,
        address_hash   bytea,
        channel        text CHECK (channel IN ('email', 'sms')),
        sender_id      bigint REFERENCES sender,
        topic_id       bigint REFERENCES topic,
        action         text NOT NULL CHECK (action IN ('granted', 'withdrawn', 'voided', 'imported_unknown')),
        basis          text CHECK (basis IN ('express', 'double_opt_in', 'soft_opt_in', 'implied')),
        text_shown     text,
        text_hash      bytea,
        text_version   text,
        locale         text,
        method         text NOT NULL,
        source         text NOT NULL,
        evidence       jsonb NOT NULL DEFAULT '{}',
        ip             inet,
        user_agent     text,
        actor          text NOT NULL,
        occurred_at    timestamptz NOT NULL,
        recorded_at    timestamptz NOT NULL,
        expires_at     timestamptz,
        CHECK (action <> 'granted' OR (basis IS NOT NULL AND topic_id IS NOT NULL AND channel IS NOT NULL))
      );
      CREATE INDEX consent_event_contact ON consent_event (contact_id, id);

      ${refuseLedgerChange}
      CREATE TRIGGER consent_event_append_only BEFORE UPDATE OR DELETE ON consent_event
        FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
      CREATE TRIGGER consent_event_no_truncate BEFORE TRUNCATE ON consent_event
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

      -- What the ledger amounts to now: a projection, one row a contact, channel and topic. No row means no.
      CREATE TABLE consent_state (
        contact_id bigint NOT NULL,
        channel    text NOT NULL,
        topic_id   bigint NOT NULL REFERENCES topic,
        status     text NOT NULL CHECK (status IN ('granted', 'withdrawn', 'unknown')),
        basis      text,
        event_id   bigint NOT NULL REFERENCES consent_event,
        since      timestamptz NOT NULL,
        expires_at timestamptz,
        PRIMARY KEY (contact_id, channel, topic_id)
      );
      CREATE INDEX consent_state_topic ON consent_state (topic_id, channel, status);

      -- Addresses that must not be written to, as keyed hashes. sender_id 0: whoever sends; topic_id 0: whatever about.
      CREATE TABLE suppression (
        id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT suppression_id_key UNIQUE,
        address_hash bytea NOT NULL,
        channel      text NOT NULL CHECK (channel IN ('email', 'sms')),
        sender_id    bigint NOT NULL DEFAULT 0,
        topic_id     bigint NOT NULL DEFAULT 0,
        reason       text NOT NULL CHECK (reason IN ('unsubscribed', 'hard_bounce', 'complaint', 'erased', 'manual')),
        source       text NOT NULL,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (address_hash, channel, sender_id, topic_id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE suppression, consent_state, consent_event, topic, sender');
    await runner.query('DROP FUNCTION refuse_ledger_change');
  }
}
