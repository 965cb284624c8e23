import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** That an address was erased is remembered apart from why it is on the suppression list. */
export class Erased1764000000028 implements MigrationInterface {
  name = 'Erased1764000000028';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- When somebody with this address was erased last, by its keyed hash: what others still tell of the time before brings
      -- nobody back. The suppression list cannot tell it: there a harder reason stands in its place (a hard bounce), and a
      -- row goes when the person agrees anew.
      CREATE TABLE erased_address (
        address_hash bytea NOT NULL,
        channel      text NOT NULL CHECK (channel IN ('email', 'sms')),
        erased_at    timestamptz NOT NULL,
        PRIMARY KEY (address_hash, channel)
      );
      CREATE TRIGGER erased_address_fingerprint BEFORE INSERT OR UPDATE OF address_hash ON erased_address
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_outdated_fingerprint();
      INSERT INTO erased_address
        SELECT address_hash, channel, max(created_at) FROM suppression WHERE reason = 'erased' GROUP BY 1, 2;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE erased_address');
  }
}
