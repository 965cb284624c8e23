import { Injectable } from '@nestjs/common';
import { Database, storable } from '#database';

/** Tokens that a provider's signature covers instead of its events: each stands for one body. */
@Injectable()
export class WebhookTokenRepository {
  constructor(private readonly db: Database) {}

  /** @returns false when the token came before, with another body */
  async take(provider: string, token: string, digest: Buffer, now: Date): Promise<boolean> {
    const row = await this.db.queryOne<{ digest: Buffer }>(
      `INSERT INTO webhook_token AS t (provider, token, digest, seen_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (provider, token) DO UPDATE SET seen_at = t.seen_at RETURNING digest`,
      [provider, storable(token), digest, now],
    );
    return row?.digest.equals(digest) ?? false;
  }

  /** Those too old to be believed anyway. */
  async forgetBefore(before: Date): Promise<number> {
    return this.db.execute('DELETE FROM webhook_token WHERE seen_at < $1', [before]);
  }
}
