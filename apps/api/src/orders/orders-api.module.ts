import { Module } from '@nestjs/common';
import { OrdersModule } from '#orders';
import { OrdersController } from './orders.controller.js';
import { PurchasesController } from './purchases.controller.js';

@Module({ imports: [OrdersModule], controllers: [OrdersController, PurchasesController] })
export class OrdersApiModule {}
