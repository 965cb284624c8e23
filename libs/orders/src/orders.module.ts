import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { ConsentModule } from '#consent';
import { ContactsModule } from '#contacts';
import { WebhooksModule } from '#webhooks';
import { OrderGrounds } from './order-grounds.service.js';
import { OrderPeople } from './order-people.service.js';
import { OrderRepository } from './order.repository.js';
import { OrdersService } from './orders.service.js';
import { PurchaseFactsRepository } from './purchase-facts.repository.js';
import { PurchaseFactsService } from './purchase-facts.service.js';
import { ScalePurchasesHandler } from './scale-purchases.handler.js';
import { ShopWebhookMetrics } from './shop-webhook-metrics.js';
import { ShopRefusalRepository } from './shop-refusal.repository.js';
import { ShopRefusals } from './shop-refusals.service.js';
import { ShopRepository } from './shop.repository.js';
import { ShopWebhooks } from './shop-webhooks.service.js';
import { ShopsService } from './shops.service.js';

@Module({
  imports: [AccessModule, ConsentModule, ContactsModule, WebhooksModule],
  providers: [
    OrderGrounds,
    OrderPeople,
    OrderRepository,
    OrdersService,
    PurchaseFactsRepository,
    PurchaseFactsService,
    ScalePurchasesHandler,
    ShopRefusalRepository,
    ShopRefusals,
    ShopRepository,
    ShopWebhookMetrics,
    ShopWebhooks,
    ShopsService,
  ],
  exports: [
    OrdersService,
    PurchaseFactsService,
    ScalePurchasesHandler,
    ShopRefusals,
    ShopWebhooks,
    ShopsService,
  ],
})
export class OrdersModule {}
