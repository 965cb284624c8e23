import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Ways to ask what people did: of one person by their number, of everybody without reading what nobody asks about. */
export class Behaviour1764000000026 implements MigrationInterface {
  name = 'Behaviour1764000000026';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Who did it lately, from the index alone; and which names there are.
      CREATE INDEX person_event_name ON person_event (name, occurred_at, contact_id);
      -- A second entry for clicks that nothing betrays, which are few beside opens and machines: a person has messages in every
      -- range, and asking for their last click must not read all of them.
      CREATE INDEX engagement_event_clicked ON engagement_event (contact_id, occurred_at)
        WHERE kind = 'click' AND machine IS NULL;
      -- Replies are few among what is told of messages.
      CREATE INDEX feedback_replied ON feedback (contact_id, occurred_at)
        WHERE kind = 'replied' AND state <> 'dismissed' AND contact_id IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX feedback_replied, engagement_event_clicked, person_event_name');
  }
}
