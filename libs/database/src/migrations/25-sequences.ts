import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Steps over time, and whoever is on their way through them (docs/adr/0015). What ends somebody's way ends it in the
 * transaction in which it happens; therefore triggers listen, whoever writes.
 */
export class Sequences1764000000025 implements MigrationInterface {
  name = 'Sequences1764000000025';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- How long until somebody who bought it needs it again.
      ALTER TABLE shop_order_item ADD replenish_days integer CHECK (replenish_days > 0);

      -- People were added to it one by one, and each may be taken back: the step asks dispatch_person.
      ALTER TABLE dispatch ADD by_person boolean NOT NULL DEFAULT false;

      -- What a dispatch knows of one person: what their message is about, and from when on they get nothing of it.
      CREATE TABLE dispatch_person (
        dispatch_id bigint NOT NULL,
        contact_id  bigint NOT NULL,
        order_id    bigint,
        event_id    bigint,
        ends_at     timestamptz,
        end_reason  text,
        PRIMARY KEY (dispatch_id, contact_id),
        CHECK ((ends_at IS NULL) = (end_reason IS NULL))
      );
      CREATE INDEX dispatch_person_contact ON dispatch_person (contact_id);

      -- version_id: the one that people enter. What brings them in stands in columns, for the triggers to find.
      CREATE TABLE sequence (
        id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name             text NOT NULL CONSTRAINT sequence_name_key UNIQUE,
        state            text NOT NULL CHECK (state IN ('draft', 'running', 'paused', 'closed', 'stopped')),
        version_id       bigint,
        trigger_kind     text NOT NULL,
        trigger_topic_id bigint REFERENCES topic,
        trigger_event    text,
        trigger_shop_id  bigint REFERENCES shop,
        trigger_segment_id bigint REFERENCES segment,
        -- What was long ago when it is told starts nothing.
        trigger_within   interval NOT NULL,
        -- Whoever joins its segment, or has a day of theirs, is looked for from time to time: as of when it was done last,
        -- and when to do it again.
        looked_at        timestamptz,
        look_after       timestamptz,
        started_at       timestamptz,
        created_at       timestamptz NOT NULL,
        updated_at       timestamptz NOT NULL
      );
      CREATE INDEX sequence_hearing ON sequence (trigger_kind) WHERE state IN ('running', 'paused');

      -- plan: the definition with everything looked up; sender_id: in whose name it sends, and whose shops it hears. A version
      -- that somebody entered never changes.
      CREATE TABLE sequence_version (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        sequence_id bigint NOT NULL REFERENCES sequence ON DELETE CASCADE,
        number      integer NOT NULL,
        definition  jsonb NOT NULL,
        plan        jsonb NOT NULL,
        sender_id   bigint REFERENCES sender,
        used_at     timestamptz,
        created_at  timestamptz NOT NULL,
        UNIQUE (sequence_id, number)
      );
      ALTER TABLE sequence ADD FOREIGN KEY (version_id) REFERENCES sequence_version;

      -- What a version sends about: who withdraws from one of these leaves.
      CREATE TABLE sequence_topic (
        version_id bigint NOT NULL REFERENCES sequence_version ON DELETE CASCADE,
        topic_id   bigint NOT NULL REFERENCES topic,
        channel    text NOT NULL,
        PRIMARY KEY (version_id, topic_id, channel)
      );

      -- A template that a version sends is kept.
      CREATE TABLE sequence_template (
        version_id  bigint NOT NULL REFERENCES sequence_version ON DELETE CASCADE,
        template_id bigint NOT NULL REFERENCES template,
        PRIMARY KEY (version_id, template_id)
      );

      -- Somebody to whom it happened, not yet looked at.
      CREATE TABLE sequence_arrival (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        sequence_id bigint NOT NULL REFERENCES sequence ON DELETE CASCADE,
        contact_id  bigint NOT NULL,
        occasion    text NOT NULL,
        order_id    bigint,
        event_id    bigint,
        happened_at timestamptz NOT NULL
      );
      CREATE INDEX sequence_arrival_next ON sequence_arrival (sequence_id, id);
      CREATE INDEX sequence_arrival_contact ON sequence_arrival (contact_id);

