import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Opens and clicks, divided by dispatch numbers as the ledger of messages is and dropped with it; and the tags of links. */
export class Engagement1764000000020 implements MigrationInterface {
  name = 'Engagement1764000000020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaign ADD utm jsonb;
      ALTER TABLE dispatch ADD utm jsonb;

      -- One open or click of a person who may be measured. Of the device there is the kind of program alone, of the network
      -- nothing; no address that was opened either, for it may name the person: the template knows what a link leads to.
      CREATE TABLE engagement_event (
        dispatch_id bigint NOT NULL,
        contact_id  bigint NOT NULL,
        -- Of the process that heard it: the same event written twice is one.
        id          bigint NOT NULL,
        kind        text NOT NULL CHECK (kind IN ('open', 'click')),
        -- Of a click: which of the template's links, 0 for the one that no person sees, and how many there were.
        link        smallint,
        link_count  smallint,
        occurred_at timestamptz NOT NULL,
        agent       text NOT NULL,
        -- Why a machine is believed to have done it; null: nothing speaks for one.
        machine     text,
        -- One index: each event costs one entry. A person's are found by their messages.
        PRIMARY KEY (dispatch_id, contact_id, id),
        CHECK ((kind = 'click') = (link IS NOT NULL) AND (kind = 'click') = (link_count IS NOT NULL))
      ) PARTITION BY RANGE (dispatch_id);
    `);
    // Onto whatever is divided already; a partition for each range that is still there.
    await runner.query(`
      DO $$
      DECLARE
        range dispatch_range;
        lowest text;
      BEGIN
        PERFORM pg_advisory_xact_lock(4862016);
        ${DIVIDE("ledgers_by_dispatch() || 'engagement_event'::text")}
        FOR range IN SELECT * FROM dispatch_range WHERE dropped_at IS NULL ORDER BY from_id LOOP
          lowest := CASE WHEN range.from_id = 0 THEN 'MINVALUE' ELSE range.from_id::text END;
          EXECUTE format('CREATE TABLE %I PARTITION OF engagement_event FOR VALUES FROM (%s) TO (%s)',
                         ledger_partition('engagement_event', range.from_id), lowest, range.to_id);
        END LOOP;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$
      BEGIN
        ${DIVIDE("array_remove(ledgers_by_dispatch(), 'engagement_event')")}
      END $$;
      DROP TABLE engagement_event;
      ALTER TABLE dispatch DROP utm;
      ALTER TABLE campaign DROP utm;
    `);
  }
}

/** Whatever is divided already stays so; written as the migration before wrote it. */
const DIVIDE = (ledgers: string): string => `
        EXECUTE format('CREATE OR REPLACE FUNCTION ledgers_by_dispatch() RETURNS text[] LANGUAGE sql IMMUTABLE AS %L',
                       (SELECT format(' SELECT ARRAY[%s] ', string_agg(quote_literal(ledger), ', ' ORDER BY nth))
                          FROM unnest(${ledgers}) WITH ORDINALITY AS divided (ledger, nth)));`;
