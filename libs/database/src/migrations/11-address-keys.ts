import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class AddressKeys1764000000011 implements MigrationInterface {
  name = 'AddressKeys1764000000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The keys that the fingerprints in this database were made with, as values that tell nothing of them. The highest
      -- generation is that of every fingerprint but those of the ledger, which never change; no row: the first.
      CREATE TABLE address_key (
        generation     integer PRIMARY KEY CHECK (generation > 0),
        check_value    bytea NOT NULL,
        -- The ledger keeps the fingerprints it was written with: from this event on they are of this generation.
        first_event_id bigint NOT NULL,
        since          timestamptz NOT NULL
      );
      CREATE FUNCTION address_generation_of(event_id bigint) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT COALESCE((SELECT max(generation) FROM address_key WHERE first_event_id <= event_id), 1)
      $$;

      -- Whether this session's process has all of them. It says how many it has when it connects; one that says nothing
      -- has one. Stable: it looks through the eyes of the statement that asks.
      CREATE FUNCTION address_keys_current() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT COALESCE(NULLIF(current_setting('ithn.address_generation', true), '')::integer, 1)
               >= COALESCE((SELECT max(generation) FROM address_key), 1)
      $$;

      -- A fingerprint made without the newest key would match nobody, and a suppression would be overlooked in silence.
      CREATE FUNCTION refuse_outdated_fingerprint() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NOT address_keys_current() THEN
          RAISE EXCEPTION 'This process lacks the newest address key of the database.'
            USING ERRCODE = 'object_not_in_prerequisite_state', CONSTRAINT = 'address_keys_current';
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER contact_fingerprint BEFORE INSERT OR UPDATE OF email_hash, phone_hash ON contact
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_outdated_fingerprint();
      CREATE TRIGGER suppression_fingerprint BEFORE INSERT OR UPDATE OF address_hash ON suppression
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_outdated_fingerprint();
      CREATE TRIGGER confirmation_request_fingerprint BEFORE INSERT OR UPDATE OF address_hash ON confirmation_request
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_outdated_fingerprint();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER confirmation_request_fingerprint ON confirmation_request;
      DROP TRIGGER suppression_fingerprint ON suppression;
      DROP TRIGGER contact_fingerprint ON contact;
      DROP FUNCTION refuse_outdated_fingerprint;
      DROP FUNCTION address_keys_current;
      DROP FUNCTION address_generation_of;
      DROP TABLE address_key;
    `);
  }
}
