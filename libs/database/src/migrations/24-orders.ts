import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What people bought, and what else they did: the facts that segments, messages and sequences rest on. */
export class Orders1764000000024 implements MigrationInterface {
  name = 'Orders1764000000024';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Where orders come from: a web shop that tells of them, or a system that writes them by API.
      CREATE TABLE shop (
        id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name             text NOT NULL CONSTRAINT shop_name_key UNIQUE,
        kind             text NOT NULL CHECK (kind IN ('shopify', 'woocommerce', 'salla', 'generic')),
        sender_id        bigint NOT NULL REFERENCES sender,
        -- Sealed, as those of outgoing webhooks are. The one before goes on to be heard while the shop changes it.
        secret           bytea,
        previous_secret  bytea,
        previous_until   timestamptz,
        -- Topics (service, transactional) that a purchase is the ground for.
        service_topic_ids bigint[] NOT NULL DEFAULT '{}',
        -- The topic of offers that a soft opt-in or a ticked box of the shop is for; and what its box says, by language.
        marketing_topic_id bigint REFERENCES topic,
        refusal_text     jsonb,
        consent_text     jsonb,
        -- The one language it speaks to its customers where its orders tell none. Null: several, or nobody has said.
        locale           text CHECK (locale IN ('ar', 'en')),
        -- Since when it offers that topic in those words and for this sender: nobody who bought before saw them. And since
        -- when it sells for this sender, where it sold for another before.
        offers_since     timestamptz NOT NULL DEFAULT now(),
        sender_since     timestamptz,
        created_at       timestamptz NOT NULL,
        updated_at       timestamptz NOT NULL
      );

      -- Amounts are in millionths of a unit of the currency, as everywhere. An order of which only a part was told yet (a
      -- refund that came before it) has no placed_at. Of a person who is gone the order stays, so that the shop's next
      -- word about it brings nobody back: contact_id is null and is_forgotten.
      CREATE TABLE shop_order (
        id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        shop_id      bigint NOT NULL REFERENCES shop,
        external_id  text NOT NULL,
        number       text,
        contact_id   bigint REFERENCES contact ON DELETE SET NULL,
        is_forgotten boolean NOT NULL DEFAULT false,
        currency     text CHECK (currency ~ '^[A-Z]{3}$'),
        total        bigint CHECK (total >= 0),
        -- Of many parts; a sum has no bound.
        refunded     numeric NOT NULL DEFAULT 0 CHECK (refunded >= 0),
        categories   text[] NOT NULL DEFAULT '{}',
        locale       text,
        url          text,
        placed_at    timestamptz,
        -- When, by our clock, it first was both placed and somebody's here. Set once: placed_at may turn out earlier.
        known_at     timestamptz,
        fulfilled_at timestamptz,
        cancelled_at timestamptz,
        -- When all of it was given back; a part shows in the amount alone.
        refunded_at  timestamptz,
        -- The newest moment the shop told of, by its own clock: an older word does not undo a newer one.
        told_at      timestamptz NOT NULL,
        -- Of when the items and amounts are that stand here, and their fingerprint: of two words of the same moment the same
        -- one stands, whichever came first. Null: nobody has told them yet.
        detailed_at  timestamptz,
        details_hash bytea,
        -- When it was told to be cancelled, as far as nothing later told that it stands; cancelled_at is the first of them.
        cancellations timestamptz[] NOT NULL DEFAULT '{}',
        stood_at     timestamptz,
        -- The newest moment at which it was told that not all of it was given back.
        kept_at      timestamptz,
        -- Keyed fingerprints of the addresses that were told with it last: told again, they look for nobody anew.
        told_email_hash bytea,
        told_phone_hash bytea,
        created_at   timestamptz NOT NULL,
        updated_at   timestamptz NOT NULL,
        CONSTRAINT shop_order_external_id_key UNIQUE (shop_id, external_id),
        CHECK ((total IS NULL) = (currency IS NULL))
      );
      CREATE INDEX shop_order_contact ON shop_order (contact_id, placed_at) WHERE contact_id IS NOT NULL;

