import { SegmentsService } from '#segments';
import { AudienceService } from '#sending';
import { benchSegments, benchAudience } from './bench-audience.js';
import { type Bench } from './bench.js';
import { compared, pairs } from './pairs.js';

/** What deciding an audience costs on top of the bare segment query, through the product's own services. */
export const gateBench: Bench = {
  name: 'gate',
  about:
    'decide an audience of --contacts (1,000,000) against the bare segment query; wanted: at most 1.5 times',
  options: { contacts: '1000000', rounds: '7' },
  run: async ({ contacts, rounds }, say) => {
    const shop = await benchAudience(Number(contacts), say);
    try {
      const result: Record<string, ReturnType<typeof compared>> = {};
      for (const [name, segment] of Object.entries(benchSegments)) {
        say(`segment: ${name}`);
        const predicate =
          segment === null
            ? { sql: 'true', parameters: [] }
            : await shop.get(SegmentsService).compile(segment, new Date());
        const bare = (): Promise<unknown> =>
          shop.db.query(`SELECT count(*) FROM contact c WHERE ${predicate.sql}`, predicate.parameters);
        const decide = (): Promise<unknown> =>
          shop.get(AudienceService).count({
            ...{ channel: 'email', messageClass: 'marketing', productCategories: [] },
            ...{ senderId: 1, topicId: 1, rule: segment, orBySms: false },
          });
        result[name] = compared(await pairs(Number(rounds), bare, decide));
      }
      const { ratio, spread } = result['typical'] as ReturnType<typeof compared>;
      return {
        ...{ name: 'gate', ratio, spread, target: 1.5, contacts: Number(contacts) },
        ...{ firstFoldMs: shop.firstFoldMs, segments: result },
      };
    } finally {
      await shop.close();
    }
  },
};
