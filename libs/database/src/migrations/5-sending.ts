import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class Sending1764000000005 implements MigrationInterface {
  name = 'Sending1764000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- One content to many. frozen and excluded are null until the audience is frozen.
      CREATE TABLE dispatch (
        id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name                text NOT NULL,
        state               text NOT NULL CHECK (state IN ('freezing', 'running', 'paused', 'finished', 'cancelled', 'expired')),
        channel             text NOT NULL CHECK (channel IN ('email', 'sms')),
        message_class       text NOT NULL CHECK (message_class IN ('marketing', 'service', 'transactional')),
        sender_id           bigint NOT NULL REFERENCES sender,
        topic_id            bigint NOT NULL REFERENCES topic,
        template_version_id bigint NOT NULL REFERENCES template_version,
        audience            jsonb NOT NULL,
        not_after           timestamptz,
        frozen              bigint,
        excluded            jsonb,
        created_at          timestamptz NOT NULL,
        frozen_at           timestamptz,
        started_at          timestamptz,
        ended_at            timestamptz
      );
      CREATE INDEX dispatch_active ON dispatch (id) WHERE state IN ('freezing', 'running');

      -- Up to 1,000 contacts of one lane, leased by one worker at a time. The generation grows with every lease, so
      -- that a worker which slept through its own cannot go on.
      CREATE TABLE chunk (
        id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        dispatch_id      bigint NOT NULL REFERENCES dispatch ON DELETE CASCADE,
        lane             text NOT NULL,
        contact_ids      bigint[] NOT NULL,
        size             integer NOT NULL,
        state            text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'leased', 'done')),
        due_at           timestamptz NOT NULL,
        lease_owner      text,
        lease_generation integer NOT NULL DEFAULT 0,
        lease_until      timestamptz
      );
      CREATE INDEX chunk_claimable ON chunk (dispatch_id, due_at, id) WHERE state = 'pending';
      CREATE INDEX chunk_leased ON chunk (lease_until) WHERE state = 'leased';
      CREATE INDEX chunk_open ON chunk (dispatch_id) WHERE state <> 'done';

      -- Who was left out when the audience was frozen, and why.
      CREATE TABLE exclusion (
        dispatch_id bigint NOT NULL REFERENCES dispatch ON DELETE CASCADE,
        reason      text NOT NULL,
        seq         integer NOT NULL,
        contact_ids bigint[] NOT NULL,
        size        integer NOT NULL,
        PRIMARY KEY (dispatch_id, reason, seq)
      );

      -- The ledger of attempts. Its key is the message's identity: a second row for the same person cannot exist.
      CREATE TABLE message (
        dispatch_id         bigint NOT NULL,
        contact_id          bigint NOT NULL,
        state               text NOT NULL CHECK (state IN ('attempting', 'accepted', 'rejected', 'deferred', 'skipped', 'unknown')),
        reason              text,
        attempt             integer NOT NULL,
        chunk_id            bigint NOT NULL,
        lease_generation    integer NOT NULL,
        address_hash        bytea,
        consent_event_id    bigint,
        basis               text,
        law_pack            text,
        relay               text,
        provider_message_id text,
        reply               text,
        allowed_at          timestamptz NOT NULL,
        settled_at          timestamptz,
        retry_at            timestamptz,
        PRIMARY KEY (dispatch_id, contact_id)
      );
      CREATE INDEX message_contact ON message (contact_id, dispatch_id);
      CREATE INDEX message_attempting ON message (chunk_id) WHERE state = 'attempting';
      CREATE INDEX message_deferred ON message (chunk_id) WHERE state = 'deferred';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE message, exclusion, chunk, dispatch');
  }
}
