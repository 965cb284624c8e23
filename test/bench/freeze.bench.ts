import { SegmentsService } from '#segments';
import { AudienceService } from '#sending';
import { benchSegments, benchAudience } from './bench-audience.js';
import { type Bench } from './bench.js';
import { compared, pairs } from './pairs.js';

/** What freezing an audience costs: decided, cut into chunks, written and committed, against counting the segment. */
export const freezeBench: Bench = {
  name: 'freeze',
  about:
    'freeze an audience of --contacts (1,000,000) against the bare segment query; wanted: at most 2 times',
  options: { contacts: '1000000', rounds: '7' },
  run: async ({ contacts, rounds }, say) => {
    const shop = await benchAudience(Number(contacts), say);
    try {
      const segment = benchSegments.typical;
      const predicate = await shop.get(SegmentsService).compile(segment, new Date());
      const bare = (): Promise<unknown> =>
        shop.db.query(`SELECT count(*) FROM contact c WHERE ${predicate.sql}`, predicate.parameters);
      const version = await shop.db.queryOne<{ id: number }>(
        `WITH template AS (INSERT INTO template (name, channel, created_at, updated_at)
                           VALUES ('bench', 'email', now(), now()) RETURNING id)
         INSERT INTO template_version (template_id, number, default_locale, content, created_at)
         SELECT id, 1, 'en', '{}', now() FROM template RETURNING id`,
      );
      let last = 0;
      const freeze = async (): Promise<void> => {
        const dispatch = await shop.db.queryOne<{ id: number }>(
          `INSERT INTO dispatch (name, state, channel, message_class, sender_id, topic_id, template_version_id, audience, created_at)
           VALUES ('bench', 'freezing', 'email', 'marketing', 1, 1, $1, $2, now()) RETURNING id`,
          [version?.id, JSON.stringify(segment)],
        );
        last = dispatch?.id ?? 0;
        if (!(await shop.get(AudienceService).freeze(last))) throw new Error('It was not frozen.');
      };
      say('freezing');
      const timed = compared(await pairs(Number(rounds), bare, freeze));
      const frozen = await shop.db.queryOne<{
        frozen: number;
        excluded: number;
        chunks: number;
        bytes: number;
      }>(
        `SELECT frozen, (SELECT sum(value::bigint) FROM jsonb_each_text(excluded)) AS excluded,
                (SELECT count(*) FROM chunk WHERE dispatch_id = $1) AS chunks,
                (SELECT sum(pg_column_size(contact_ids)) FROM chunk WHERE dispatch_id = $1) AS bytes
           FROM dispatch WHERE id = $1`,
        [last],
      );
      return { name: 'freeze', ...timed, target: 2, contacts: Number(contacts), ...frozen };
    } finally {
      await shop.close();
    }
  },
};
