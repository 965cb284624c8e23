import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { LawPacksService } from '#consent';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { toOverrideView, toPackView, toSummary } from './law.views.js';
import {
  overrideCell,
  type OverrideCell,
  overrideView,
  type OverrideView,
  packSummary,
  type PackSummary,
  packView,
  type PackView,
} from './law.schemas.js';

@ApiTags('law')
@ApiBearerAuth()
@Controller('v1/law-packs')
export class LawPacksController {
  constructor(private readonly packs: LawPacksService) {}

  @Get()
  @RequireScope('law:read')
  @ApiOperation({ summary: 'List the law packs: engineering input, not legal advice' })
  @ApiResponse({ status: 200, standardSchema: z.object({ items: z.array(packSummary) }) })
  async list(): Promise<{ items: PackSummary[] }> {
    return { items: (await this.packs.list()).map(toSummary) };
  }

  @Get(':code')
  @RequireScope('law:read')
  @ApiOperation({ summary: 'Read a law pack: every cell with its source, confidence and override' })
  @ApiResponse({ status: 200, standardSchema: packView })
  async get(@Param('code') code: string): Promise<PackView> {
    return toPackView(await this.packs.get(code));
  }

  @Put(':code/overrides/:cell')
  @RequireScope('law:write')
  @ApiOperation({
    summary: 'Put your own value in the place of a cell, with a reason; the gate obeys at once',
  })
  @ApiResponse({ status: 200, standardSchema: overrideView })
  async override(
    @Param('code') code: string,
    @Param('cell') cell: string,
    @Body({ schema: overrideCell }) body: OverrideCell,
    @Actor() actor: string,
  ): Promise<OverrideView> {
    return toOverrideView(await this.packs.override(code, cell, body.value, body.reason, actor));
  }

  @Delete(':code/overrides/:cell')
  @HttpCode(204)
  @RequireScope('law:write')
  @ApiOperation({ summary: "Take back an override: the pack's own value holds again, at once" })
  @ApiResponse({ status: 204 })
  async remove(
    @Param('code') code: string,
    @Param('cell') cell: string,
    @Actor() actor: string,
  ): Promise<void> {
    await this.packs.removeOverride(code, cell, actor);
  }
}
