import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CampaignsService } from '#campaigns';
import { type Page, parseId } from '#common';
import { FeedbackService } from '#feedback';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageOf } from '../http/schemas.js';
import {
  decideFeedback,
  type DecideFeedback,
  feedbackCounts,
  type FeedbackCountsView,
  feedbackQuery,
  type FeedbackQuery,
  feedbackView,
  type FeedbackView,
} from './feedback.schemas.js';
import { toCountsView, toFeedbackView } from './feedback.views.js';

@ApiTags('feedback')
@ApiBearerAuth()
@Controller('v1')
export class FeedbackController {
  constructor(
    private readonly feedback: FeedbackService,
    private readonly campaigns: CampaignsService,
  ) {}

  @Get('feedback')
  @RequireScope('messages:read')
  @ApiOperation({
    summary: 'What came back about messages, the newest first; `state=held`: what waits for a person',
  })
  @ApiResponse({ status: 200, standardSchema: pageOf(feedbackView) })
  async list(@Query({ schema: feedbackQuery }) query: FeedbackQuery): Promise<Page<FeedbackView>> {
    const page = await this.feedback.list(query.state ?? null, query);
    return { ...page, items: page.items.map(toFeedbackView) };
  }

  @Get('feedback/:id')
  @RequireScope('messages:read')
  @ApiOperation({ summary: 'Read one' })
  @ApiResponse({ status: 200, standardSchema: feedbackView })
  async get(@Param('id') id: string): Promise<FeedbackView> {
    return toFeedbackView(await this.feedback.get(parseId('feedback', id)));
  }

  @Post('feedback/:id/apply')
  @HttpCode(200)
  @RequireScope('consents:write')
  @ApiOperation({ summary: 'Act upon one that was held, because a person looked at it' })
  @ApiResponse({ status: 200, standardSchema: feedbackView })
  apply(
    @Param('id') id: string,
    @Body({ schema: decideFeedback }) body: DecideFeedback,
    @Actor() actor: string,
  ): Promise<FeedbackView> {
    return this.#decide(id, true, body.why, actor);
  }

  @Post('feedback/:id/dismiss')
  @HttpCode(200)
  @RequireScope('consents:write')
  @ApiOperation({ summary: 'Do nothing about one that was held' })
  @ApiResponse({ status: 200, standardSchema: feedbackView })
  dismiss(
    @Param('id') id: string,
    @Body({ schema: decideFeedback }) body: DecideFeedback,
    @Actor() actor: string,
  ): Promise<FeedbackView> {
    return this.#decide(id, false, body.why, actor);
  }

  @Get('campaigns/:id/feedback')
  @RequireScope('campaigns:read')
  @ApiOperation({ summary: "What came back about a campaign's messages, in numbers" })
  @ApiResponse({ status: 200, standardSchema: feedbackCounts })
  async counts(@Param('id') id: string): Promise<FeedbackCountsView> {
    const { dispatchId } = await this.campaigns.get(parseId('campaign', id));
    return toCountsView(dispatchId === null ? [] : await this.feedback.counts(dispatchId));
  }

  async #decide(id: string, act: boolean, why: string, actor: string): Promise<FeedbackView> {
    return toFeedbackView(await this.feedback.decide(parseId('feedback', id), act, why, actor));
  }
}
