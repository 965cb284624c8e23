import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseId } from '#common';
import { PacingService, type SenderPacing } from '#sending';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { type PacingView, pacingView, type SetPacing, setPacing } from './pacing.schemas.js';

@ApiTags('senders')
@ApiBearerAuth()
@Controller('v1/senders/:id/pacing')
export class PacingController {
  constructor(private readonly pacing: PacingService) {}

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'How fast the sender may send, and how fast each of its lanes goes at present' })
  @ApiResponse({ status: 200, standardSchema: pacingView })
  async get(@Param('id') senderId: string): Promise<PacingView> {
    return toView(await this.pacing.ofSender(parseId('sender', senderId)));
  }

  @Put()
  @RequireScope('senders:write')
  @ApiOperation({
    summary: 'Set how fast the sender may send, in all and to each mailbox provider',
    description:
      'Holds within about a second, also for what is running, and exactly over all workers. Connections and batches follow ' +
      'from it: a slow rate sends single messages evenly.',
  })
  @ApiResponse({ status: 200, standardSchema: pacingView })
  async set(
    @Param('id') senderId: string,
    @Body({ schema: setPacing }) body: SetPacing,
    @Actor() actor: string,
  ): Promise<PacingView> {
    return toView(await this.pacing.setSender(parseId('sender', senderId), body.rate, body.lanes, actor));
  }
}

function toView({ rate, lanes }: SenderPacing): PacingView {
  return {
    rate,
    lanes: lanes.map(({ lane, rate: set, perSecond, slow }) => ({
      lane,
      rate: set,
      messagesPerSecond: perSecond,
      slowed: slow && {
        messagesPerSecond: slow.rate,
        before: slow.peak,
        since: new Date(slow.since).toISOString(),
        slowedAt: new Date(slow.slowedAt).toISOString(),
        reason: slow.reason,
      },
    })),
  };
}
