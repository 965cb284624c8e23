import { createHash } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';

/** What TypeORM was given, as far as a connection needs it. */
interface ConnectionOptions {
  url: string;
  applicationName: string;
  extra: { prepared: number; options: string };
}

/**
 * Statements that run for every few messages: read once a connection, on connections of their own, because their plans
 * have to hold for any size of the tables: made by the indexes even while a table is so small, or its statistics so old,
 * that reading all of it, once or to hash it, seems cheaper at the moment of planning.
 *
 * Planned once a connection, for any values (`force_generic_plan`): planning the step of the pipeline takes three times as
 * long as running it. A statement that is kept therefore names the partition it is about, which costs a plan a month; none
 * is chosen while a plan runs (`enable_partition_pruning`), where a backend of PostgreSQL 18.4 crashed once (ADR 10).
 *
 * Each statement is a transaction. Connections are opened when they are first needed, no more than `connect` was told to
 * keep for them (a process that keeps none, and asks all the same, opens one); one whose statement failed is
 * closed, so that no plan outlives a change of what it was made for. PgBouncer must be 1.21 or newer, with
 * max_prepared_statements.
 */
@Injectable()
export class PreparedStatements implements OnApplicationShutdown {
  readonly #names = new Map<string, string>();
  #pool: pg.Pool | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /** How its connections stand this moment. */
  get standing(): { totalCount: number; idleCount: number; waitingCount: number; max: number } {
    const { totalCount = 0, idleCount = 0, waitingCount = 0 } = this.#pool ?? {};
    return { totalCount, idleCount, waitingCount, max: this.#pool ? this.#pool.options.max : this.#kept };
  }

  get #kept(): number {
    return (this.dataSource.options as unknown as ConnectionOptions).extra.prepared;
  }

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
      max: Math.max(1, extra.prepared),
      options: `${extra.options} -c plan_cache_mode=force_generic_plan -c enable_partition_pruning=off -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off`,
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
