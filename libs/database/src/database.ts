import { AsyncLocalStorage } from 'node:async_hooks';
import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import {
  DataSource,
  type EntityManager,
  type EntityTarget,
  type ObjectLiteral,
  type Repository,
} from 'typeorm';

/**
 * The door to PostgreSQL. Repositories ask it; everything they do inside `transaction()` is one transaction, because
 * the open one travels with the asynchronous call (AsyncLocalStorage) instead of through every signature.
 * Inside a transaction queries run one after another: never `Promise.all` them.
 */
@Injectable()
export class Database {
  readonly #ambient = new AsyncLocalStorage<EntityManager>();

  constructor(private readonly dataSource: DataSource) {}

  get manager(): EntityManager {
    return this.#ambient.getStore() ?? this.dataSource.manager;
  }

  /** Runs `work` in a transaction, or joins the one that is already open. An error rolls all of it back. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.#ambient.getStore()) return work();
    return this.dataSource.transaction(manager => this.#ambient.run(manager, work));
  }

  /** Rows of a SELECT or of a statement with RETURNING. */
  async query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    const result: unknown = await this.manager.query(sql, parameters);
    // TypeORM answers UPDATE and DELETE with [rows, count], everything else with rows.
    if (
      Array.isArray(result) &&
      result.length === 2 &&
      Array.isArray(result[0]) &&
      typeof result[1] === 'number'
    ) {
      return result[0] as Row[];
    }
    return result as Row[];
  }

  /** The first row, or null. */
  async queryOne<Row>(sql: string, parameters: unknown[] = []): Promise<Row | null> {
    return (await this.query<Row>(sql, parameters))[0] ?? null;
  }

  /** How many rows an UPDATE or DELETE changed. */
  async execute(sql: string, parameters: unknown[] = []): Promise<number> {
    const result: unknown = await this.manager.query(sql, parameters);
    return Array.isArray(result) && typeof result[1] === 'number' ? result[1] : 0;
  }

  /** TypeORM's repository of an entity, inside the open transaction if there is one. */
  repository<Entity extends ObjectLiteral>(entity: EntityTarget<Entity>): Repository<Entity> {
    return this.manager.getRepository(entity);
  }

  /**
   * Rows as a stream, through a cursor: any number of them in constant memory. Always consume or destroy it.
   * The connection of a stream that was left before its end is closed, not reused: pg-cursor, closed while an answer is
   * on its way, may send a second Sync, and the answer to that would be taken for the next query's.
   */
  async stream(sql: string, parameters: unknown[] = []): Promise<Readable> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const client = (await runner.connect()) as { end(): Promise<void> };
      let isWhole = false;
      // With a listener for errors, one that comes before the reader has its own does not end the process.
      const stream = await runner.stream(sql, parameters, undefined, () => undefined);
      stream.once('end', () => (isWhole = true));
      stream.once('close', () => {
        if (!isWhole) void client.end().catch(() => undefined);
        void runner.release();
      });
      return stream;
    } catch (error) {
      await runner.release();
      throw error;
    }
  }

  /** Whether PostgreSQL answers. */
  async ping(): Promise<boolean> {
    try {
      await this.dataSource.query('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }
}
