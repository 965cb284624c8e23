import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatId, type Page, parseId } from '#common';
import { CONFIG, type Config } from '#config';
import { type PageRequest } from '#database';
import { type Shop, type ShopFields, ShopsService } from '#orders';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageQuery } from '../http/schemas.js';
import {
  changeSecret,
  type ChangeSecret,
  createShop,
  type CreateShop,
  replaceShop,
  type ReplaceShop,
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
  async list(@Query({ schema: pageQuery }) query: PageRequest): Promise<Page<ShopView>> {
    const page = await this.shops.list(query);
    return { ...page, items: page.items.map(shop => this.#view(shop)) };
  }

  @Get(':id')
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'Read a shop' })
  @ApiResponse({ status: 200, standardSchema: shopView })
  async get(@Param('id') shopId: string): Promise<ShopView> {
    return this.#view(await this.shops.get(parseId('shop', shopId)));
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
  @ApiOperation({ summary: 'Delete a shop that has no orders' })
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
    const { id, name, kind, senderId, serviceTopicIds, marketingTopicId, refusalText, consentText } = shop;
    return {
      ...{ id: formatId('shop', id), name, kind, senderId: formatId('sender', senderId) },
      serviceTopicIds: serviceTopicIds.map(topicId => formatId('topic', topicId)),
      marketingTopicId: marketingTopicId === null ? null : formatId('topic', marketingTopicId),
      ...{ refusalText, consentText },
      webhookUrl: `${this.config.publicUrl}/webhooks/shops/${formatId('shop', id)}`,
      offersSince: shop.offersSince.toISOString(),
      hasSecret: shop.secret !== null,
      previousSecretUntil: shop.previousUntil?.toISOString() ?? null,
      ...{ createdAt: shop.createdAt.toISOString(), updatedAt: shop.updatedAt.toISOString() },
    };
  }
}

function toFields(body: ReplaceShop): ShopFields {
  const { name, senderId, serviceTopicIds, marketingTopicId, refusalText, consentText } = body;
  return {
    ...{ name, senderId: parseId('sender', senderId), refusalText, consentText },
    serviceTopicIds: [...new Set(serviceTopicIds)].map(topicId => parseId('topic', topicId)),
    marketingTopicId: marketingTopicId === null ? null : parseId('topic', marketingTopicId),
  };
}
