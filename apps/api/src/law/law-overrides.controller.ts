import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Page } from '#common';
import { LawPacksService } from '#consent';
import { RequireScope } from '../http/auth.guard.js';
import { pageOf } from '../http/schemas.js';
import { toOverrideView } from './law.views.js';
import { overrideQuery, type OverrideQuery, overrideView, type OverrideView } from './law.schemas.js';

@ApiTags('law')
@ApiBearerAuth()
@Controller('v1/law-overrides')
export class LawOverridesController {
  constructor(private readonly packs: LawPacksService) {}

  @Get()
  @RequireScope('law:read')
  @ApiOperation({ summary: 'Every override there ever was, oldest first: who, when, why, and until when' })
  @ApiResponse({ status: 200, standardSchema: pageOf(overrideView) })
  async list(@Query({ schema: overrideQuery }) query: OverrideQuery): Promise<Page<OverrideView>> {
    const { pack = null, ...request } = query;
    const page = await this.packs.overrides(request, pack);
    return { ...page, items: page.items.map(toOverrideView) };
  }
}
