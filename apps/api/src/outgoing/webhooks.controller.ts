import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatId, type Page, parseId } from '#common';
import { type PageRequest } from '#database';
import { type Delivery, type Webhook, WebhooksService } from '#webhooks';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageOf, pageQuery } from '../http/schemas.js';
import {
  createWebhook,
  type CreateWebhook,
  deliveryQuery,
  type DeliveryQuery,
  deliveryView,
  type DeliveryView,
  pingView,
  type PingView,
  replayView,
  type ReplayView,
  replayWebhook,
  type ReplayWebhook,
  rotateSecret,
  type RotateSecret,
  updateWebhook,
  type UpdateWebhook,
  webhookView,
  type WebhookView,
  webhookWithSecret,
  type WebhookWithSecret,
} from './webhooks.schemas.js';

@ApiTags('webhooks')
@ApiBearerAuth()
@Controller('v1/webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post()
  @RequireScope('webhooks:write')
  @ApiOperation({ summary: 'Be told of events; the secret is in this answer only' })
  @ApiResponse({ status: 201, standardSchema: webhookWithSecret })
  async create(
    @Body({ schema: createWebhook }) body: CreateWebhook,
    @Actor() actor: string,
  ): Promise<WebhookWithSecret> {
    const { webhook, secret } = await this.webhooks.create(body, actor);
    return { ...toView(webhook), secret };
  }

  @Get()
  @RequireScope('webhooks:read')
  @ApiOperation({ summary: 'List webhooks' })
  @ApiResponse({ status: 200, standardSchema: pageOf(webhookView) })
  async list(@Query({ schema: pageQuery }) query: PageRequest): Promise<Page<WebhookView>> {
    const page = await this.webhooks.list(query);
    return { ...page, items: page.items.map(toView) };
  }

  @Get(':id')
  @RequireScope('webhooks:read')
  @ApiOperation({ summary: 'Read a webhook, and why it is disabled if it is' })
  @ApiResponse({ status: 200, standardSchema: webhookView })
  async get(@Param('id') webhookId: string): Promise<WebhookView> {
    return toView(await this.webhooks.get(parseId('webhook', webhookId)));
  }

  @Patch(':id')
  @RequireScope('webhooks:write')
  @ApiOperation({ summary: 'Change a webhook; enabled: true sets one to work again that was disabled' })
  @ApiResponse({ status: 200, standardSchema: webhookView })
  async update(
    @Param('id') webhookId: string,
    @Body({ schema: updateWebhook }) body: UpdateWebhook,
    @Actor() actor: string,
  ): Promise<WebhookView> {
    return toView(await this.webhooks.update(parseId('webhook', webhookId), body, actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('webhooks:write')
  @ApiOperation({ summary: 'Delete a webhook with its deliveries' })
  @ApiResponse({ status: 204 })
  async delete(@Param('id') webhookId: string, @Actor() actor: string): Promise<void> {
    await this.webhooks.delete(parseId('webhook', webhookId), actor);
  }

  @Post(':id/secret')
  @RequireScope('webhooks:write')
  @ApiOperation({ summary: 'Make a new secret; the old one signs beside it for a while' })
  @ApiResponse({ status: 201, standardSchema: webhookWithSecret })
  async rotate(
    @Param('id') webhookId: string,
    @Body({ schema: rotateSecret }) { keepOldHours }: RotateSecret,
    @Actor() actor: string,
  ): Promise<WebhookWithSecret> {
    const { webhook, secret } = await this.webhooks.rotateSecret(
      parseId('webhook', webhookId),
      keepOldHours,
      actor,
    );
    return { ...toView(webhook), secret };
  }

  @Post(':id/ping')
  @HttpCode(200)
  @RequireScope('webhooks:write')
  @ApiOperation({ summary: 'Call it now with an event of kind webhook.test, and tell how it answered' })
  @ApiResponse({ status: 200, standardSchema: pingView })
  async ping(@Param('id') webhookId: string): Promise<PingView> {
    const { status, error, milliseconds } = await this.webhooks.ping(parseId('webhook', webhookId));
    return { delivered: error === null, status, error, milliseconds };
  }

  @Post(':id/replay')
  @HttpCode(202)
  @RequireScope('webhooks:write')
  @ApiOperation({ summary: 'Tell it again everything since an instant, or from an event on' })
  @ApiResponse({ status: 202, standardSchema: replayView })
  async replay(
    @Param('id') webhookId: string,
    @Body({ schema: replayWebhook }) body: ReplayWebhook,
    @Actor() actor: string,
  ): Promise<ReplayView> {
    const from =
      'since' in body
        ? { since: new Date(body.since) }
        : { eventId: parseId('outgoingEvent', body.fromEventId) };
    const { events, nextEventId } = await this.webhooks.replay(parseId('webhook', webhookId), from, actor);
    return { events, nextEventId: nextEventId === null ? null : formatId('outgoingEvent', nextEventId) };
  }

  @Get(':id/deliveries')
  @RequireScope('webhooks:read')
  @ApiOperation({ summary: 'What became of each event for this webhook, newest first' })
  @ApiResponse({ status: 200, standardSchema: pageOf(deliveryView) })
  async deliveries(
    @Param('id') webhookId: string,
    @Query({ schema: deliveryQuery }) query: DeliveryQuery,
  ): Promise<Page<DeliveryView>> {
    const page = await this.webhooks.listDeliveries(
      parseId('webhook', webhookId),
      query,
      query.state ?? null,
    );
    return { ...page, items: page.items.map(toDeliveryView) };
  }
}

function toView(webhook: Webhook): WebhookView {
  return {
    id: formatId('webhook', webhook.id),
    url: webhook.url,
    description: webhook.description,
    kinds: webhook.kinds,
    enabled: webhook.state === 'active',
    disabledReason: webhook.disabledReason,
    failingSince: webhook.failingSince?.toISOString() ?? null,
    oldSecretUntil: webhook.oldUntil?.toISOString() ?? null,
    createdAt: webhook.createdAt.toISOString(),
    updatedAt: webhook.updatedAt.toISOString(),
  };
}

function toDeliveryView(delivery: Delivery): DeliveryView {
  return {
    eventId: formatId('outgoingEvent', delivery.eventId),
    kind: delivery.kind,
    contactId: delivery.contactId === null ? null : formatId('contact', delivery.contactId),
    state: delivery.state,
    attempts: delivery.attempts,
    dueAt: delivery.state === 'due' ? delivery.dueAt.toISOString() : null,
    lastStatus: delivery.lastStatus,
    lastError: delivery.lastError,
    lastAttemptAt: delivery.lastAttemptAt?.toISOString() ?? null,
    finishedAt: delivery.finishedAt?.toISOString() ?? null,
  };
}
