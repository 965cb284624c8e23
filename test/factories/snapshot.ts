import { type Database } from '#database';

/** Every table's rows, digested: two equal snapshots are two equal databases. One statement, so that tests may ask often. */
export async function snapshot(db: Database): Promise<Record<string, string>> {
  const tables = await db.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );
  const digests = await db.query<{ name: string; digest: string }>(
    tables
      .map(
        ({ name }) =>
          `SELECT '${name}' AS name, count(*) || ':' || md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS digest FROM ${name} t`,
      )
      .join(' UNION ALL '),
  );
  return Object.fromEntries(digests.map(({ name, digest }) => [name, digest]));
}
