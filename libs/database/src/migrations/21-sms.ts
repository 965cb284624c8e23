import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** SMS: whom it comes from, what it costs and may cost, and which words people answer with. */
export class Sms1764000000021 implements MigrationInterface {
  name = 'Sms1764000000021';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Whom a sender's SMS come from, by the country of the phone they go to; '': any country that has none of its own.
      CREATE TABLE sms_source (
        id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        sender_id        bigint NOT NULL REFERENCES sender ON DELETE CASCADE,
        country          text NOT NULL DEFAULT '',
        kind             text NOT NULL CHECK (kind IN ('number', 'service', 'name')),
        -- A number (E.164), a Messaging Service's SID, or a name of up to 11 characters.
        value            text NOT NULL,
        -- How many parts it may send in a time; NULL: as fast as the provider takes them.
        parts            integer CHECK (parts > 0),
        per              text CHECK (per IN ('second', 'minute', 'hour', 'day')),
        -- Whether the provider itself answers "STOP" and the like: one confirmation is enough.
        provider_answers boolean NOT NULL,
        -- Since when nothing comes from it any more; whoever answers it is heard all the same.
        retired_at       timestamptz,
        CHECK ((parts IS NULL) = (per IS NULL))
      );
      CREATE UNIQUE INDEX sms_source_country ON sms_source (sender_id, country) WHERE retired_at IS NULL;
      CREATE INDEX sms_source_value ON sms_source (value);

      -- What one part costs, in millionths of the installation's currency, by the country it goes to ('': all others) and
      -- whom it comes from ('': all others). Of several that fit, country and source come first, then country, then source.
      CREATE TABLE sms_price (
        country text NOT NULL,
        source  text NOT NULL DEFAULT '',
        micros  bigint NOT NULL CHECK (micros >= 0),
        PRIMARY KEY (country, source)
      );

      -- What was spent, and may be (NULL: no limit), in millionths: of a dispatch, and of a sender in a calendar month of its
      -- own clock. It is taken before a message begins and given back when it provably was not sent, so that a limit is never
      -- passed. The key says of what, e.g. dispatch:7, month:3:2026-11.
      CREATE TABLE sms_spend (
        key         text PRIMARY KEY,
        dispatch_id bigint REFERENCES dispatch ON DELETE CASCADE,
        sender_id   bigint REFERENCES sender ON DELETE CASCADE,
        month       text,
        most        bigint CHECK (most >= 0),
        spent       bigint NOT NULL DEFAULT 0 CHECK (spent >= 0)
      ) WITH (fillfactor = 50);
      CREATE INDEX sms_spend_sender ON sms_spend (sender_id) WHERE sender_id IS NOT NULL;

      -- What a sender may spend in each month from the next one on, and in this one.
      ALTER TABLE sender ADD sms_month_budget bigint CHECK (sms_month_budget >= 0);

      -- Takes, in turn, each cost that still fits what the dispatch and its sender's month may cost; a later one may fit
      -- where an earlier did not. Both rows are held to the end, the dispatch's first, so that whoever asks meanwhile waits
      -- and sees what is left then. exhausted: which limit refused the first that did not fit.
      CREATE FUNCTION sms_spend_take(of_dispatch bigint, of_sender bigint, of_month text, costs bigint[])
        RETURNS TABLE (taken boolean[], exhausted text) LANGUAGE plpgsql AS $$
      DECLARE
        unlimited CONSTANT bigint := 9223372036854775807;
        own       CONSTANT text := 'dispatch:' || of_dispatch;
        monthly   CONSTANT text := 'month:' || of_sender || ':' || of_month;
        own_left   bigint;
        month_left bigint;
        total      bigint := 0;
        cost       bigint;
      BEGIN
        SELECT GREATEST(0, COALESCE(most - spent, unlimited)) INTO own_left FROM sms_spend WHERE key = own FOR UPDATE;
        IF of_dispatch IS NULL THEN
          -- A message of no dispatch: the month alone pays for it.
          own_left := unlimited;
        ELSIF NOT FOUND THEN
          INSERT INTO sms_spend (key, dispatch_id) VALUES (own, of_dispatch) ON CONFLICT DO NOTHING;
          SELECT GREATEST(0, COALESCE(most - spent, unlimited)) INTO own_left FROM sms_spend WHERE key = own FOR UPDATE;
        END IF;
        SELECT GREATEST(0, COALESCE(most - spent, unlimited)) INTO month_left FROM sms_spend WHERE key = monthly FOR UPDATE;
        IF NOT FOUND THEN
          -- Shared with whoever sets the sender's budget this moment: either it is read here, or the row is found there.
          INSERT INTO sms_spend (key, sender_id, month, most)
          SELECT monthly, id, of_month, sms_month_budget FROM sender WHERE id = of_sender FOR SHARE
          ON CONFLICT DO NOTHING;
          SELECT GREATEST(0, COALESCE(most - spent, unlimited)) INTO month_left FROM sms_spend WHERE key = monthly FOR UPDATE;
        END IF;
        taken := '{}';
        FOREACH cost IN ARRAY costs LOOP
          IF cost <= own_left AND cost <= month_left THEN
            taken := taken || true;
            own_left := own_left - cost;
            month_left := month_left - cost;
            total := total + cost;
          ELSE
            taken := taken || false;
            exhausted := COALESCE(exhausted, CASE WHEN cost > own_left THEN 'campaign' ELSE 'month' END);
          END IF;
        END LOOP;
        IF total > 0 THEN
          UPDATE sms_spend SET spent = spent + total WHERE key IN (own, monthly);
        END IF;
        RETURN NEXT;
      END $$;

