import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseId } from '#common';
import { ErrorBudgetsService } from '#sending';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { errorBudget, type ErrorBudgetBody } from './pacing.schemas.js';

@ApiTags('senders')
@ApiBearerAuth()
@Controller('v1/senders/:id/error-budget')
export class ErrorBudgetController {
  constructor(private readonly budgets: ErrorBudgetsService) {}

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'What the sender tolerates before its campaigns pause by themselves' })
  @ApiResponse({ status: 200, standardSchema: errorBudget })
  async get(@Param('id') senderId: string): Promise<ErrorBudgetBody> {
    return this.budgets.get(parseId('sender', senderId));
  }

  @Put()
  @RequireScope('senders:write')
  @ApiOperation({
    summary: 'Set what the sender tolerates; what is left out is as the defaults',
    description:
      'A campaign whose refusals, bounces or complaints exceed it within the window is paused, and its progress says by ' +
      'what. Who resumes it begins a new window.',
  })
  @ApiResponse({ status: 200, standardSchema: errorBudget })
  async set(
    @Param('id') senderId: string,
    @Body({ schema: errorBudget }) body: ErrorBudgetBody,
    @Actor() actor: string,
  ): Promise<ErrorBudgetBody> {
    return this.budgets.set(parseId('sender', senderId), body, actor);
  }

  @Delete()
  @HttpCode(204)
  @RequireScope('senders:write')
  @ApiOperation({ summary: 'Back to the defaults' })
  @ApiResponse({ status: 204 })
  async reset(@Param('id') senderId: string, @Actor() actor: string): Promise<void> {
    await this.budgets.reset(parseId('sender', senderId), actor);
  }
}