      -- Who was in the segment that a sequence listens to, when it was last looked at.
      CREATE TABLE sequence_member (
        sequence_id bigint NOT NULL REFERENCES sequence ON DELETE CASCADE,
        contact_id  bigint NOT NULL,
        PRIMARY KEY (sequence_id, contact_id)
      );
      CREATE INDEX sequence_member_contact ON sequence_member (contact_id);

      -- One person's way through one version, on one occasion.
      CREATE TABLE enrolment (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        sequence_id bigint NOT NULL REFERENCES sequence,
        version_id  bigint NOT NULL REFERENCES sequence_version,
        contact_id  bigint NOT NULL,
        occasion    text NOT NULL,
        order_id    bigint,
        event_id    bigint,
        -- How often they had entered before, and how often this way led back: no dispatch meets them twice.
        ordinal     integer NOT NULL,
        laps        integer NOT NULL DEFAULT 0,
        state       text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'finished', 'left')),
        -- Why it ended.
        reason      text,
        step        smallint NOT NULL DEFAULT 0,
        -- at: about to do it. waiting: until due_at. sending: its message is on its way. listening: for what they may do.
        phase       text NOT NULL DEFAULT 'at' CHECK (phase IN ('at', 'waiting', 'sending', 'listening')),
        -- When to look again; and since when, by what the step says and not by when it was done, they are at it.
        due_at      timestamptz NOT NULL,
        since       timestamptz NOT NULL,
        dispatch_id bigint,
        looks       integer NOT NULL DEFAULT 0,
        listens_for text,
        on_purchase boolean NOT NULL,
        on_refund   boolean NOT NULL,
        moves       integer NOT NULL DEFAULT 0,
        entered_at  timestamptz NOT NULL,
        ended_at    timestamptz,
        CONSTRAINT enrolment_occasion_key UNIQUE (sequence_id, contact_id, occasion),
        CHECK ((state = 'active') = (ended_at IS NULL)),
        CHECK ((phase = 'sending') = (dispatch_id IS NOT NULL))
      ) WITH (fillfactor = 80);
      -- What waits costs nothing: what is due stands at one end.
      CREATE INDEX enrolment_due ON enrolment (sequence_id, due_at) WHERE state = 'active';
      CREATE INDEX enrolment_active ON enrolment (contact_id) WHERE state = 'active';
      CREATE INDEX enrolment_place ON enrolment (version_id, step) WHERE state = 'active';
      CREATE INDEX enrolment_contact ON enrolment (contact_id);

      -- The way somebody took: never changed.
      CREATE TABLE enrolment_move (
        enrolment_id bigint NOT NULL REFERENCES enrolment ON DELETE CASCADE,
        seq          integer NOT NULL,
        step         smallint,
        outcome      text NOT NULL,
        reason       text,
        dispatch_id  bigint,
        at           timestamptz NOT NULL,
        PRIMARY KEY (enrolment_id, seq)
      );

      -- The dispatches of a step: one for each day, and for each time that somebody may come by again.
      CREATE TABLE sequence_dispatch (
        version_id  bigint NOT NULL REFERENCES sequence_version,
        step        smallint NOT NULL,
        slot        text NOT NULL,
        day         date NOT NULL,
        dispatch_id bigint NOT NULL,
        PRIMARY KEY (version_id, step, slot, day)
      );
      CREATE UNIQUE INDEX sequence_dispatch_of ON sequence_dispatch (dispatch_id);

      -- A dispatch that was done goes on because a carrier lost a message of it: not while its sequence is paused.
      CREATE FUNCTION sequences_keep_paused() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM sequence_dispatch d JOIN sequence_version v ON v.id = d.version_id
                     JOIN sequence s ON s.id = v.sequence_id
                    WHERE d.dispatch_id = NEW.id AND s.state = 'paused') THEN
          NEW.state := 'paused';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER dispatch_kept_paused BEFORE UPDATE OF state ON dispatch FOR EACH ROW
        WHEN (OLD.state = 'finished' AND NEW.state = 'running' AND NEW.by_person) EXECUTE FUNCTION sequences_keep_paused();

      -- Somebody's own zone, as local_due chooses it.
      CREATE FUNCTION person_zone(own_zone text, country text, phone_country text, sender_zone text, at timestamptz)
        RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT COALESCE(
          (SELECT z.name FROM time_zone z WHERE z.name = own_zone),
          (SELECT min(zone) FROM country_zone k CROSS JOIN unnest(k.zones) AS zone JOIN time_zone z ON z.name = zone
            WHERE k.country = $2 HAVING count(DISTINCT at AT TIME ZONE zone) = 1),
          (SELECT min(zone) FROM country_zone k CROSS JOIN unnest(k.zones) AS zone JOIN time_zone z ON z.name = zone
            WHERE k.country = $3 HAVING count(DISTINCT at AT TIME ZONE zone) = 1),
          (SELECT z.name FROM time_zone z WHERE z.name = sender_zone),
          'UTC')
      $$;

      -- Ends these ways now, and takes back what waits to be sent. Called by the triggers below and by libs/sequences.
      CREATE FUNCTION sequences_leave(ids bigint[], why text, now_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
      DECLARE
        ended bigint;
      BEGIN
        -- In one order, so that two who end the same ways do not wait for each other.
        PERFORM 1 FROM enrolment WHERE id = ANY (ids) AND state = 'active' ORDER BY id FOR UPDATE;
        WITH was AS (
          SELECT id, dispatch_id, contact_id, step FROM enrolment WHERE id = ANY (ids) AND state = 'active'
        ), gone AS (
          UPDATE enrolment e
             SET state = 'left', reason = why, ended_at = now_at, moves = e.moves + 1,
                 phase = 'at', dispatch_id = NULL, listens_for = NULL
            FROM was WHERE e.id = was.id
          RETURNING e.id, e.moves, was.step, was.dispatch_id, was.contact_id
        ), recalled AS (
          -- Of every step they came past: what was accepted may come back and be tried once more.
          INSERT INTO dispatch_person AS p (dispatch_id, contact_id, ends_at, end_reason)
          SELECT DISTINCT m.dispatch_id, gone.contact_id, '-infinity'::timestamptz, 'LEFT_SEQUENCE'
            FROM gone JOIN enrolment_move m ON m.enrolment_id = gone.id AND m.outcome = 'sending'
           ORDER BY 1, 2
          ON CONFLICT (dispatch_id, contact_id) DO UPDATE SET ends_at = '-infinity', end_reason = excluded.end_reason
        ), told AS (
          INSERT INTO enrolment_move (enrolment_id, seq, step, outcome, reason, dispatch_id, at)
          SELECT id, moves, step, 'left', why, dispatch_id, now_at FROM gone
        )
        SELECT count(*) INTO ended FROM gone;
        RETURN ended;
      END $$;

      -- Somebody did what their way may be listening for: it is looked at.
      CREATE FUNCTION sequences_wake(contacts bigint[], what text, now_at timestamptz) RETURNS void LANGUAGE sql AS $$
        UPDATE enrolment e SET due_at = now_at
          FROM (SELECT id FROM enrolment
                 WHERE contact_id = ANY (contacts) AND state = 'active' AND phase = 'listening' AND listens_for = what
                   AND due_at > now_at
                 ORDER BY id FOR UPDATE) listening
         WHERE e.id = listening.id
      $$;

      -- Orders are written one at a time. Of most words about one nothing is new here. A shop of another sender is another
      -- business: what is bought there is none of this one's concern.
      CREATE FUNCTION sequences_hear_order() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        is_insert constant boolean := TG_OP = 'INSERT';
        was_known boolean := false;
        was_fulfilled boolean := false;
        was_open boolean := true;
        shop_sender bigint;
      BEGIN
        IF NOT is_insert THEN
          was_known := OLD.placed_at IS NOT NULL AND OLD.contact_id IS NOT DISTINCT FROM NEW.contact_id;
          was_fulfilled := was_known AND OLD.fulfilled_at IS NOT NULL;
          was_open := OLD.cancelled_at IS NULL AND OLD.refunded_at IS NULL;
          IF OLD.contact_id IS NOT NULL AND OLD.contact_id <> NEW.contact_id THEN
            -- It turned out to be another's. Whoever lets somebody in on it asks again whose it is.
            DELETE FROM sequence_arrival WHERE contact_id = OLD.contact_id AND order_id = NEW.id;
            PERFORM sequences_leave(ARRAY(SELECT id FROM enrolment WHERE contact_id = OLD.contact_id AND state = 'active'
                                             AND order_id = NEW.id), 'ORDER_MOVED', NEW.updated_at);
          END IF;
        END IF;
        IF NEW.cancelled_at IS NOT NULL OR NEW.refunded_at IS NOT NULL THEN
          IF was_open THEN
            -- First: whoever lets somebody in on it holds the arrival until they are in, and then they are found.
            DELETE FROM sequence_arrival WHERE contact_id = NEW.contact_id AND order_id = NEW.id;
            PERFORM sequences_leave(ARRAY(SELECT id FROM enrolment WHERE contact_id = NEW.contact_id AND state = 'active'
                                             AND on_refund AND order_id = NEW.id), 'ORDER_ENDED', NEW.updated_at);
          END IF;
          RETURN NULL;
        END IF;
        IF NEW.placed_at IS NULL THEN
          RETURN NULL;
        END IF;
        SELECT sender_id INTO shop_sender FROM shop WHERE id = NEW.shop_id;
        IF NOT was_known THEN
          PERFORM 1 FROM sequence_arrival WHERE contact_id = NEW.contact_id ORDER BY id FOR UPDATE;
          PERFORM sequences_leave(ARRAY(
            SELECT e.id FROM enrolment e JOIN sequence_version v ON v.id = e.version_id
             WHERE e.contact_id = NEW.contact_id AND e.state = 'active' AND e.on_purchase
               AND e.order_id IS DISTINCT FROM NEW.id AND e.entered_at <= NEW.placed_at
               AND COALESCE(v.sender_id, shop_sender) = shop_sender),
                                  'PURCHASED', NEW.updated_at);
          PERFORM sequences_wake(ARRAY[NEW.contact_id], '@order', NEW.updated_at);
        END IF;
        INSERT INTO sequence_arrival (sequence_id, contact_id, occasion, order_id, happened_at)
        SELECT s.id, NEW.contact_id, 'order ' || NEW.id, NEW.id, happened.at
          FROM sequence s
          JOIN sequence_version v ON v.id = s.version_id
         CROSS JOIN LATERAL (SELECT CASE s.trigger_kind
                 WHEN 'order.placed' THEN CASE WHEN NOT was_known THEN NEW.placed_at END
                 WHEN 'order.fulfilled' THEN CASE WHEN NOT was_fulfilled THEN NEW.fulfilled_at END END AS at) happened
         WHERE s.state IN ('running', 'paused') AND s.trigger_kind IN ('order.placed', 'order.fulfilled')
           AND CASE WHEN s.trigger_shop_id IS NULL THEN COALESCE(v.sender_id, shop_sender) = shop_sender
                    ELSE s.trigger_shop_id = NEW.shop_id END
           AND happened.at > NEW.updated_at - s.trigger_within;
        RETURN NULL;
      END $$;
      CREATE TRIGGER shop_order_heard AFTER INSERT OR UPDATE ON shop_order FOR EACH ROW
        WHEN (NEW.contact_id IS NOT NULL) EXECUTE FUNCTION sequences_hear_order();

      -- Who takes a consent back that a way sends on leaves it. Who gives one may be whom a sequence waits for; those who
      -- were imported did not just give it.
      CREATE FUNCTION sequences_hear_consents() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM added WHERE action = 'withdrawn') THEN
          PERFORM sequences_leave(ARRAY(
            SELECT DISTINCT e.id
              FROM added a
              JOIN enrolment e ON e.contact_id = a.contact_id AND e.state = 'active'
              JOIN sequence_topic t ON t.version_id = e.version_id
              JOIN topic ON topic.id = t.topic_id
             WHERE a.action = 'withdrawn' AND (a.topic_id IS NULL OR a.topic_id = t.topic_id)
               AND (a.sender_id IS NULL OR a.sender_id = topic.sender_id) AND (a.channel IS NULL OR a.channel = t.channel)),
            'WITHDRAWN', (SELECT max(recorded_at) FROM added));
        END IF;
        INSERT INTO sequence_arrival (sequence_id, contact_id, occasion, happened_at)
        SELECT s.id, a.contact_id, 'consent ' || a.id, a.occurred_at
          FROM sequence s
          JOIN added a ON a.topic_id = s.trigger_topic_id
         WHERE s.trigger_kind = 'consent.given' AND s.state IN ('running', 'paused')
           AND a.action IN ('granted', 'confirmed') AND a.basis IN ('express', 'double_opt_in') AND a.method <> 'import'
           AND a.occurred_at > a.recorded_at - s.trigger_within;
        RETURN NULL;
      END $$;
      CREATE TRIGGER consent_event_heard AFTER INSERT ON consent_event REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION sequences_hear_consents();

      CREATE FUNCTION sequences_hear_events() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        happened record;
      BEGIN
        FOR happened IN SELECT name, array_agg(contact_id) AS contacts, max(received_at) AS at FROM added GROUP BY name LOOP
          PERFORM sequences_wake(happened.contacts, happened.name, happened.at);
        END LOOP;
        INSERT INTO sequence_arrival (sequence_id, contact_id, occasion, event_id, happened_at)
        SELECT s.id, a.contact_id, 'event ' || a.id, a.id, a.occurred_at
          FROM sequence s JOIN added a ON a.name = s.trigger_event
         WHERE s.trigger_kind = 'event' AND s.state IN ('running', 'paused')
           AND a.occurred_at > a.received_at - s.trigger_within;
        RETURN NULL;
      END $$;
      CREATE TRIGGER person_event_heard AFTER INSERT ON person_event REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION sequences_hear_events();

      CREATE FUNCTION sequences_hear_replies() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM added WHERE kind = 'replied' AND contact_id IS NOT NULL) THEN
          PERFORM sequences_wake(array_agg(contact_id), '@reply', max(received_at)) FROM added
            WHERE kind = 'replied' AND contact_id IS NOT NULL;
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER feedback_heard AFTER INSERT ON feedback REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION sequences_hear_replies();

      -- A click is a person's only when nothing has betrayed a machine for a while (90 s, HUMAN_AFTER_MS).
      CREATE FUNCTION sequences_hear_clicks() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM added WHERE kind = 'click' AND machine IS NULL) THEN
          PERFORM sequences_wake(array_agg(contact_id), '@click', max(occurred_at) + interval '92 seconds') FROM added
            WHERE kind = 'click' AND machine IS NULL;
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER engagement_event_heard AFTER INSERT ON engagement_event REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION sequences_hear_clicks();

      -- Whose profile is deleted is on no way any more, and nothing of it is kept. No foreign keys: whoever moves people along
      -- must not wait for whoever deletes one of them, who waits for them.
      CREATE FUNCTION sequences_forget() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM sequence_arrival WHERE contact_id IN (SELECT id FROM gone);
        PERFORM 1 FROM enrolment WHERE contact_id IN (SELECT id FROM gone) ORDER BY id FOR UPDATE;
        DELETE FROM sequence_member WHERE contact_id IN (SELECT id FROM gone);
        DELETE FROM dispatch_person WHERE contact_id IN (SELECT id FROM gone);
        DELETE FROM enrolment WHERE contact_id IN (SELECT id FROM gone);
        RETURN NULL;
      END $$;
      CREATE TRIGGER contact_gone_from_sequences AFTER DELETE ON contact REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION sequences_forget();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER dispatch_kept_paused ON dispatch;
      DROP TRIGGER contact_gone_from_sequences ON contact;
      DROP TRIGGER engagement_event_heard ON engagement_event;
      DROP TRIGGER feedback_heard ON feedback;
      DROP TRIGGER person_event_heard ON person_event;
      DROP TRIGGER consent_event_heard ON consent_event;
      DROP TRIGGER shop_order_heard ON shop_order;
      DROP FUNCTION sequences_keep_paused, sequences_forget, sequences_hear_clicks, sequences_hear_replies, sequences_hear_events,
                    sequences_hear_consents, sequences_hear_order, sequences_wake, sequences_leave, person_zone;
      ALTER TABLE sequence DROP CONSTRAINT sequence_version_id_fkey;
      DROP TABLE sequence_dispatch, enrolment_move, enrolment, sequence_member, sequence_arrival, sequence_template,
                 sequence_topic, sequence_version, sequence, dispatch_person;
      ALTER TABLE dispatch DROP by_person;
      ALTER TABLE shop_order_item DROP replenish_days;
    `);
  }
}
