import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatId, type Page, parseId } from '#common';
import { type Attribute, AttributesService } from '#contacts';
import { type PageRequest } from '#database';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageOf, pageQuery } from '../http/schemas.js';
import {
  attributeView,
  type AttributeView,
  createAttribute,
  type CreateAttribute,
  deleteQuery,
  type DeleteQuery,
  updateAttribute,
  type UpdateAttribute,
} from './attributes.schemas.js';

@ApiTags('Attributes')
@ApiBearerAuth()
@Controller('v1/attributes')
@RequireScope('contacts:write')
export class AttributesController {
  constructor(private readonly attributes: AttributesService) {}

  @Post()
  @ApiOperation({ summary: 'Define a field of your own for contacts' })
  @ApiResponse({ status: 201, standardSchema: attributeView })
  async create(
    @Body({ schema: createAttribute }) { key, type, description }: CreateAttribute,
    @Actor() actor: string,
  ): Promise<AttributeView> {
    return toView(await this.attributes.create(key, type, description, actor));
  }

  @Get()
  @RequireScope('contacts:read')
  @ApiOperation({ summary: 'List attributes' })
  @ApiResponse({ status: 200, standardSchema: pageOf(attributeView) })
  async list(@Query({ schema: pageQuery }) query: PageRequest): Promise<Page<AttributeView>> {
    const page = await this.attributes.list(query);
    return { ...page, items: page.items.map(toView) };
  }

  @Get(':id')
  @RequireScope('contacts:read')
  @ApiOperation({ summary: 'Read an attribute' })
  @ApiResponse({ status: 200, standardSchema: attributeView })
  async get(@Param('id') attributeId: string): Promise<AttributeView> {
    return toView(await this.attributes.get(parseId('attribute', attributeId)));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change the description of an attribute' })
  @ApiResponse({ status: 200, standardSchema: attributeView })
  async update(
    @Param('id') attributeId: string,
    @Body({ schema: updateAttribute }) { description }: UpdateAttribute,
  ): Promise<AttributeView> {
    return toView(await this.attributes.describe(parseId('attribute', attributeId), description));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete an attribute; refused while contacts have values, unless removeValues=true',
  })
  @ApiResponse({ status: 204 })
  async delete(
    @Param('id') attributeId: string,
    @Query({ schema: deleteQuery }) { removeValues }: DeleteQuery,
    @Actor() actor: string,
  ): Promise<void> {
    await this.attributes.delete(parseId('attribute', attributeId), removeValues === 'true', actor);
  }
}

function toView(attribute: Attribute): AttributeView {
  return {
    id: formatId('attribute', attribute.id),
    key: attribute.key,
    type: attribute.type,
    description: attribute.description,
    createdAt: attribute.createdAt.toISOString(),
  };
}
