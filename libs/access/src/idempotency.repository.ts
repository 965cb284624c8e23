import { Injectable } from '@nestjs/common';
import { Database } from '#database';

export interface StoredAnswer {
  fingerprint: Buffer;
  status: number | null;
  /** Sealed; null while the first request is at work. */
  body: string | null;
  createdAt: Date;
}

@Injectable()
export class IdempotencyRepository {
  constructor(private readonly db: Database) {}

  /** Reserves the key for a request. False: somebody used it before. */
  async reserve(apiKeyId: number, key: string, fingerprint: Buffer, now: Date): Promise<boolean> {
    const rows = await this.db.query(
      `INSERT INTO idempotent_request (api_key_id, key, fingerprint, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING RETURNING key`,
      [apiKeyId, key, fingerprint, now],
    );
    return rows.length > 0;
  }

  find(apiKeyId: number, key: string): Promise<StoredAnswer | null> {
    return this.db.queryOne<StoredAnswer>(
      `SELECT fingerprint, status, body, created_at AS "createdAt"
         FROM idempotent_request WHERE api_key_id = $1 AND key = $2`,
      [apiKeyId, key],
    );
  }

  async complete(apiKeyId: number, key: string, status: number, body: string): Promise<void> {
    await this.db.execute(
      'UPDATE idempotent_request SET status = $3, body = $4 WHERE api_key_id = $1 AND key = $2',
      [apiKeyId, key, status, JSON.stringify(body)],
    );
  }

  async release(apiKeyId: number, key: string): Promise<void> {
    await this.db.execute(
      'DELETE FROM idempotent_request WHERE api_key_id = $1 AND key = $2 AND status IS NULL',
      [apiKeyId, key],
    );
  }

  async forgetBefore(time: Date): Promise<number> {
    return this.db.execute('DELETE FROM idempotent_request WHERE created_at < $1', [time]);
  }
}
