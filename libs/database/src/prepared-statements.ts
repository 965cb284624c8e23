import { createHash } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';

/** What TypeORM was given, as far as a connection needs it. */
interface ConnectionOptions {
  url: string;
  applicationName: string;
  extra: { max: number; options: string };
}

/**
 * Statements that run for every few messages, planned once a connection instead of each time: planning the pipeline's one
 * took longer than running it (6 ms against 3 for a batch of fifty). They get connections of their own, because their
 * plans have to hold for any size of the tables: made for any parameters (`force_generic_plan`), and by the indexes even
 * while a table is so small that reading all of it would be cheaper at the moment of planning.
 *
 * Each statement is a transaction. Connections are opened when they are first needed; one whose statement failed is
 * closed, so that no plan outlives a change of what it was made for. PgBouncer must be 1.21 or newer, with
 * max_prepared_statements.
 */
@Injectable()
export class PreparedStatements implements OnApplicationShutdown {
  readonly #names = new Map<string, string>();
  #pool: pg.Pool | undefined;

  constructor(private readonly dataSource: DataSource) {}

  async query<Row extends object>(sql: string, parameters: unknown[]): Promise<Row[]> {
    const { rows } = await this.#open().query<Row>({
      name: this.#nameOf(sql),
      text: sql,
      values: parameters,
    });
    return rows;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#pool?.end();
    this.#pool = undefined;
  }

  #open(): pg.Pool {
    if (this.#pool) return this.#pool;
    const { url, applicationName, extra } = this.dataSource.options as unknown as ConnectionOptions;
    const pool = new pg.Pool({
      connectionString: url,
      application_name: applicationName,
      max: extra.max,
      options: `${extra.options} -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off`,
    });
    // A connection that dies unused is replaced by the next that is asked for.
    pool.on('error', () => undefined);
    return (this.#pool = pool);
  }

  #nameOf(sql: string): string {
    let name = this.#names.get(sql);
    if (name === undefined) {
      name = `ithn_${createHash('sha256').update(sql).digest('hex').slice(0, 24)}`;
      this.#names.set(sql, name);
    }
    return name;
  }
}
