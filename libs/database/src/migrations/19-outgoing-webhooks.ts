import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class OutgoingWebhooks1764000000019 implements MigrationInterface {
  name = 'OutgoingWebhooks1764000000019';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- What happened, for whoever wants to be told: written in the transaction in which it becomes true, never changed
      -- but to forget a person. No reference to the contact: it outlives them, and then bears only a number.
      CREATE TABLE outgoing_event (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind        text NOT NULL,
        contact_id  bigint,
        -- Public ids of what it is about, as { "messageId": "msg_7_1042" }.
        subject     jsonb NOT NULL,
        payload     jsonb NOT NULL,
        occurred_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL
      );
      CREATE INDEX outgoing_event_recorded ON outgoing_event (recorded_at, id);
      CREATE INDEX outgoing_event_contact ON outgoing_event (contact_id) WHERE contact_id IS NOT NULL;

      -- Events that nobody has handed out yet. A queue, and not "everything above the last number": numbers are given out
      -- before commits, so that a lower one may be seen after a higher one, and would be lost.
      CREATE TABLE outgoing_event_new (
        event_id bigint PRIMARY KEY REFERENCES outgoing_event ON DELETE CASCADE
      );

      CREATE TABLE webhook (
        id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        url             text NOT NULL,
        description     text,
        -- Kinds of events it is told of; NULL: all, also those to come.
        kinds           text[] CHECK (cardinality(kinds) > 0),
        state           text NOT NULL CHECK (state IN ('active', 'disabled')),
        disabled_reason text CHECK (disabled_reason IN ('by_request', 'failing', 'gone', 'secret_lost')),
        -- Sealed with a key that follows from the configuration.
        secret          bytea NOT NULL,
        -- Signs beside the new one until then.
        old_secret      bytea,
        old_until       timestamptz,
        -- Since when nothing was delivered, and how many attempts in a row.
        failing_since   timestamptz,
        failures        integer NOT NULL DEFAULT 0,
        -- Nothing is tried before.
        rests_until     timestamptz,
        -- When deliveries of it were last taken up; who waits longest comes first.
        served_at       timestamptz,
        created_at      timestamptz NOT NULL,
        updated_at      timestamptz NOT NULL,
        deleted_at      timestamptz,
        CHECK ((state = 'disabled') = (disabled_reason IS NOT NULL)),
        CHECK ((old_secret IS NULL) = (old_until IS NULL))
      );

      -- The order in which a webhook hears of a contact. A replay draws new places.
      CREATE SEQUENCE webhook_delivery_place;

      -- One event for one webhook. waiting: an earlier one of the same contact is not over. Whoever changes the state of a
      -- webhook's deliveries holds the row of the webhook, but for putting back what a dead worker had.
      CREATE TABLE webhook_delivery (
        webhook_id      bigint NOT NULL REFERENCES webhook ON DELETE CASCADE,
        event_id        bigint NOT NULL REFERENCES outgoing_event ON DELETE CASCADE,
        contact_id      bigint,
        place           bigint NOT NULL DEFAULT nextval('webhook_delivery_place'),
        state           text NOT NULL CHECK (state IN ('waiting', 'due', 'sending', 'delivered', 'given_up')),
        attempts        integer NOT NULL DEFAULT 0,
        due_at          timestamptz NOT NULL,
        lease           uuid,
        leased_until    timestamptz,
        last_status     integer,
        last_error      text,
        last_attempt_at timestamptz,
        finished_at     timestamptz,
        PRIMARY KEY (webhook_id, event_id),
        CHECK ((state = 'sending') = (lease IS NOT NULL))
      );
      ALTER SEQUENCE webhook_delivery_place OWNED BY webhook_delivery.place;
      CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, due_at, place) WHERE state = 'due';
      CREATE INDEX webhook_delivery_line ON webhook_delivery (webhook_id, contact_id, place)
        WHERE state IN ('waiting', 'due', 'sending');
      CREATE INDEX webhook_delivery_sending ON webhook_delivery (webhook_id, leased_until) WHERE state = 'sending';
      CREATE INDEX webhook_delivery_listed ON webhook_delivery (webhook_id, place);
      CREATE INDEX webhook_delivery_event ON webhook_delivery (event_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE webhook_delivery, webhook, outgoing_event_new, outgoing_event');
  }
}
