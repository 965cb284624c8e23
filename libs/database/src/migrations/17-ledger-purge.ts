import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Taking many events out of a long ledger. */
export class LedgerPurge1764000000017 implements MigrationInterface {
  name = 'LedgerPurge1764000000017';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Without it every event that goes would have the whole state searched for whether something rests on it.
      CREATE INDEX consent_state_event ON consent_state (event_id);

      -- By the index in any case: a plan that a session made while the table was short would be kept when it is long.
      ALTER FUNCTION refuse_ledger_change() SET enable_seqscan = off;
      ALTER FUNCTION refuse_unfinished_purge() SET enable_seqscan = off;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER FUNCTION refuse_unfinished_purge() RESET enable_seqscan;
      ALTER FUNCTION refuse_ledger_change() RESET enable_seqscan;
      DROP INDEX consent_state_event;
    `);
  }
}
