import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { ContactsModule } from '#contacts';
import { WebhooksModule } from '#webhooks';

@Module({ imports: [AccessModule, ContactsModule, WebhooksModule] })
export class OrdersModule {}
