import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class Tracking1764000000012 implements MigrationInterface {
  name = 'Tracking1764000000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Whether a country's law lets a sender measure opens and clicks of somebody who was not asked. Country '' is the
      -- strict default. Written from the law packs and the overrides, as law_rule is, by nobody else.
      CREATE TABLE tracking_rule (
        country        text NOT NULL,
        effective_from timestamptz NOT NULL,
        effective_to   timestamptz NOT NULL,
        opens          boolean NOT NULL,
        links          boolean NOT NULL,
        PRIMARY KEY (country, effective_from)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE tracking_rule');
  }
}
