import { SegmentsService } from '#segments';
import { benchAudience } from './bench-audience.js';
import { type Bench } from './bench.js';
import { compared, pairs } from './pairs.js';

const and = (...rules: unknown[]): unknown => ({ combinator: 'and', rules });
const or = (...rules: unknown[]): unknown => ({ combinator: 'or', rules });
const is = (field: string, operator: string, value: unknown): unknown => ({ field, operator, value });

/** Rules, and what somebody who knows the tables would write for them. */
const rules: Record<string, { rule: unknown; sql: string }> = {
  country: { rule: and(is('contact.country', '=', 'SA')), sql: `country = 'SA'` },
  recent: {
    rule: and(is('contact.createdAt', '>=', 'now-30d')),
    sql: `created_at >= now() - interval '30 days'`,
  },
  orders: {
    rule: and(is('attributes.orders', '>=', 10)),
    sql: `(attributes ->> 'orders')::numeric >= 10`,
  },
  city: {
    rule: and(is('attributes.city', 'in', ['Riyadh', 'Jeddah'])),
    sql: `lower(attributes ->> 'city') IN ('riyadh', 'jeddah')`,
  },
  tag: { rule: and(is('attributes.tags', 'contains', 'vip')), sql: `attributes -> 'tags' ? 'vip'` },
  domain: {
    rule: and(is('contact.email', 'endsWith', '@gmail.com')),
    sql: `email LIKE '%@gmail.com'`,
  },
  language: {
    rule: and(is('contact.locale', '=', 'ar'), is('contact.country', '!=', 'GB')),
    sql: `lower(locale) = 'ar' AND country IS DISTINCT FROM 'GB'`,
  },
  granted: {
    rule: and(is('consent.email.top_1', '=', 'granted')),
    sql: `EXISTS (SELECT FROM consent_state s WHERE s.contact_id = contact.id AND s.channel = 'email' AND s.topic_id = 1
                     AND s.status = 'granted' AND (s.expires_at IS NULL OR s.expires_at > now()))`,
  },
  'not withdrawn': {
    rule: and(is('consent.email.top_1', '!=', 'withdrawn')),
    sql: `NOT EXISTS (SELECT FROM consent_state s WHERE s.contact_id = contact.id AND s.channel = 'email'
                         AND s.topic_id = 1 AND s.status = 'withdrawn')`,
  },
  nested: {
    rule: and(
      is('contact.createdAt', '>=', 'now-365d'),
      or(
        and(is('attributes.orders', '>=', 10), is('attributes.city', '=', 'Riyadh')),
        and(is('attributes.tags', 'contains', 'vip'), is('contact.country', 'in', ['AE', 'EG'])),
      ),
    ),
    sql: `created_at >= now() - interval '365 days'
          AND (((attributes ->> 'orders')::numeric >= 10 AND lower(attributes ->> 'city') = 'riyadh')
               OR (attributes -> 'tags' ? 'vip' AND country IN ('AE', 'EG')))`,
  },
};

/** What the compiler of rules costs against SQL by hand. */
export const segmentsBench: Bench = {
  name: 'segments',
  about:
    'count ten segments of --contacts (1,000,000) against hand-written SQL; wanted: at most 1.2 times each',
  options: { contacts: '1000000', rounds: '7' },
  run: async ({ contacts, rounds }, say) => {
    const shop = await benchAudience(Number(contacts), say);
    try {
      const result: Record<string, ReturnType<typeof compared> & { people: number }> = {};
      for (const [name, { rule, sql }] of Object.entries(rules)) {
        say(`rule: ${name}`);
        const predicate = await shop.get(SegmentsService).compile(rule, new Date());
        const found = { byHand: -1, compiled: -2 };
        const count = async (text: string, parameters: unknown[] = []): Promise<number> =>
          (await shop.db.queryOne<{ n: number }>(text, parameters))?.n ?? -3;
        const timed = await pairs(
          Number(rounds),
          async () => (found.byHand = await count(`SELECT count(*) AS n FROM contact WHERE ${sql}`)),
          async () =>
            (found.compiled = await count(
              `SELECT count(*) AS n FROM contact c WHERE ${predicate.sql}`,
              predicate.parameters,
            )),
        );
        // A moment passes between "now" here and there, which at most a few contacts turn on.
        if (Math.abs(found.byHand - found.compiled) > Number(contacts) / 1000)
          throw new Error(`The rule ${name} found ${found.compiled} people, by hand ${found.byHand}.`);
        result[name] = { ...compared(timed), people: found.compiled };
      }
      const all = Object.entries(result).sort(([, a], [, b]) => b.ratio - a.ratio);
      const [worst, { ratio, spread }] = all[0] as (typeof all)[number];
      return {
        name: 'segments',
        ratio,
        spread,
        worst,
        target: 1.2,
        contacts: Number(contacts),
        rules: result,
      };
    } finally {
      await shop.close();
    }
  },
};
