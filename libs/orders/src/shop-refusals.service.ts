import { Injectable } from '@nestjs/common';
import { Clock, type DomainError } from '#common';
import { storable } from '#database';
import { type ShopRefusal, ShopRefusalRepository } from './shop-refusal.repository.js';
import { type Shop, type ShopKind } from './shop.entity.js';
import { ShopsService } from './shops.service.js';
import { ToldValue } from './told-value.js';

/** Where the order's own id stands, the likeliest first. */
const idPaths: Record<ShopKind, string[][]> = {
  shopify: [['order_id'], ['id']],
  woocommerce: [['id']],
  salla: [
    ['data', 'order', 'id'],
    ['data', 'id'],
  ],
  generic: [['externalId']],
};

/** The last webhooks that shops signed and that could not be taken: what an operator needs to put it right there. */
@Injectable()
export class ShopRefusals {
  constructor(
    private readonly repository: ShopRefusalRepository,
    private readonly shops: ShopsService,
    private readonly clock: Clock,
  ) {}

  /** The last hundred, the newest first. @throws DomainError SHOP_NOT_FOUND */
  async of(shopId: number): Promise<ShopRefusal[]> {
    await this.shops.get(shopId);
    return this.repository.list(shopId);
  }

  /** Nothing of the person is kept, whatever the body says. */
  async keep({ id, kind }: Shop, body: Buffer, { code, details }: DomainError): Promise<void> {
    const path = storable(details?.[0]?.path ?? '').slice(0, 300) || null;
    const externalId = externalIdOf(kind, body);
    await this.repository.add(id, { refusedAt: this.clock.now(), code, path, externalId });
  }
}

function externalIdOf(kind: ShopKind, body: Buffer): string | null {
  try {
    const read = new ToldValue(JSON.parse(body.toString()));
    return idPaths[kind].map(path => read.at(...path).text(200)).find(id => id !== null) ?? null;
  } catch {
    return null;
  }
}
