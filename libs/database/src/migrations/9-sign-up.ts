import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class SignUp1764000000009 implements MigrationInterface {
  name = 'SignUp1764000000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- How often somebody did something since a moment: exact over all processes, because each waits for the row.
      CREATE TABLE rate_limit (
        kind  text NOT NULL,
        key   text NOT NULL,
        since timestamptz NOT NULL,
        count integer NOT NULL,
        PRIMARY KEY (kind, key)
      );
      CREATE INDEX rate_limit_since ON rate_limit (since);

      CREATE TABLE sign_up_form (
        id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        sender_id       bigint NOT NULL REFERENCES sender,
        name            text NOT NULL,
        state           text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'archived')),
        -- Sites that may frame the form or post to it.
        allowed_origins text[] NOT NULL DEFAULT '{}',
        remind          boolean NOT NULL DEFAULT true,
        -- The version that is shown now.
        version         integer NOT NULL,
        created_at      timestamptz NOT NULL,
        updated_at      timestamptz NOT NULL
      );

      -- What a form says, in every language. It never changes: an edit makes the next version.
      CREATE TABLE sign_up_form_version (
        form_id     bigint NOT NULL REFERENCES sign_up_form ON DELETE CASCADE,
        number      integer NOT NULL,
        wording     jsonb NOT NULL,
        template_id bigint REFERENCES template,
        created_at  timestamptz NOT NULL,
        PRIMARY KEY (form_id, number)
      );
      CREATE TABLE sign_up_form_topic (
        form_id  bigint NOT NULL,
        version  integer NOT NULL,
        topic_id bigint NOT NULL REFERENCES topic,
        PRIMARY KEY (form_id, version, topic_id),
        FOREIGN KEY (form_id, version) REFERENCES sign_up_form_version ON DELETE CASCADE
      );

      CREATE FUNCTION refuse_form_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'Version % of form % is what people agreed to and cannot change. Make a new version.',
          OLD.number, OLD.form_id USING ERRCODE = 'restrict_violation';
      END $$;
      CREATE TRIGGER sign_up_form_version_immutable BEFORE UPDATE ON sign_up_form_version
        FOR EACH ROW EXECUTE FUNCTION refuse_form_version_change();

      -- Somebody typed an address into a form. The link in the mail is signed over id and nonce; without the nonce it
      -- opens nothing. ip, user_agent, source, nonce and address_hash are NULL once the time to keep them is over.
      CREATE TABLE confirmation_request (
        id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        contact_id      bigint NOT NULL REFERENCES contact ON DELETE CASCADE,
        channel         text NOT NULL CHECK (channel IN ('email', 'sms')),
        address_hash    bytea,
        sender_id       bigint NOT NULL REFERENCES sender,
        form_id         bigint NOT NULL,
        form_version    integer NOT NULL,
        topic_ids       bigint[] NOT NULL,
        -- The contact was made by this request.
        created_contact boolean NOT NULL,
        locale          text NOT NULL,
        ip              inet,
        user_agent      text,
        source          text,
        nonce           bytea,
        requested_at    timestamptz NOT NULL,
        expires_at      timestamptz NOT NULL,
        confirmed_at    timestamptz,
        refused_at      timestamptz,
        CHECK (confirmed_at IS NULL OR refused_at IS NULL),
        FOREIGN KEY (form_id, form_version) REFERENCES sign_up_form_version
      );
      CREATE INDEX confirmation_request_contact ON confirmation_request (contact_id, id);
      CREATE INDEX confirmation_request_form ON confirmation_request (form_id, form_version);
      CREATE INDEX confirmation_request_old ON confirmation_request (requested_at) WHERE nonce IS NOT NULL;
      CREATE INDEX confirmation_request_unconfirmed ON confirmation_request (requested_at)
        WHERE created_contact AND confirmed_at IS NULL;

      -- The mails of a request. The key lets none be sent twice; 'sending' is committed before the first byte leaves.
      CREATE TABLE confirmation_mail (
        request_id  bigint NOT NULL REFERENCES confirmation_request ON DELETE CASCADE,
        kind        text NOT NULL CHECK (kind IN ('first', 'reminder')),
        state       text NOT NULL CHECK (state IN ('due', 'sending', 'accepted', 'rejected', 'unknown', 'withheld')),
        -- Why it was withheld, or what the relay's answer meant.
        reason      text,
        attempt     integer NOT NULL DEFAULT 0,
        due_at      timestamptz NOT NULL,
        intended_at timestamptz,
        settled_at  timestamptz,
        relay       text,
        reply       text,
        PRIMARY KEY (request_id, kind)
      );
      CREATE INDEX confirmation_mail_due ON confirmation_mail (due_at) WHERE state = 'due';
      CREATE INDEX confirmation_mail_sending ON confirmation_mail (intended_at) WHERE state = 'sending';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE confirmation_mail, confirmation_request, sign_up_form_topic, sign_up_form_version, sign_up_form, rate_limit;
      DROP FUNCTION refuse_form_version_change;
    `);
  }
}
