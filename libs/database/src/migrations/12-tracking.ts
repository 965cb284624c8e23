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

      -- Whether somebody of whom there is no word may be measured (opens, links) in a sender's messages: only where every law that
      -- applies allows it, and not of whoever took back everything, be it before there was anything to take back. A
      -- function, because few are asked about and its plan is kept: planned with each batch it cost more than the rest.
      CREATE FUNCTION tracking_unasked(person bigint, places text[], home text, by_channel text, from_sender bigint,
                                       at timestamptz)
        RETURNS boolean[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
      DECLARE
        may_open boolean;
        may_link boolean;
        own boolean;
      BEGIN
        -- A person's own places, those where they agreed among them, and the sender's (home).
        places := places || ARRAY(
          SELECT st.country FROM consent_state st JOIN topic t ON t.id = st.topic_id
           WHERE st.contact_id = person AND t.sender_id = from_sender);
        SELECT bool_and(r.opens), bool_and(r.links), bool_or(r.country = ANY (places)) INTO may_open, may_link, own
          FROM tracking_rule r
         WHERE r.effective_from <= at AND r.effective_to > at AND r.country = ANY (places || home);
        IF own IS NOT TRUE THEN
          SELECT r.opens AND may_open IS NOT FALSE, r.links AND may_link IS NOT FALSE INTO may_open, may_link FROM tracking_rule r
           WHERE r.country = '' AND r.effective_from <= at AND r.effective_to > at;
        END IF;
        IF (may_open OR may_link) AND EXISTS (
             SELECT FROM consent_event w
              WHERE w.contact_id = person AND w.action = 'withdrawn' AND w.topic_id IS NULL
                AND (w.channel IS NULL OR w.channel = by_channel) AND (w.sender_id IS NULL OR w.sender_id = from_sender)) THEN
          RETURN '{f,f}';
        END IF;
        RETURN ARRAY[COALESCE(may_open, FALSE), COALESCE(may_link, FALSE)];
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION tracking_unasked; DROP TABLE tracking_rule');
  }
}
