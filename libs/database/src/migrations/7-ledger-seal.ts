import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Links events into the chain, until migration 10 divides it. */
export const sealConsentEvents = `
      CREATE OR REPLACE FUNCTION seal_consent_events(most integer, at timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
      DECLARE
        link record;
        event consent_event;
        last_number bigint;
        last_hash bytea;
        sealed integer := 0;
      BEGIN
        PERFORM pg_advisory_xact_lock(4862002);
        SELECT number, hash INTO last_number, last_hash FROM consent_seal ORDER BY number DESC LIMIT 1;
        last_number := COALESCE(last_number, 0);
        last_hash := COALESCE(last_hash, '');
        FOR link IN DELETE FROM consent_unsealed
                     WHERE event_id IN (SELECT event_id FROM consent_unsealed ORDER BY event_id LIMIT most)
                    RETURNING event_id LOOP
          SELECT * INTO STRICT event FROM consent_event WHERE id = link.event_id;
          last_number := last_number + 1;
          last_hash := sha256(last_hash || consent_event_digest(event));
          INSERT INTO consent_seal VALUES (last_number, event.id, last_hash, at);
          sealed := sealed + 1;
        END LOOP;
        RETURN sealed;
      END $$;
`;

export class LedgerSeal1764000000007 implements MigrationInterface {
  name = 'LedgerSeal1764000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The chain over the ledger: each link is the hash of the link before it and of one event, so that an event that
      -- is changed, removed or slipped in later shows. Links are made a moment after the event commits: made inside
      -- its transaction, every import would hold up every withdrawal.
      CREATE TABLE consent_seal (
        number    bigint PRIMARY KEY,
        event_id  bigint NOT NULL UNIQUE,
        hash      bytea NOT NULL,
        sealed_at timestamptz NOT NULL
      );
      CREATE TRIGGER consent_seal_append_only BEFORE UPDATE OR DELETE ON consent_seal
        FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
      CREATE TRIGGER consent_seal_no_truncate BEFORE TRUNCATE ON consent_seal
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

      -- Events that wait for their link. Not found by their number: a transaction with a lower one may commit later.
      CREATE TABLE consent_unsealed (event_id bigint PRIMARY KEY);
      CREATE FUNCTION note_unsealed_events() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO consent_unsealed SELECT id FROM appended;
        RETURN NULL;
      END $$;
      CREATE TRIGGER consent_event_unsealed AFTER INSERT ON consent_event
        REFERENCING NEW TABLE AS appended FOR EACH STATEMENT EXECUTE FUNCTION note_unsealed_events();
      INSERT INTO consent_unsealed SELECT id FROM consent_event;

      -- Everything an event says, in one spelling: numbers for times, so that no session's settings matter.
      CREATE FUNCTION consent_event_digest(e consent_event) RETURNS bytea LANGUAGE sql STABLE AS $$
        SELECT sha256(convert_to(jsonb_build_array(
          e.id, e.contact_id, encode(e.address_hash, 'hex'), e.channel, e.sender_id, e.topic_id, e.action, e.basis,
          e.text_shown, encode(e.text_hash, 'hex'), e.text_version, e.locale, e.method, e.source, e.evidence, host(e.ip),
          e.user_agent, e.actor, extract(epoch FROM e.occurred_at), extract(epoch FROM e.recorded_at),
          extract(epoch FROM e.expires_at))::text, 'UTF8'))
      $$;

      ${sealConsentEvents}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION seal_consent_events;
      DROP FUNCTION consent_event_digest;
      DROP TRIGGER consent_event_unsealed ON consent_event;
      DROP FUNCTION note_unsealed_events;
      DROP TABLE consent_unsealed, consent_seal;
    `);
  }
}
