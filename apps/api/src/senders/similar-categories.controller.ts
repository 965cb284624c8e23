import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseId } from '#common';
import { SimilarCategoriesService } from '#consent';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { similarCategories, type SimilarCategories } from './similar-categories.schemas.js';

@ApiTags('senders')
@ApiBearerAuth()
@Controller('v1/senders/:id/similar-categories')
export class SimilarCategoriesController {
  constructor(private readonly categories: SimilarCategoriesService) {}

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'Which product categories this sender holds to be similar, for the soft opt-in' })
  @ApiResponse({ status: 200, standardSchema: similarCategories })
  async get(@Param('id') senderId: string): Promise<SimilarCategories> {
    return { groups: await this.categories.get(parseId('sender', senderId)) };
  }

  @Put()
  @RequireScope('senders:write')
  @ApiOperation({ summary: 'Replace the groups of similar product categories; a category is in one group' })
  @ApiResponse({ status: 200, standardSchema: similarCategories })
  async replace(
    @Param('id') senderId: string,
    @Body({ schema: similarCategories }) body: SimilarCategories,
    @Actor() actor: string,
  ): Promise<SimilarCategories> {
    return { groups: await this.categories.replace(parseId('sender', senderId), body.groups, actor) };
  }
}
