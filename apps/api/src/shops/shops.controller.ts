import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatId, type Page, parseId } from '#common';
import { CONFIG, type Config } from '#config';
import { type Shop, type ShopFields, ShopRefusals, ShopsService } from '#orders';
import { Actor, RequireScope } from '../http/auth.guard.js';
import {
  changeSecret,
  type ChangeSecret,
  createShop,
  type CreateShop,
  replaceShop,
  type ReplaceShop,
  shopQuery,
  type ShopQuery,
  shopRefusalsView,
  type ShopRefusalsView,
  shopsView,
  shopView,
  type ShopView,
  shopWithSecret,
  type ShopWithSecretView,
} from './shops.schemas.js';

@ApiTags('orders')
@ApiBearerAuth()
@Controller('v1/shops')
@RequireScope('senders:write')
export class ShopsController {
  constructor(
    private readonly shops: ShopsService,
    private readonly refusals: ShopRefusals,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Connect a shop; a secret made here is in this answer only' })
  @ApiResponse({ status: 201, standardSchema: shopWithSecret })
  async create(
    @Body({ schema: createShop }) body: CreateShop,
    @Actor() actor: string,
  ): Promise<ShopWithSecretView> {
    const { shop, secret } = await this.shops.create(body.kind, toFields(body), body.secret, actor);
    return { ...this.#view(shop), secret };
  }

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'List shops' })
  @ApiResponse({ status: 200, standardSchema: shopsView })
  async list(@Query({ schema: shopQuery }) query: ShopQuery): Promise<Page<ShopView>> {
    const { senderId, ...request } = query;
    const page = await this.shops.list(request, senderId === undefined ? null : parseId('sender', senderId));
    return { ...page, items: page.items.map(shop => this.#view(shop)) };
  }

  @Get(':id')
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'Read a shop' })
  @ApiResponse({ status: 200, standardSchema: shopView })
  async get(@Param('id') shopId: string): Promise<ShopView> {
    return this.#view(await this.shops.get(parseId('shop', shopId)));
  }

  @Get(':id/refusals')
  @RequireScope('senders:read')
  @ApiOperation({
    summary: 'What the shop told last that could not be taken',
    description: 'Webhooks with the right signature alone; nothing of a person is kept of them.',
  })
  @ApiResponse({ status: 200, standardSchema: shopRefusalsView })
  async refused(@Param('id') shopId: string): Promise<ShopRefusalsView> {
    const refusals = await this.refusals.of(parseId('shop', shopId));
    return { items: refusals.map(one => ({ ...one, refusedAt: one.refusedAt.toISOString() })) };
  }

  @Put(':id')
  @ApiOperation({ summary: 'Replace what can be set of a shop; its kind and secret stay' })
  @ApiResponse({ status: 200, standardSchema: shopView })
  async replace(
    @Param('id') shopId: string,
    @Body({ schema: replaceShop }) body: ReplaceShop,
    @Actor() actor: string,
  ): Promise<ShopView> {
    return this.#view(await this.shops.replace(parseId('shop', shopId), toFields(body), actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a shop that has no orders and that no sequence listens to' })
  @ApiResponse({ status: 204 })
  async delete(@Param('id') shopId: string, @Actor() actor: string): Promise<void> {
    await this.shops.delete(parseId('shop', shopId), actor);
  }

  @Post(':id/secret')
  @ApiOperation({ summary: 'Change what the shop signs with; the one before is heard for a while' })
  @ApiResponse({ status: 201, standardSchema: shopWithSecret })
  async changeSecret(
    @Param('id') shopId: string,
    @Body({ schema: changeSecret }) { secret, keepOldHours }: ChangeSecret,
    @Actor() actor: string,
  ): Promise<ShopWithSecretView> {
    const changed = await this.shops.changeSecret(parseId('shop', shopId), secret, keepOldHours, actor);
    return { ...this.#view(changed.shop), secret: changed.secret };
  }

  #view(shop: Shop): ShopView {
    const { id, name, kind, senderId, serviceTopicIds, marketingTopicId, refusalText, consentText, locale } =
      shop;
    return {
      ...{ id: formatId('shop', id), name, kind, senderId: formatId('sender', senderId) },
      serviceTopicIds: serviceTopicIds.map(topicId => formatId('topic', topicId)),
      marketingTopicId: marketingTopicId === null ? null : formatId('topic', marketingTopicId),
      ...{ refusalText, consentText, locale },
      webhookUrl: `${this.config.publicUrl}/webhooks/shops/${formatId('shop', id)}`,
      offersSince: shop.offersSince.toISOString(),
      hasSecret: shop.secret !== null,
      previousSecretUntil: shop.previousUntil?.toISOString() ?? null,
      ...{ createdAt: shop.createdAt.toISOString(), updatedAt: shop.updatedAt.toISOString() },
    };
  }
}

function toFields(body: ReplaceShop): ShopFields {
  const { name, senderId, serviceTopicIds, marketingTopicId, refusalText, consentText, locale } = body;
  return {
    ...{ name, senderId: parseId('sender', senderId), refusalText, consentText, locale },
    serviceTopicIds: [...new Set(serviceTopicIds)].map(topicId => parseId('topic', topicId)),
    marketingTopicId: marketingTopicId === null ? null : parseId('topic', marketingTopicId),
  };
}
