import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The ledger of messages in ranges of dispatch numbers, so that what has served its time is dropped as a table and not
 * row by row. Numbers are given out in time order; each month begins a new range (docs/adr/0010).
 */
export class Partitions1764000000016 implements MigrationInterface {
  name = 'Partitions1764000000016';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A range of dispatch numbers: one partition of each ledger. begun_at is null while no dispatch has a number in it.
      CREATE TABLE dispatch_range (
        from_id    bigint PRIMARY KEY,
        to_id      bigint NOT NULL CHECK (to_id > from_id),
        begun_at   timestamptz,
        dropped_at timestamptz
      );

      -- What is left of the messages of a range that was dropped: how many there were of each kind.
      CREATE TABLE message_tally (
        dispatch_id bigint NOT NULL,
        state       text NOT NULL,
        reason      text NOT NULL,
        count       bigint NOT NULL,
        PRIMARY KEY (dispatch_id, state, reason)
      );

      -- What is asked at each look at the metrics, however many dispatches are over.
      CREATE INDEX dispatch_open ON dispatch (id) WHERE state IN ('freezing', 'running', 'paused');

      -- Numbers of a range; far more dispatches than a month has. Ranges that are used up are followed by the next.
      CREATE FUNCTION dispatch_range_width() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1000000::bigint';

      -- The ledgers that are divided by dispatch number; each has a column dispatch_id.
      CREATE FUNCTION ledgers_by_dispatch() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$ SELECT ARRAY['message'] $$;

      CREATE FUNCTION ledger_partition(ledger text, from_id bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT ledger || '_' || from_id / dispatch_range_width()
      $$;

      -- Makes ranges until there is one beyond this number. Attaching a table that stands by itself takes a lock that
      -- nobody who reads or writes messages waits for; CREATE TABLE ... PARTITION OF would stop all of them.
      CREATE FUNCTION make_dispatch_ranges(beyond bigint) RETURNS integer LANGUAGE plpgsql AS $$
      DECLARE
        ledger text;
        next_id bigint;
        made integer := 0;
      BEGIN
        PERFORM pg_advisory_xact_lock(4862016);
        LOOP
          SELECT to_id INTO next_id FROM dispatch_range ORDER BY from_id DESC LIMIT 1;
          EXIT WHEN next_id > beyond;
          FOREACH ledger IN ARRAY ledgers_by_dispatch() LOOP
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', ledger_partition(ledger, next_id), ledger);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', ledger,
                           ledger_partition(ledger, next_id), next_id, next_id + dispatch_range_width());
          END LOOP;
          INSERT INTO dispatch_range (from_id, to_id) VALUES (next_id, next_id + dispatch_range_width());
          made := made + 1;
        END LOOP;
        RETURN made;
      END $$;

      -- Makes the next range ahead, and begins it when a month has begun since the last one was: the numbers between are
      -- skipped. Too close to the end nothing is skipped, for numbers are given out meanwhile and none may come twice.
      CREATE FUNCTION begin_dispatch_range(at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
      DECLARE
        numbers regclass := pg_get_serial_sequence('dispatch', 'id');
        given bigint;
        current dispatch_range;
      BEGIN
        PERFORM pg_advisory_xact_lock(4862016);
        EXECUTE format('SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM %s', numbers) INTO given;
        PERFORM make_dispatch_ranges(given + dispatch_range_width());
        UPDATE dispatch_range SET begun_at = at WHERE begun_at IS NULL AND from_id <= given;
        SELECT * INTO current FROM dispatch_range WHERE begun_at IS NOT NULL ORDER BY from_id DESC LIMIT 1;
        IF date_trunc('month', at, 'UTC') <= date_trunc('month', current.begun_at, 'UTC')
           OR given < current.from_id OR given > current.to_id - dispatch_range_width() / 10 THEN
          RETURN false;
        END IF;
        PERFORM make_dispatch_ranges(current.to_id + dispatch_range_width());
        PERFORM setval(numbers, current.to_id, false);
        UPDATE dispatch_range SET begun_at = at WHERE from_id = current.to_id;
        RETURN true;
      END $$;

      -- The range is there before the first message of a dispatch, whatever became of whoever makes them ahead.
      CREATE FUNCTION make_range_of_dispatch() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.id >= (SELECT to_id FROM dispatch_range ORDER BY from_id DESC LIMIT 1) THEN
          PERFORM make_dispatch_ranges(NEW.id);
        END IF;
        RETURN NULL;
      END $$;

      -- The table as it is becomes the first range: it is read once for its bounds, and no row moves.
      ALTER TABLE message RENAME TO message_0;
      CREATE TABLE message (LIKE message_0 INCLUDING ALL) PARTITION BY RANGE (dispatch_id);
    `);
    await runner.query(`
      DO $$
      DECLARE
        given bigint := (SELECT COALESCE(max(id), 0) FROM dispatch);
        width bigint := dispatch_range_width();
        bound bigint := (given / width + 1) * width;
      BEGIN
        -- Rows without a dispatch are not expected; they must not keep a database from being brought up to date.
        bound := GREATEST(bound, ((SELECT COALESCE(max(dispatch_id), 0) FROM message_0) / width + 1) * width);
        EXECUTE format('ALTER TABLE message ATTACH PARTITION message_0 FOR VALUES FROM (MINVALUE) TO (%s)', bound);
        INSERT INTO dispatch_range (from_id, to_id, begun_at)
        VALUES (0, bound, COALESCE((SELECT max(created_at) FROM dispatch), now()));
        PERFORM make_dispatch_ranges(bound);
      END $$;

      CREATE TRIGGER dispatch_has_range AFTER INSERT ON dispatch
        FOR EACH ROW EXECUTE FUNCTION make_range_of_dispatch();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER dispatch_has_range ON dispatch;
      ALTER TABLE message RENAME TO message_divided;
      CREATE TABLE message (LIKE message_divided INCLUDING ALL);
      INSERT INTO message SELECT * FROM message_divided;
      DROP TABLE message_divided, message_tally, dispatch_range;
      DROP FUNCTION make_range_of_dispatch, begin_dispatch_range, make_dispatch_ranges, ledger_partition,
                    ledgers_by_dispatch, dispatch_range_width;
      DROP INDEX dispatch_open;
      -- Under the name by which the migration before takes it down.
      CREATE INDEX IF NOT EXISTS message_unknown ON message (dispatch_id, contact_id) WHERE state = 'unknown';
    `);
  }
}