      -- Whoever deletes a contact, and why: the order stays without what leads back to them. In a trigger, because no way of
      -- deleting somebody may forget it.
      CREATE FUNCTION forget_orders() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE shop_order SET contact_id = NULL, is_forgotten = true, number = NULL, locale = NULL, url = NULL,
               told_email_hash = NULL, told_phone_hash = NULL
         WHERE contact_id = OLD.id;
        RETURN OLD;
      END $$;
      CREATE TRIGGER contact_orders_forgotten BEFORE DELETE ON contact FOR EACH ROW EXECUTE FUNCTION forget_orders();

      CREATE TABLE shop_order_item (
        order_id   bigint NOT NULL REFERENCES shop_order ON DELETE CASCADE,
        seq        integer NOT NULL,
        product_id text,
        sku        text,
        name       text NOT NULL,
        category   text,
        quantity   integer NOT NULL CHECK (quantity > 0),
        -- Null: none that can be read, such as that of a line which lowers the total.
        unit_price bigint CHECK (unit_price >= 0),
        url        text,
        PRIMARY KEY (order_id, seq)
      );

      -- What was given back, each time once. An amount that is null is all there was. One that was taken back stays here, as
      -- does one of which nothing but that was told: an older word must not bring it about again.
      CREATE TABLE shop_order_refund (
        order_id    bigint NOT NULL REFERENCES shop_order ON DELETE CASCADE,
        -- The shop's own id of the refund.
        external_id text NOT NULL,
        amount       bigint CHECK (amount >= 0),
        refunded_at  timestamptz,
        -- Of when the newest word is that told of it, and the newest that took it back.
        told_at      timestamptz,
        withdrawn_at timestamptz,
        PRIMARY KEY (order_id, external_id),
        CHECK ((told_at IS NULL) = (refunded_at IS NULL)),
        CHECK (told_at IS NOT NULL OR withdrawn_at IS NOT NULL)
      );

      -- Bodies of webhooks that were taken, so that a second one of the same bytes changes nothing, whatever its headers say.
      CREATE TABLE shop_word (
        shop_id    bigint NOT NULL REFERENCES shop ON DELETE CASCADE,
        -- SHA-256 of what the shop signed.
        digest     bytea NOT NULL,
        order_id   bigint NOT NULL REFERENCES shop_order ON DELETE CASCADE,
        taken_at   timestamptz NOT NULL,
        -- Null: for good.
        kept_until timestamptz,
        PRIMARY KEY (shop_id, digest)
      );
      CREATE INDEX shop_word_kept_until ON shop_word (kept_until);
      CREATE INDEX shop_word_order ON shop_word (order_id);

      -- The last webhooks that were rightly signed and could not be taken, for whoever mends the shop.
      CREATE TABLE shop_refusal (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        shop_id     bigint NOT NULL REFERENCES shop ON DELETE CASCADE,
        refused_at  timestamptz NOT NULL,
        code        text NOT NULL,
        -- Where in the body the fault is.
        path        text,
        -- The shop's own id of the order, where it could be read.
        external_id text
      );
      CREATE INDEX shop_refusal_shop ON shop_refusal (shop_id, id);

      -- What a person's orders amount to; written anew in the transaction that changes one of them. Cancelled and wholly
      -- refunded orders do not count, and what was given back of others is taken off.
      CREATE TABLE purchase_facts (
        contact_id bigint PRIMARY KEY REFERENCES contact ON DELETE CASCADE,
        count      integer NOT NULL,
        first_at   timestamptz NOT NULL,
        last_at    timestamptz NOT NULL,
        categories text[] NOT NULL,
        -- By currency: {"SAR": 120000000} millionths, and how many orders they are the sum of: {"SAR": 2}.
        totals     jsonb NOT NULL,
        counts     jsonb NOT NULL
      );
      CREATE INDEX purchase_facts_last ON purchase_facts (last_at);

