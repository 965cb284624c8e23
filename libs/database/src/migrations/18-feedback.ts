import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What comes back: mail that arrives for us, and what servers, providers and people tell of messages. */
export class Feedback1764000000018 implements MigrationInterface {
  name = 'Feedback1764000000018';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A mail that arrived, until it was read. The same mail to the same address is one, however often it is brought:
      -- a server that gets no answer brings it again.
      CREATE TABLE inbound_mail (
        id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        digest        bytea NOT NULL UNIQUE,
        -- Empty: the null reverse-path, as reports of servers have it (RFC 5321 section 4.5.5).
        envelope_from text NOT NULL,
        recipient     text NOT NULL,
        received_at   timestamptz NOT NULL,
        -- NULL once it was read: what is kept of it is in feedback.
        raw           bytea,
        state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'read', 'unreadable')),
        tries         integer NOT NULL DEFAULT 0,
        due_at        timestamptz NOT NULL
      );
      ALTER TABLE inbound_mail ALTER COLUMN raw SET STORAGE EXTERNAL;
      CREATE INDEX inbound_mail_waiting ON inbound_mail (due_at, id) WHERE state = 'waiting';
      CREATE INDEX inbound_mail_received ON inbound_mail (received_at);

      -- Something that was told of a message. dispatch_id and contact_id stand there only when that is proven: by a token of
      -- ours, or by a provider's signature over an id of ours. waiting: not acted upon yet; held: for a person to look at.
      CREATE TABLE feedback (
        id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source          text NOT NULL,
        source_event_id text NOT NULL,
        kind            text NOT NULL CHECK (kind IN ('delivered', 'delayed', 'bounced', 'complained', 'opted_out', 'replied',
                                                      'auto_replied', 'not_spam', 'auth_failed')),
        dispatch_id     bigint,
        contact_id      bigint,
        -- What a bounce means for the address, and why.
        bounce_class    text CHECK (bounce_class IN ('hard', 'soft', 'block')),
        reason          text,
        status          text,
        -- In the words of whoever told it, without addresses; of a reply what the person wrote. Goes with the person.
        detail          text,
        -- Of a reply or a report that is held: who sent it and about what. Goes with the person.
        from_address    text,
        subject         text,
        occurred_at     timestamptz NOT NULL,
        received_at     timestamptz NOT NULL,
        state           text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'applied', 'held', 'dismissed')),
        held_for        text,
        applied_at      timestamptz,
        -- Waiting: how often acting upon it failed, and when it is tried again.
        tries           integer NOT NULL DEFAULT 0,
        due_at          timestamptz,
        -- Of a reply: when it was forwarded to the sender.
        forwarded_at    timestamptz,
        forward_tries   integer NOT NULL DEFAULT 0,
        forward_due_at  timestamptz,
        UNIQUE (source, source_event_id)
      );
      CREATE INDEX feedback_waiting ON feedback (id) WHERE state = 'waiting';
      CREATE INDEX feedback_unproven ON feedback (received_at) WHERE dispatch_id IS NULL;
      CREATE INDEX feedback_held ON feedback (id) WHERE state = 'held';
      CREATE INDEX feedback_contact ON feedback (contact_id, id) WHERE contact_id IS NOT NULL;
      CREATE INDEX feedback_dispatch ON feedback (dispatch_id, kind) WHERE dispatch_id IS NOT NULL;
      CREATE INDEX feedback_to_forward ON feedback (forward_due_at) WHERE forward_due_at IS NOT NULL;

      -- Tokens of webhooks whose signature covers the token and not the events: each stands for one body.
      CREATE TABLE webhook_token (
        provider text NOT NULL,
        token    text NOT NULL,
        digest   bytea NOT NULL,
        seen_at  timestamptz NOT NULL,
        PRIMARY KEY (provider, token)
      );
      CREATE INDEX webhook_token_seen ON webhook_token (seen_at);

      -- What became of a message after it was accepted, as far as anybody told: it is not delivered until somebody says so.
      ALTER TABLE message
        ADD COLUMN delivery text CHECK (delivery IN ('delayed', 'delivered', 'bounced')),
        ADD COLUMN delivery_at timestamptz;
      -- Refused by the relay itself, and not yet judged.
      CREATE INDEX message_refused ON message (dispatch_id, contact_id)
        WHERE state = 'rejected' AND reason = 'REFUSED' AND delivery IS NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX message_refused;
      ALTER TABLE message DROP COLUMN delivery, DROP COLUMN delivery_at;
      DROP TABLE webhook_token, feedback, inbound_mail;
    `);
  }
}
