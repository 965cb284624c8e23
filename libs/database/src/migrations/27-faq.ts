import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What customers ask a sender most, as after-sales mails show it. */
export class Faq1764000000027 implements MigrationInterface {
  name = 'Faq1764000000027';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Texts by language, as everywhere: {"en": "...", "ar": "..."}.
      CREATE TABLE sender_faq (
        sender_id bigint NOT NULL REFERENCES sender ON DELETE CASCADE,
        seq       integer NOT NULL,
        question  jsonb NOT NULL,
        answer    jsonb NOT NULL,
        url       text,
        PRIMARY KEY (sender_id, seq)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sender_faq');
  }
}
