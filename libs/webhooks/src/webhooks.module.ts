import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { CONFIG, type Config } from '#config';
import { CallableAddresses } from './callable-address.js';
import { DeliverWebhooksHandler } from './deliver-webhooks.handler.js';
import { DeliveriesService } from './deliveries.service.js';
import { DeliveryRepository } from './delivery.repository.js';
import { OutgoingEventRepository } from './outgoing-event.repository.js';
import { OutgoingEvents } from './outgoing-events.service.js';
import { SecretBox } from './secret-box.js';
import { WebhookClient } from './webhook-client.js';
import { WebhookDeliverer } from './webhook-deliverer.js';
import { WebhookMetrics } from './webhook-metrics.js';
import { WebhookRepository } from './webhook.repository.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [AccessModule],
  providers: [
    DeliverWebhooksHandler,
    DeliveriesService,
    DeliveryRepository,
    OutgoingEventRepository,
    OutgoingEvents,
    SecretBox,
    {
      provide: WebhookClient,
      inject: [CONFIG],
      useFactory: ({ webhookNetworks }: Config) => new WebhookClient(new CallableAddresses(webhookNetworks)),
    },
    WebhookDeliverer,
    WebhookMetrics,
    WebhookRepository,
    WebhooksService,
  ],
  exports: [DeliverWebhooksHandler, OutgoingEvents, SecretBox, WebhooksService],
})
export class WebhooksModule {}
