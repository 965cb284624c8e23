import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What a million contacts and a long ledger ask of the tables. */
export class LargeSets1764000000017 implements MigrationInterface {
  name = 'LargeSets1764000000017';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Without it every event that goes would have the whole state searched for whether something rests on it.
      CREATE INDEX consent_state_event ON consent_state (event_id);

      -- By the index in any case: a plan that a session made while the table was short would be kept when it is long.
      ALTER FUNCTION refuse_ledger_change() SET enable_seqscan = off;
      ALTER FUNCTION refuse_unfinished_purge() SET enable_seqscan = off;

      -- Compressing the ids of a million people took longer than deciding about them, for 8 bytes each that became 3.
      ALTER TABLE chunk ALTER contact_ids SET STORAGE EXTERNAL;
      ALTER TABLE exclusion ALTER contact_ids SET STORAGE EXTERNAL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE exclusion ALTER contact_ids SET STORAGE EXTENDED;
      ALTER TABLE chunk ALTER contact_ids SET STORAGE EXTENDED;
      ALTER FUNCTION refuse_unfinished_purge() RESET enable_seqscan;
      ALTER FUNCTION refuse_ledger_change() RESET enable_seqscan;
      DROP INDEX consent_state_event;
    `);
  }
}
