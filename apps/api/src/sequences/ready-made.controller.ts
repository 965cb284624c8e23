import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type IdKind, parseId } from '#common';
import { ReadyMadeSequences } from '#sequences';
import { Actor, RequireScope } from '../http/auth.guard.js';
import {
  type InstalledView,
  installedView,
  type InstallRequest,
  installRequest,
  type ReadyMadeList,
  readyMadeList,
  type ReadyMadeView,
  readyMadeView,
} from './ready-made.schemas.js';
import { toInstalledView, toReadyMadeView, toSummary } from './ready-made.views.js';

@ApiTags('sequences')
@ApiBearerAuth()
@Controller('v1/sequences/ready-made')
export class ReadyMadeController {
  constructor(private readonly readyMade: ReadyMadeSequences) {}

  @Get()
  @RequireScope('sequences:read')
  @ApiOperation({ summary: 'List the ready-made sequences, and what each needs' })
  @ApiResponse({ status: 200, standardSchema: readyMadeList })
  list(): ReadyMadeList {
    return { items: this.readyMade.list().map(toSummary) };
  }

  @Get(':key')
  @RequireScope('sequences:read')
  @ApiOperation({ summary: 'Read a ready-made sequence with all its texts' })
  @ApiResponse({ status: 200, standardSchema: readyMadeView })
  get(@Param('key') key: string): ReadyMadeView {
    return toReadyMadeView(this.readyMade.get(key));
  }

  @Post(':key/install')
  @RequireScope('sequences:write')
  @ApiOperation({
    summary:
      'Make its templates and a draft of it for a sender; both are edited like any others, and nothing is sent',
  })
  @ApiResponse({ status: 201, standardSchema: installedView })
  async install(
    @Param('key') key: string,
    @Body({ schema: installRequest }) body: InstallRequest,
    @Actor() actor: string,
  ): Promise<InstalledView> {
    const { senderId, topics, segmentId, shopId, ...rest } = body;
    const wishes = {
      ...rest,
      senderId: parseId('sender', senderId),
      topics: {
        ...(topics.marketing === undefined ? {} : { marketing: parseId('topic', topics.marketing) }),
        ...(topics.service === undefined ? {} : { service: parseId('topic', topics.service) }),
        ...(topics.transactional === undefined
          ? {}
          : { transactional: parseId('topic', topics.transactional) }),
      },
      segmentId: rowOf('segment', segmentId),
      shopId: rowOf('shop', shopId),
    };
    return toInstalledView(await this.readyMade.install(key, wishes, actor));
  }
}

function rowOf(kind: IdKind, id: string | undefined): number | undefined {
  return id === undefined ? undefined : parseId(kind, id);
}
