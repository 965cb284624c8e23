import { gateSql, SendersService, trackingSql } from '#consent';
import { addSender, addTopic } from '../factories/sender.js';
import { testApi } from '../factories/api.js';

it('measures', async () => {
  const api = await testApi();
  const { db } = api.database;
  const country = 'US';
    const sender = await addSender(api.app, { country });
    const topic = await addTopic(api.app, sender);
    const tt = await api.app.get(SendersService, { strict: false }).trackingTopics(sender.id);
    await db.query(`INSERT INTO contact (email, email_hash, country, created_at, updated_at)
      SELECT $1 || n || '@example.com', substr(sha256(($1 || n)::bytea),1,16), $1, now(), now() FROM generate_series(1, 100000) n`, [country]);
    const [ev] = await db.query<{ id: number }>(`INSERT INTO consent_event (contact_id, action, method, source, actor, occurred_at, recorded_at) VALUES (0,'withdrawn','t','t','t',now(),now()) RETURNING id`);
    await db.query(`INSERT INTO consent_state (contact_id, channel, topic_id, status, basis, event_id, since, country)
      SELECT id, 'email', $1::bigint, 'granted', 'express', $2::bigint, '2026-01-01'::timestamptz, country FROM contact WHERE country = $3
      UNION ALL SELECT id, 'email', $4::bigint, 'granted', 'express', $2::bigint, '2026-01-01'::timestamptz, country FROM contact WHERE country = $3 AND id % 3 = 0`, [topic.id, ev!.id, country, tt.open_tracking.id]);
    await db.query('ANALYZE');
    const ids = (await db.query<{ id: number }>('SELECT id FROM contact WHERE country = $1 ORDER BY random() LIMIT 50', [country])).map(r => r.id);
    const inputs = { candidates: 'SELECT unnest($1::bigint[]) AS contact_id', channel: 'email' as const, senderId: '$2', now: '$3' };
    for (let i = 0; i < 3; i++) {
      const plan = await db.query<Record<string, string>>(`EXPLAIN (ANALYZE, BUFFERS) SELECT contact_id, opens, links FROM (${trackingSql(inputs)}) d`, [ids, sender.id, new Date()]);
      if (i === 2) process.stderr.write(plan.map(r => r['QUERY PLAN']).join('\n') + '\n');
      const g = await db.query<Record<string, string>>(`EXPLAIN (ANALYZE) SELECT * FROM (${gateSql({ ...inputs, messageClass: 'marketing', topicId: '$4', categories: `'{}'`, dispatchId: '0' } as never)}) d`, [ids, sender.id, new Date(), topic.id]);
      if (i === 2) process.stderr.write(g.map(r => r['QUERY PLAN']!).filter(l => /Time/.test(l)).join('\n') + '\n');
    }
  await api.close();
});
