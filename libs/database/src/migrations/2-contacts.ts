import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class Contacts1764000000002 implements MigrationInterface {
  name = 'Contacts1764000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE contact (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        external_id text CONSTRAINT contact_external_id_key UNIQUE,
        email       text CONSTRAINT contact_email_key UNIQUE,
        email_hash  bytea,
        phone       text CONSTRAINT contact_phone_key UNIQUE,
        phone_hash  bytea,
        first_name  text,
        last_name   text,
        locale      text,
        country     text,
        time_zone   text,
        attributes  jsonb NOT NULL DEFAULT '{}',
        created_at  timestamptz NOT NULL,
        updated_at  timestamptz NOT NULL,
        CHECK ((email IS NULL) = (email_hash IS NULL)),
        CHECK ((phone IS NULL) = (phone_hash IS NULL)),
        CHECK (jsonb_typeof(attributes) = 'object')
      );
      CREATE INDEX contact_email_hash ON contact (email_hash);
      CREATE INDEX contact_phone_hash ON contact (phone_hash);

      CREATE TABLE attribute (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        key         text NOT NULL CONSTRAINT attribute_key_key UNIQUE,
        type        text NOT NULL CHECK (type IN ('text', 'number', 'date', 'boolean', 'list')),
        description text NOT NULL DEFAULT '',
        created_at  timestamptz NOT NULL
      );

      CREATE TABLE import (
        id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        state          text NOT NULL CHECK (state IN ('uploading', 'ready', 'running', 'finished', 'failed', 'cancelled')),
        file_name      text,
        bytes          bigint NOT NULL DEFAULT 0,
        options        jsonb NOT NULL,
        dry_run        boolean NOT NULL,
        actor          text NOT NULL,
        rows_read      bigint NOT NULL DEFAULT 0,
        bytes_read     bigint NOT NULL DEFAULT 0,
        next_line      bigint NOT NULL DEFAULT 1,
        created        bigint NOT NULL DEFAULT 0,
        updated        bigint NOT NULL DEFAULT 0,
        skipped        bigint NOT NULL DEFAULT 0,
        rejected       bigint NOT NULL DEFAULT 0,
        warnings       jsonb NOT NULL DEFAULT '{}',
        consents       bigint NOT NULL DEFAULT 0,
        without_consent bigint NOT NULL DEFAULT 0,
        kept_withdrawn bigint NOT NULL DEFAULT 0,
        error_code     text,
        error_message  text,
        lease_until      timestamptz,
        lease_generation integer NOT NULL DEFAULT 0,
        attempts         integer NOT NULL DEFAULT 0,
        created_at     timestamptz NOT NULL,
        started_at     timestamptz,
        finished_at    timestamptz
      );
      CREATE INDEX import_open ON import (id) WHERE state IN ('uploading', 'ready', 'running');

      -- The uploaded file in pieces: the database is the only place that api and worker share.
      CREATE TABLE import_part (
        import_id bigint NOT NULL REFERENCES import ON DELETE CASCADE,
        seq       integer NOT NULL,
        bytes     bytea NOT NULL,
        PRIMARY KEY (import_id, seq)
      );
      ALTER TABLE import_part ALTER COLUMN bytes SET STORAGE EXTERNAL;

      -- Whom a dry run would have created or changed so far: it rolls every batch back and yet must know them later.
      CREATE TABLE import_rehearsal (
        import_id   bigint NOT NULL REFERENCES import ON DELETE CASCADE,
        contact_id  bigint NOT NULL,
        external_id text,
        email       text,
        phone       text,
        person      jsonb NOT NULL,
        PRIMARY KEY (import_id, contact_id)
      );
      CREATE INDEX import_rehearsal_external_id ON import_rehearsal (import_id, external_id);
      CREATE INDEX import_rehearsal_email ON import_rehearsal (import_id, email);
      CREATE INDEX import_rehearsal_phone ON import_rehearsal (import_id, phone);

      CREATE TABLE import_rejection (
        import_id bigint NOT NULL REFERENCES import ON DELETE CASCADE,
        line      bigint NOT NULL,
        code      text NOT NULL,
        message   text NOT NULL,
        field     text,
        row       jsonb NOT NULL,
        PRIMARY KEY (import_id, line)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE import_rejection, import_rehearsal, import_part, import, attribute, contact',
    );
  }
}
