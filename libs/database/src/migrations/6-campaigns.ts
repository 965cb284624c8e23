import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class Campaigns1764000000006 implements MigrationInterface {
  name = 'Campaigns1764000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Once launched, what happens is told by its dispatch; the state here ends with 'launched'.
      CREATE TABLE campaign (
        id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name                  text NOT NULL,
        state                 text NOT NULL CHECK (state IN ('draft', 'scheduled', 'launched', 'cancelled', 'missed')),
        channel               text NOT NULL CHECK (channel IN ('email', 'sms')),
        topic_id              bigint REFERENCES topic,
        segment_id            bigint REFERENCES segment,
        template_id           bigint REFERENCES template,
        dispatch_id           bigint REFERENCES dispatch,
        scheduled_at          timestamptz,
        time_zone             text,
        not_after             timestamptz,
        problem               text,
        created_at            timestamptz NOT NULL,
        updated_at            timestamptz NOT NULL
      );
      CREATE INDEX campaign_due ON campaign (scheduled_at) WHERE state = 'scheduled';
      CREATE UNIQUE INDEX campaign_dispatch ON campaign (dispatch_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE campaign');
  }
}
