import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class Access1764000000001 implements MigrationInterface {
  name = 'Access1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_key (
        id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name         text NOT NULL,
        key_hash     bytea NOT NULL UNIQUE,
        hint         text NOT NULL,
        scopes       text[] NOT NULL,
        created_at   timestamptz NOT NULL,
        last_used_at timestamptz,
        revoked_at   timestamptz
      );

      CREATE TABLE audit_event (
        id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at      timestamptz NOT NULL,
        actor   text NOT NULL,
        action  text NOT NULL,
        subject text NOT NULL,
        detail  jsonb NOT NULL DEFAULT '{}'
      );

      -- What a POST answered, so that pressing twice does it once. No status yet: the first is still at work.
      CREATE TABLE idempotent_request (
        api_key_id  bigint NOT NULL REFERENCES api_key ON DELETE CASCADE,
        key         text NOT NULL,
        fingerprint bytea NOT NULL,
        status      integer,
        body        jsonb,
        created_at  timestamptz NOT NULL,
        PRIMARY KEY (api_key_id, key)
      );
      CREATE INDEX idempotent_request_age ON idempotent_request (created_at);

      -- People of the team who may get test sends; each proved the address by pressing a button in a mail.
      CREATE TABLE team_address (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        email       text NOT NULL UNIQUE,
        created_at  timestamptz NOT NULL,
        verified_at timestamptz
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE team_address, idempotent_request, audit_event, api_key');
  }
}
