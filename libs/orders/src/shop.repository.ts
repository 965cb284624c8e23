import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest } from '#database';
import { MoreThan } from 'typeorm';
import { Shop } from './shop.entity.js';

@Injectable()
export class ShopRepository {
  constructor(private readonly db: Database) {}

  insert(shop: Omit<Shop, 'id'>): Promise<Shop> {
    const shops = this.db.repository(Shop);
    return shops.save(shops.create(shop));
  }

  save(shop: Shop): Promise<Shop> {
    return this.db.repository(Shop).save(shop);
  }

  async find(id: number): Promise<Shop | null> {
    return numbered(await this.db.repository(Shop).findOneBy({ id }));
  }

  async lock(id: number): Promise<Shop | null> {
    const lock = { mode: 'pessimistic_write' } as const;
    return numbered(await this.db.repository(Shop).findOne({ where: { id }, lock }));
  }

  async list({ limit, cursor }: PageRequest, senderId: number | null): Promise<Shop[]> {
    const after = decodeCursor(cursor);
    const shops = await this.db.repository(Shop).find({
      where: {
        ...(after === null ? {} : { id: MoreThan(after) }),
        ...(senderId === null ? {} : { senderId }),
      },
      order: { id: 'ASC' },
      take: limit + 1,
    });
    return shops.map(shop => numbered(shop) as Shop);
  }

  async delete(id: number): Promise<void> {
    await this.db.repository(Shop).delete({ id });
  }
}

/** TypeORM leaves the numbers of an array as text. */
function numbered(shop: Shop | null): Shop | null {
  if (shop) shop.serviceTopicIds = shop.serviceTopicIds.map(Number);
  return shop;
}
