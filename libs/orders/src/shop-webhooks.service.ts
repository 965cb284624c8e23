import { Injectable } from '@nestjs/common';
import { Clock, DomainError, formatId } from '#common';
import { readGeneric } from './generic.js';
import { OrdersService } from './orders.service.js';
import { type ReadWebhook } from './read-webhook.js';
import { readSalla, sallaSentAt } from './salla.js';
import { checkSentAt, checkSentTime, type ShopWebhook, verifySignature } from './shop-secret.js';
import { type Shop, type ShopKind } from './shop.entity.js';
import { webhookNotConfigured, webhookUnreadable } from './shop.errors.js';
import { ShopRefusals } from './shop-refusals.service.js';
import { ShopWebhookMetrics } from './shop-webhook-metrics.js';
import { readShopify } from './shopify.js';
import { ShopsService } from './shops.service.js';
import { signedBody } from './signed-body.js';
import { ToldValue } from './told-value.js';
import { isWooCommercePing, readWooCommerce } from './woocommerce.js';

const readers: Record<ShopKind, ReadWebhook> = {
  shopify: readShopify,
  woocommerce: readWooCommerce,
  salla: readSalla,
  generic: readGeneric,
};

/** Takes what shops tell of their orders. */
@Injectable()
export class ShopWebhooks {
  constructor(
    private readonly shops: ShopsService,
    private readonly orders: OrdersService,
    private readonly refusals: ShopRefusals,
    private readonly metrics: ShopWebhookMetrics,
    private readonly clock: Clock,
  ) {}

  /**
   * Verifies a webhook and takes what it tells; when this returns, it is stored.
   * @returns the order that it told of; null: nothing that we care for
   * @throws DomainError SHOP_NOT_FOUND, WEBHOOK_NOT_CONFIGURED, WEBHOOK_UNSIGNED, WEBHOOK_SIGNATURE_INVALID, WEBHOOK_TOO_OLD,
   * WEBHOOK_UNREADABLE, CURRENCY_UNKNOWN, AMOUNT_INVALID, TIME_IN_FUTURE
   */
  async receive(shopId: number, webhook: ShopWebhook): Promise<string | null> {
    const shop = await this.shops.get(shopId);
    try {
      const order = await this.#take(shop, webhook);
      this.metrics.received(shop.kind, order === null ? 'ignored' : 'taken');
      return order;
    } catch (error) {
      this.metrics.notTaken(shop.kind, error);
      throw error;
    }
  }

  async #take(shop: Shop, webhook: ShopWebhook): Promise<string | null> {
    if (shop.kind === 'woocommerce' && isWooCommercePing(webhook.body)) return null;
    const secrets = await this.shops.secretsOf(shop);
    if (secrets.length === 0) throw webhookNotConfigured();
    verifySignature(shop.kind, webhook, secrets);
    try {
      return await this.#takeSigned(shop, webhook);
    } catch (error) {
      // Only what the shop itself sent: a stranger can write nothing here.
      if (error instanceof DomainError) await this.refusals.keep(shop, webhook.body, error);
      throw error;
    }
  }

  async #takeSigned(shop: Shop, webhook: ShopWebhook): Promise<string | null> {
    const now = this.clock.now();
    checkSentTime(shop.kind, webhook, now);
    const body = new ToldValue(parsed(webhook.body));
    if (shop.kind === 'salla') checkSentAt(sallaSentAt(body), now);
    const word = readers[shop.kind]({ headers: webhook.headers, body, now });
    if (!word) return null;
    const signed = signedBody(shop.kind, webhook, body, now);
    const { order } = await this.orders.tell(shop, word, formatId('shop', shop.id), { signed });
    return formatId('order', order.id);
  }
}

function parsed(body: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw webhookUnreadable('it is no JSON object in UTF-8');
}