      -- Words beside our own that ask to stop, to start or for help, for phones of a country.
      CREATE TABLE sms_keyword (
        country text NOT NULL,
        command text NOT NULL CHECK (command IN ('stop', 'start', 'help')),
        word    text NOT NULL,
        PRIMARY KEY (country, word)
      );

      ALTER TABLE campaign
        -- Of a campaign by email: what those get who cannot or may not be reached by it.
        ADD sms_template_id bigint REFERENCES template,
        ADD smart_encoding  boolean NOT NULL DEFAULT false,
        ADD short_links     boolean NOT NULL DEFAULT false,
        ADD budget          bigint CHECK (budget >= 0);
      ALTER TABLE dispatch
        ADD sms_version_id bigint REFERENCES template_version,
        ADD smart_encoding boolean NOT NULL DEFAULT false,
        ADD short_links    boolean NOT NULL DEFAULT false;

      -- Put off because the money is spent: whoever raises the budget makes it due, and nothing that waits for its hour.
      ALTER TABLE chunk ADD budget_wait boolean NOT NULL DEFAULT false;

      -- Of an SMS: by which channel, how many parts were sent, and at what price together. NULL channel: the dispatch's.
      ALTER TABLE message
        ADD channel text CHECK (channel IN ('email', 'sms')),
        ADD parts   smallint,
        ADD cost    bigint;

      ALTER TABLE token_bucket DROP CONSTRAINT token_bucket_scope_check;
      ALTER TABLE token_bucket ADD CONSTRAINT token_bucket_scope_check
        CHECK (scope IN ('relay', 'sender', 'lane', 'dispatch', 'source'));

      -- carrier: the carrier takes nothing from this sender for that phone: the person said stop there, or it is blocked.
      -- unclear: they wrote something that a person has to read first. unreachable: nobody could be reached there for
      -- days; it ends by itself.
      ALTER TABLE suppression DROP CONSTRAINT suppression_reason_check;
      ALTER TABLE suppression ADD CONSTRAINT suppression_reason_check
        CHECK (reason IN ('unsubscribed', 'hard_bounce', 'complaint', 'erased', 'manual', 'carrier', 'unclear',
                          'unreachable'));
      CREATE INDEX suppression_unreachable ON suppression (created_at) WHERE reason = 'unreachable';

      -- sender_id: of what came by SMS to a number of ours, whose number it is: it names no message.
      ALTER TABLE feedback
        ADD channel   text NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'sms')),
        ADD sender_id bigint;
      CREATE INDEX feedback_phone ON feedback (from_address, sender_id, id)
        WHERE channel = 'sms' AND from_address IS NOT NULL;

      ALTER TABLE feedback DROP CONSTRAINT feedback_kind_check;
      ALTER TABLE feedback ADD CONSTRAINT feedback_kind_check
        CHECK (kind IN ('delivered', 'delayed', 'bounced', 'complained', 'opted_out', 'replied', 'auto_replied', 'not_spam',
                        'auth_failed', 'taken', 'opted_in', 'asked_help'));
      ALTER TABLE message_evidence DROP CONSTRAINT message_evidence_kind_check;
      ALTER TABLE message_evidence ADD CONSTRAINT message_evidence_kind_check
        CHECK (kind IN ('delivered', 'bounced', 'clicked', 'replied', 'accepted', 'not_sent', 'resent', 'taken'));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM message_evidence WHERE kind = 'taken';
      ALTER TABLE message_evidence DROP CONSTRAINT message_evidence_kind_check;
      ALTER TABLE message_evidence ADD CONSTRAINT message_evidence_kind_check
        CHECK (kind IN ('delivered', 'bounced', 'clicked', 'replied', 'accepted', 'not_sent', 'resent'));
      ALTER TABLE feedback DROP sender_id, DROP channel;
      DELETE FROM feedback WHERE kind IN ('taken', 'opted_in', 'asked_help');
      ALTER TABLE feedback DROP CONSTRAINT feedback_kind_check;
      ALTER TABLE feedback ADD CONSTRAINT feedback_kind_check
        CHECK (kind IN ('delivered', 'delayed', 'bounced', 'complained', 'opted_out', 'replied', 'auto_replied', 'not_spam',
                        'auth_failed'));
      DROP INDEX suppression_unreachable;
      UPDATE suppression SET reason = 'manual' WHERE reason IN ('carrier', 'unclear', 'unreachable');
      ALTER TABLE suppression DROP CONSTRAINT suppression_reason_check;
      ALTER TABLE suppression ADD CONSTRAINT suppression_reason_check
        CHECK (reason IN ('unsubscribed', 'hard_bounce', 'complaint', 'erased', 'manual'));
      DELETE FROM token_bucket WHERE scope = 'source';
      ALTER TABLE token_bucket DROP CONSTRAINT token_bucket_scope_check;
      ALTER TABLE token_bucket ADD CONSTRAINT token_bucket_scope_check
        CHECK (scope IN ('relay', 'sender', 'lane', 'dispatch'));
      ALTER TABLE message DROP cost, DROP parts, DROP channel;
      ALTER TABLE chunk DROP budget_wait;
      DROP FUNCTION sms_spend_take;
      ALTER TABLE dispatch DROP short_links, DROP smart_encoding, DROP sms_version_id;
      ALTER TABLE campaign DROP budget, DROP short_links, DROP smart_encoding, DROP sms_template_id;
      ALTER TABLE sender DROP sms_month_budget;
      DROP TABLE sms_keyword, sms_spend, sms_price, sms_source;
    `);
  }
}
