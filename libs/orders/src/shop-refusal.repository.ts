import { Injectable } from '@nestjs/common';
import { Database } from '#database';

/** A webhook that was rightly signed and could not be taken. */
export interface ShopRefusal {
  refusedAt: Date;
  code: string;
  /** Where in the body the fault is; null: in none of its parts. */
  path: string | null;
  /** The shop's own id of the order; null: it could not be read. */
  externalId: string | null;
}

/** As many as an operator looks through; a shop that is wrong in every order writes no more than these. */
const MOST = 100;

@Injectable()
export class ShopRefusalRepository {
  constructor(private readonly db: Database) {}

  /** Adds one, and drops those that are too many. Both see the table as it was before: the newest of it and this one stay. */
  async add(shopId: number, { refusedAt, code, path, externalId }: ShopRefusal): Promise<void> {
    await this.db.query(
      `WITH added AS (
         INSERT INTO shop_refusal (shop_id, refused_at, code, path, external_id) VALUES ($1, $2, $3, $4, $5)
       )
       DELETE FROM shop_refusal WHERE shop_id = $1
          AND id <= (SELECT id FROM shop_refusal WHERE shop_id = $1 ORDER BY id DESC OFFSET ${MOST - 1} LIMIT 1)`,
      [shopId, refusedAt, code, path, externalId],
    );
  }

  /** The newest first. */
  list(shopId: number): Promise<ShopRefusal[]> {
    return this.db.query<ShopRefusal>(
      `SELECT refused_at AS "refusedAt", code, path, external_id AS "externalId"
         FROM shop_refusal WHERE shop_id = $1 ORDER BY id DESC LIMIT ${MOST}`,
      [shopId],
    );
  }
}
