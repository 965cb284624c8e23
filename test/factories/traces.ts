import { type Database } from '#database';

/**
 * Every place in the whole database where one of these texts stands, in any case: whichever table and column there is,
 * so that a table made tomorrow is searched too. Rows are read as text, which covers texts, lists, JSON and addresses;
 * columns of bytes are searched for the text's own bytes besides.
 */
export async function tracesOf(db: Database, texts: readonly string[]): Promise<string[]> {
  const columns = await db.query<{ place: string; bytes: string[] }>(
    `SELECT format('%I.%I', t.table_schema, t.table_name) AS place,
            COALESCE(array_agg(format('%I', c.column_name)) FILTER (WHERE c.data_type = 'bytea'), '{}') AS bytes
       FROM information_schema.tables t JOIN information_schema.columns c USING (table_schema, table_name)
      WHERE t.table_type = 'BASE TABLE' AND t.table_schema NOT IN ('pg_catalog', 'information_schema')
      GROUP BY 1 ORDER BY 1`,
  );
  const found: string[] = [];
  for (const { place, bytes } of columns) {
    const inBytes = bytes.map(column => `position(convert_to(needle, 'UTF8') in t.${column}) > 0`);
    const rows = await db.query<{ needle: string; row: string }>(
      `SELECT DISTINCT needle, left(t::text, 300) AS row FROM ${place} t CROSS JOIN unnest($1::text[]) AS needle
        WHERE strpos(lower(t::text), lower(needle)) > 0 ${inBytes.map(one => `OR ${one}`).join(' ')}`,
      [texts],
    );
    found.push(...rows.map(({ needle, row }) => `${needle} in ${place}: ${row}`));
  }
  return found;
}

/** The tables in which these bytes stand as a whole value, e.g. an address hash. */
export async function tablesHolding(db: Database, value: Buffer): Promise<string[]> {
  const columns = await db.query<{ name: string; column: string }>(
    `SELECT table_name AS name, format('%I', column_name) AS column FROM information_schema.columns
      WHERE data_type = 'bytea' AND table_schema = 'public' ORDER BY 1`,
  );
  const found = new Set<string>();
  for (const { name, column } of columns) {
    const rows = await db.query(`SELECT 1 FROM ${name} WHERE ${column} = $1 LIMIT 1`, [value]);
    if (rows.length > 0) found.add(name);
  }
  return [...found];
}
