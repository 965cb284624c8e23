import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type z } from 'zod';
import { type ApiKey, ApiKeysService } from '#access';
import { formatId, type Page, parseId } from '#common';
import { type PageRequest } from '#database';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageOf, pageQuery } from '../http/schemas.js';
import {
  type createdKey,
  createKey,
  type CreateKey,
  createdKey as createdKeySchema,
  keyView,
  type KeyView,
} from './keys.schemas.js';

@ApiTags('API keys')
@ApiBearerAuth()
@Controller('v1/api-keys')
@RequireScope('keys:write')
export class KeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Post()
  @ApiOperation({ summary: 'Make an API key; the secret is in this answer only' })
  @ApiResponse({ status: 201, standardSchema: createdKeySchema })
  async create(
    @Body({ schema: createKey }) body: CreateKey,
    @Actor() actor: string,
  ): Promise<z.infer<typeof createdKey>> {
    const { secret, key } = await this.keys.create(body.name, body.scopes, actor);
    return { ...toView(key), secret };
  }

  @Get()
  @ApiOperation({ summary: 'List API keys' })
  @ApiResponse({ status: 200, standardSchema: pageOf(keyView) })
  async list(@Query({ schema: pageQuery }) query: PageRequest): Promise<Page<KeyView>> {
    const page = await this.keys.list(query);
    return { ...page, items: page.items.map(toView) };
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke an API key; it stops working at once' })
  @ApiResponse({ status: 204 })
  async revoke(@Param('id') keyId: string, @Actor() actor: string): Promise<void> {
    await this.keys.revoke(parseId('apiKey', keyId), actor);
  }
}

function toView(key: ApiKey): KeyView {
  return {
    id: formatId('apiKey', key.id),
    name: key.name,
    hint: key.hint,
    scopes: key.scopes,
    createdAt: key.createdAt.toISOString(),
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
  };
}
