import { type Database } from '#database';

/**
 * A shop's list: contacts in several countries with attributes and phones, most of whom agreed to topic 1 by mail in
 * different ways; some withdrew, some are suppressed, a few chose to hear less. Written in sets.
 */
export async function addBenchPeople(
  db: Database,
  count: number,
  say: (what: string) => void,
): Promise<void> {
  await db.query(
    `INSERT INTO sender (key, trading_name, time_zone, country, created_at, updated_at)
     VALUES ('bench', 'Bench', 'Asia/Riyadh', 'SA', now(), now())`,
  );
  await db.query(`INSERT INTO topic (sender_id, key, name, created_at, updated_at)
                  VALUES (1, 'offers', '{"en": "Offers"}', now() - interval '1 year', now())`);
  await db.query(`INSERT INTO attribute (key, type, created_at)
                  VALUES ('city', 'text', now()), ('orders', 'number', now()), ('tags', 'list', now())`);
  say('contacts');
  await db.query(
    `INSERT INTO contact (email, email_hash, phone, phone_hash, first_name, locale, country, time_zone, attributes,
                          created_at, updated_at)
     SELECT 'p' || n || '@' || (ARRAY['gmail.com','outlook.com','yahoo.com','shop.example'])[1 + n % 4],
            substr(sha256(('e' || n)::bytea), 1, 16),
            CASE WHEN n % 2 = 0 THEN '+9665' || lpad(n::text, 8, '0') END,
            CASE WHEN n % 2 = 0 THEN substr(sha256(('p' || n)::bytea), 1, 16) END,
            'Layla', (ARRAY['ar','en'])[1 + n % 2], (ARRAY['SA','AE','EG','GB','SA',NULL])[1 + n % 6],
            CASE WHEN n % 3 = 0 THEN 'Asia/Riyadh' END,
            jsonb_build_object('city', (ARRAY['Riyadh','Jeddah','Dubai','Cairo','London'])[1 + n % 5],
                               'orders', n % 20, 'tags', jsonb_build_array('vip', 'app')),
            now() - make_interval(hours => n % 5000), now()
       FROM generate_series(1, $1::int) AS n`,
    [count],
  );
  say('consents');
  await db.query(
    `INSERT INTO consent_event (contact_id, channel, sender_id, topic_id, action, basis, text_shown, method, source,
                                actor, occurred_at, recorded_at)
     SELECT n, 'email', 1, 1, 'granted', CASE WHEN n % 10 = 1 THEN 'soft_opt_in' ELSE 'express' END, 'Yes, write to me.',
            'checkbox', 'https://shop.example', 'bench', now() - interval '100 days', now()
       FROM generate_series(1, $1::int) AS n WHERE n % 10 <> 0`,
    [count],
  );
  await db.query(
    `INSERT INTO consent_state (contact_id, channel, topic_id, status, basis, event_id, since, country)
     SELECT contact_id, channel, topic_id, CASE WHEN contact_id % 20 = 3 THEN 'withdrawn' ELSE 'granted' END, basis, id,
            occurred_at, 'SA' FROM consent_event`,
  );
  // The triggers of what follows look people up; of tables nobody has analysed yet the planner expects the wrong thing.
  await db.query('ANALYZE');
  await db.query(
    `INSERT INTO suppression (address_hash, channel, reason, source, created_at)
     SELECT email_hash, 'email', 'hard_bounce', 'bench', now() FROM contact WHERE id % 50 = 7`,
  );
  await db.query(
    `INSERT INTO subscription_preference (contact_id, sender_id, frequency, updated_at)
     SELECT id, 1, 'monthly', now() FROM contact WHERE id % 100 = 9`,
  );
  say('statistics');
  await db.query('VACUUM ANALYZE');
}
