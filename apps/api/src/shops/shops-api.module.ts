import { Module } from '@nestjs/common';
import { OrdersModule } from '#orders';
import { ShopWebhookRoutes } from './shop-webhook.routes.js';
import { ShopsController } from './shops.controller.js';

@Module({ imports: [OrdersModule], controllers: [ShopsController], providers: [ShopWebhookRoutes] })
export class ShopsApiModule {}
