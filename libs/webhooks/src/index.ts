export { DeliverWebhooksHandler, KEPT_DAYS } from './deliver-webhooks.handler.js';
export { type Delivery, type DeliveryState, deliveryStates, type ReplayFrom } from './delivery.repository.js';
export * from './event-kinds.js';
export * from './new-event.js';
export * from './outgoing-events.service.js';
export { type CallError } from './webhook-client.js';
export { disabledReasons, type DisabledReason, Webhook } from './webhook.entity.js';
export * from './webhooks.module.js';
export * from './webhooks.service.js';
