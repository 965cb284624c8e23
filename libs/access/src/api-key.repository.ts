import { Injectable } from '@nestjs/common';
import { Database, type PageRequest, decodeCursor } from '#database';
import { IsNull, MoreThan } from 'typeorm';
import { ApiKey } from './api-key.entity.js';

@Injectable()
export class ApiKeyRepository {
  constructor(private readonly db: Database) {}

  async insert(key: Omit<ApiKey, 'id' | 'lastUsedAt' | 'revokedAt'>): Promise<ApiKey> {
    const keys = this.db.repository(ApiKey);
    return keys.save(keys.create({ ...key, lastUsedAt: null, revokedAt: null }));
  }

  findByHash(keyHash: Buffer): Promise<ApiKey | null> {
    return this.db.repository(ApiKey).findOneBy({ keyHash, revokedAt: IsNull() });
  }

  list({ limit, cursor }: PageRequest): Promise<ApiKey[]> {
    const after = decodeCursor(cursor);
    return this.db.repository(ApiKey).find({
      where: after === null ? {} : { id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
  }

  count(): Promise<number> {
    return this.db.repository(ApiKey).count();
  }

  async revoke(id: number, at: Date): Promise<boolean> {
    const result = await this.db.repository(ApiKey).update({ id, revokedAt: IsNull() }, { revokedAt: at });
    return (result.affected ?? 0) > 0;
  }

  /** At most once a minute a key: the API would otherwise write a row for every read. */
  async touch(id: number, at: Date): Promise<void> {
    await this.db.execute(
      `UPDATE api_key SET last_used_at = $2
        WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2::timestamptz - interval '1 minute')`,
      [id, at],
    );
  }
}
