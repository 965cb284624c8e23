import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database, decodeCursor, type PageRequest } from '#database';

export interface TeamAddress {
  id: number;
  channel: Channel;
  /** A lower-cased email or E.164. */
  address: string;
  createdAt: Date;
  verifiedAt: Date | null;
}

const COLUMNS = 'id, channel, address, created_at AS "createdAt", verified_at AS "verifiedAt"';

@Injectable()
export class TeamAddressRepository {
  constructor(private readonly db: Database) {}

  async insert(channel: Channel, address: string, now: Date): Promise<TeamAddress | null> {
    return this.db.queryOne<TeamAddress>(
      `INSERT INTO team_address (channel, address, created_at) VALUES ($1, $2, $3) ON CONFLICT (address) DO NOTHING RETURNING ${COLUMNS}`,
      [channel, address, now],
    );
  }

  find(id: number): Promise<TeamAddress | null> {
    return this.db.queryOne<TeamAddress>(`SELECT ${COLUMNS} FROM team_address WHERE id = $1`, [id]);
  }

  async findVerified(addresses: string[]): Promise<TeamAddress[]> {
    return this.db.query<TeamAddress>(
      `SELECT ${COLUMNS} FROM team_address WHERE address = ANY($1::text[]) AND verified_at IS NOT NULL ORDER BY id`,
      [addresses],
    );
  }

  list({ limit, cursor }: PageRequest): Promise<TeamAddress[]> {
    return this.db.query<TeamAddress>(
      `SELECT ${COLUMNS} FROM team_address WHERE id > $1 ORDER BY id LIMIT $2`,
      [decodeCursor(cursor) ?? 0, limit + 1],
    );
  }

  verify(id: number, now: Date): Promise<TeamAddress | null> {
    return this.db.queryOne<TeamAddress>(
      `UPDATE team_address SET verified_at = COALESCE(verified_at, $2) WHERE id = $1 RETURNING ${COLUMNS}`,
      [id, now],
    );
  }

  async remove(id: number): Promise<boolean> {
    return (await this.db.execute('DELETE FROM team_address WHERE id = $1', [id])) > 0;
  }
}
