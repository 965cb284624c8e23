import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class Pacing1764000000014 implements MigrationInterface {
  name = 'Pacing1764000000014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A limit on how fast something sends, and the tokens it has: a relay, a sender, a sender's lane (what mailbox
      -- providers judge), a dispatch. No row: no limit. The key says which, e.g. lane:3:google, and is what workers lock by.
      -- set_rate: as people set it (messages per second; messages and per are their words). slow_rate: what the lane
      -- bears at present; slow tells since when, why, and how fast it was when the trouble began. The smaller one holds.
      -- holders: which worker wanted how many tokens when, so that each gets its share.
      CREATE TABLE token_bucket (
        key         text PRIMARY KEY,
        scope       text NOT NULL CHECK (scope IN ('relay', 'sender', 'lane', 'dispatch')),
        relay       text,
        sender_id   bigint REFERENCES sender ON DELETE CASCADE,
        lane        text,
        dispatch_id bigint REFERENCES dispatch ON DELETE CASCADE,
        messages    integer CHECK (messages > 0),
        per         text CHECK (per IN ('second', 'minute', 'hour', 'day')),
        set_rate    double precision CHECK (set_rate > 0),
        slow_rate   double precision CHECK (slow_rate > 0),
        slow        jsonb,
        rate        double precision GENERATED ALWAYS AS (LEAST(set_rate, slow_rate)) STORED NOT NULL,
        tokens      double precision NOT NULL,
        refilled_at timestamptz NOT NULL,
        holders     jsonb NOT NULL DEFAULT '{}'
      ) WITH (fillfactor = 50);
      CREATE INDEX token_bucket_sender ON token_bucket (sender_id);

      -- How fast each worker goes in a lane at present, in attempts per second: a lane is slowed from the speed of all of
      -- them together. Written once a second while something is heard; not worth a log, for it is old after ten.
      CREATE UNLOGGED TABLE lane_pace (
        sender_id  bigint NOT NULL,
        lane       text NOT NULL,
        worker     text NOT NULL,
        per_second double precision NOT NULL,
        at         timestamptz NOT NULL,
        PRIMARY KEY (sender_id, lane, worker)
      ) WITH (fillfactor = 50);

      -- A sender domain that providers do not know yet: so many messages on each day of the plan. Days begin at midnight
      -- where the sender is.
      CREATE TABLE warm_up (
        domain     text PRIMARY KEY,
        sender_id  bigint NOT NULL REFERENCES sender ON DELETE CASCADE,
        ceilings   integer[] NOT NULL CHECK (cardinality(ceilings) > 0),
        started_at timestamptz NOT NULL
      );
      CREATE TABLE warm_up_day (
        domain  text NOT NULL REFERENCES warm_up ON DELETE CASCADE,
        day     date NOT NULL,
        ceiling integer NOT NULL,
        used    integer NOT NULL,
        -- What the worker that asked last was given: the statement that writes it reads it.
        granted integer NOT NULL,
        ends_at timestamptz NOT NULL,
        PRIMARY KEY (domain, day)
      ) WITH (fillfactor = 50);

      -- When a dispatch last had a chunk claimed: whose turn is longest ago is served first.
      CREATE TABLE dispatch_turn (
        dispatch_id bigint PRIMARY KEY REFERENCES dispatch ON DELETE CASCADE,
        claimed_at  timestamptz NOT NULL
      ) WITH (fillfactor = 50);

      -- What a sender tolerates before its campaigns pause by themselves; shares of messages, null: never. No row: the defaults.
      CREATE TABLE error_budget (
        sender_id        bigint PRIMARY KEY REFERENCES sender ON DELETE CASCADE,
        refusals         double precision,
        bounces          double precision,
        complaints       double precision,
        minimum_messages integer NOT NULL,
        window_minutes   integer NOT NULL
      );

      -- Messages of a dispatch by the minute their fate was known, added up by the workers. An estimate that says where
      -- to look: what died with a worker is missing. Whether a budget is spent is decided by the ledger itself.
      CREATE TABLE dispatch_tally (
        dispatch_id bigint NOT NULL REFERENCES dispatch ON DELETE CASCADE,
        minute      timestamptz NOT NULL,
        settled     integer NOT NULL DEFAULT 0,
        refused     integer NOT NULL DEFAULT 0,
        bounced     integer NOT NULL DEFAULT 0,
        complained  integer NOT NULL DEFAULT 0,
        PRIMARY KEY (dispatch_id, minute)
      ) WITH (fillfactor = 70);

      -- pause: by whom and why a dispatch was paused by the program. resumed_at: from here errors are counted anew.
      ALTER TABLE dispatch ADD COLUMN pause jsonb, ADD COLUMN resumed_at timestamptz;
      ALTER TABLE campaign ADD COLUMN rate_messages integer CHECK (rate_messages > 0),
        ADD COLUMN rate_per text CHECK (rate_per IN ('second', 'minute', 'hour', 'day')),
        ADD CONSTRAINT campaign_rate_whole CHECK ((rate_messages IS NULL) = (rate_per IS NULL));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaign DROP COLUMN rate_messages, DROP COLUMN rate_per;
      ALTER TABLE dispatch DROP COLUMN pause, DROP COLUMN resumed_at;
      DROP TABLE dispatch_tally, error_budget, dispatch_turn, warm_up_day, warm_up, lane_pace, token_bucket;
    `);
  }
}