      CREATE FUNCTION refresh_purchase_facts(people bigint[]) RETURNS void LANGUAGE sql AS $$
        WITH counted AS (
          SELECT * FROM shop_order
           WHERE contact_id = ANY (people) AND placed_at IS NOT NULL AND cancelled_at IS NULL AND refunded_at IS NULL
        ), sums AS (
          SELECT contact_id, jsonb_object_agg(currency, net) AS totals, jsonb_object_agg(currency, orders) AS counts
            FROM (SELECT contact_id, currency, sum(total - LEAST(refunded, total)) AS net, count(*) AS orders
                    FROM counted WHERE currency IS NOT NULL GROUP BY 1, 2) by_currency
           GROUP BY contact_id
        ), bought AS (
          SELECT contact_id, array_agg(DISTINCT category ORDER BY category) AS categories
            FROM counted CROSS JOIN unnest(categories) AS category GROUP BY contact_id
        ), fresh AS (
          SELECT contact_id, o.count, o.first_at, o.last_at, COALESCE(bought.categories, '{}') AS categories,
                 sums.totals, sums.counts
            FROM (SELECT contact_id, count(*)::int AS count, min(placed_at) AS first_at, max(placed_at) AS last_at
                    FROM counted GROUP BY contact_id) o
            LEFT JOIN sums USING (contact_id) LEFT JOIN bought USING (contact_id)
        ), gone AS (
          DELETE FROM purchase_facts p
           WHERE p.contact_id = ANY (people) AND NOT EXISTS (SELECT FROM fresh WHERE fresh.contact_id = p.contact_id)
        )
        INSERT INTO purchase_facts AS p (contact_id, count, first_at, last_at, categories, totals, counts)
        SELECT contact_id, count, first_at, last_at, categories, COALESCE(totals, '{}'), COALESCE(counts, '{}')
          FROM fresh ORDER BY contact_id
        ON CONFLICT (contact_id) DO UPDATE
           SET count = excluded.count, first_at = excluded.first_at, last_at = excluded.last_at,
               categories = excluded.categories, totals = excluded.totals, counts = excluded.counts
      $$;

      -- What recency, frequency and value are scored by, 1 to 5: four bounds each, value by currency. Fifths of the
      -- customers there are, written by a job once a day unless an operator set them. Rising: each is where the next fifth
      -- begins. Recency in days since the last order (of which fewer are better), value in millionths.
      CREATE TABLE purchase_scale (
        measure    text NOT NULL CHECK (measure IN ('recency', 'frequency', 'value')),
        currency   text NOT NULL DEFAULT '',
        bounds     numeric[] NOT NULL CHECK (cardinality(bounds) = 4),
        is_set     boolean NOT NULL DEFAULT false,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (measure, currency)
      );

      -- Something a person did, as a shop or an app tells it: "cart.abandoned", "video.watched". Never changed.
      CREATE TABLE person_event (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        contact_id  bigint NOT NULL REFERENCES contact ON DELETE CASCADE,
        name        text NOT NULL,
        -- Which system told it, by its own word; its keys are its own.
        source      text NOT NULL DEFAULT '',
        -- The teller's own id of it: told twice, it happened once.
        key         text,
        data        jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(data) = 'object'),
        occurred_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL,
        CONSTRAINT person_event_key_key UNIQUE (source, key)
      );
      CREATE INDEX person_event_contact ON person_event (contact_id, name, occurred_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE person_event, purchase_scale, purchase_facts, shop_refusal, shop_word, shop_order_refund,
                 shop_order_item, shop_order, shop;
      DROP FUNCTION refresh_purchase_facts;
      DROP TRIGGER contact_orders_forgotten ON contact;
      DROP FUNCTION forget_orders;
    `);
  }
}
