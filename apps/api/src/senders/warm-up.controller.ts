import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatId, parseId } from '#common';
import { type WarmUpStatus, WarmUpsService } from '#sending';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { type SetWarmUp, setWarmUp, type WarmUpView, warmUpView } from './pacing.schemas.js';

@ApiTags('senders')
@ApiBearerAuth()
@Controller('v1/senders/:id/warm-up')
export class WarmUpController {
  constructor(private readonly warmUps: WarmUpsService) {}

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'How far the warm-up of the domain is that the sender writes from' })
  @ApiResponse({ status: 200, standardSchema: warmUpView })
  async get(@Param('id') senderId: string): Promise<WarmUpView> {
    return toView(await this.warmUps.get(parseId('sender', senderId)));
  }

  @Put()
  @RequireScope('senders:write')
  @ApiOperation({
    summary: 'Warm up the domain the sender writes from: a daily ceiling that grows; or change the plan',
    description:
      "Counted over all workers by day in the sender's time zone. What exceeds the ceiling waits for tomorrow, and the " +
      'progress of its campaign says so. Transactional messages are counted and do not wait.',
  })
  @ApiResponse({ status: 200, standardSchema: warmUpView })
  async set(
    @Param('id') senderId: string,
    @Body({ schema: setWarmUp }) body: SetWarmUp,
    @Actor() actor: string,
  ): Promise<WarmUpView> {
    return toView(await this.warmUps.set(parseId('sender', senderId), body.ceilings, actor));
  }

  @Delete()
  @HttpCode(204)
  @RequireScope('senders:write')
  @ApiOperation({ summary: 'End the warm-up before its plan does' })
  @ApiResponse({ status: 204 })
  async end(@Param('id') senderId: string, @Actor() actor: string): Promise<void> {
    await this.warmUps.end(parseId('sender', senderId), actor);
  }
}

function toView({ senderId, startedAt, today, days, ...warmUp }: WarmUpStatus): WarmUpView {
  return {
    ...warmUp,
    senderId: formatId('sender', senderId),
    startedAt: startedAt.toISOString(),
    today: today && { ...today, endsAt: today.endsAt.toISOString() },
    days: days.toSorted((a, b) => a.day.localeCompare(b.day)),
  };
}
