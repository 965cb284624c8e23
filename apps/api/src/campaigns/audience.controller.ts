import { Controller, Get, type MessageEvent, Param, Query, Sse } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  concatMap,
  filter,
  map,
  type MonoTypeOperatorFunction,
  type Observable,
  takeWhile,
  timer,
} from 'rxjs';
import { CampaignsService } from '#campaigns';
import { formatId, parseId } from '#common';
import { decodeCursor, encodeCursor } from '#database';
import {
  AudienceService,
  DispatchesService,
  PacingService,
  dispatchStates,
  type DispatchState,
  isEnded,
} from '#sending';
import { RequireScope } from '../http/auth.guard.js';
import { Heavy } from '../http/heavy.interceptor.js';
import {
  audienceView,
  type AudienceView,
  peopleQuery,
  type PeopleQuery,
  peopleView,
  type PeopleView,
  progressView,
  type ProgressView,
} from './campaigns.schemas.js';
import { noProgress, toAudienceView, toProgressView } from './campaigns.views.js';

/** How often a progress stream looks, in milliseconds. */
const STREAM_EVERY_MS = 1000;
/** After how many looks without news the last answer is sent again. */
const HEARTBEAT_LOOKS = 15;

@ApiTags('campaigns')
@ApiBearerAuth()
@Controller('v1/campaigns/:id')
@RequireScope('campaigns:read')
export class AudienceController {
  constructor(
    private readonly campaigns: CampaignsService,
    private readonly audiences: AudienceService,
    private readonly dispatches: DispatchesService,
    private readonly pacing: PacingService,
  ) {}

  @Get('audience')
  @Heavy()
  @ApiOperation({ summary: 'Dry run: who would receive it now, and who would not and why' })
  @ApiResponse({ status: 200, standardSchema: audienceView })
  async audience(@Param('id') id: string): Promise<AudienceView> {
    const campaign = await this.campaigns.get(parseId('campaign', id));
    return toAudienceView(await this.audiences.count(await this.campaigns.audience(campaign)));
  }

  @Get('audience/people')
  @Heavy()
  @ApiOperation({ summary: 'The people behind one number of the dry run' })
  @ApiResponse({ status: 200, standardSchema: peopleView })
  async people(
    @Param('id') id: string,
    @Query({ schema: peopleQuery }) query: PeopleQuery,
  ): Promise<PeopleView> {
    const campaign = await this.campaigns.get(parseId('campaign', id));
    const request = await this.campaigns.audience(campaign);
    const after = decodeCursor(query.cursor) ?? 0;
    return toPeople(
      await this.audiences.people(request, query.reason ?? null, after, query.limit + 1),
      query.limit,
    );
  }

  @Get('exclusions')
  @ApiOperation({ summary: 'The people who were left out for a reason when the campaign was launched' })
  @ApiResponse({ status: 200, standardSchema: peopleView })
  async exclusions(
    @Param('id') id: string,
    @Query({ schema: peopleQuery }) query: PeopleQuery,
  ): Promise<PeopleView> {
    const campaign = await this.campaigns.get(parseId('campaign', id));
    if (campaign.dispatchId === null || query.reason === undefined) return { items: [], nextCursor: null };
    const after = decodeCursor(query.cursor) ?? 0;
    return toPeople(
      await this.audiences.excludedPeople(campaign.dispatchId, query.reason, after, query.limit + 1),
      query.limit,
    );
  }

  @Get('progress')
  @ApiOperation({ summary: 'How far it is, in numbers that balance' })
  @ApiResponse({ status: 200, standardSchema: progressView })
  async progress(@Param('id') id: string): Promise<ProgressView> {
    const campaign = await this.campaigns.get(parseId('campaign', id));
    return campaign.dispatchId === null
      ? noProgress(campaign)
      : toProgressView(
          await this.dispatches.progress(campaign.dispatchId),
          await this.pacing.waitsOf(await this.dispatches.get(campaign.dispatchId)),
        );
  }

  @Sse('progress/stream')
  @ApiOperation({ summary: 'The same as server-sent events, until it has ended' })
  @ApiProduces('text/event-stream')
  async stream(@Param('id') id: string): Promise<Observable<MessageEvent>> {
    await this.campaigns.get(parseId('campaign', id));
    return timer(0, STREAM_EVERY_MS).pipe(
      concatMap(() => this.progress(id)),
      newsOrHeartbeat(),
      takeWhile(progress => !hasEnded(progress.state), true),
      map(progress => ({ type: 'progress', data: progress })),
    );
  }
}

/** Lets through what changed; and after a while also what did not, or proxies take the stream for dead. */
function newsOrHeartbeat(): MonoTypeOperatorFunction<ProgressView> {
  let last = '';
  let silent = 0;
  return filter(progress => {
    const now = JSON.stringify(progress);
    silent = now === last ? silent + 1 : 0;
    last = now;
    return silent % HEARTBEAT_LOOKS === 0;
  });
}

function hasEnded(state: ProgressView['state']): boolean {
  return dispatchStates.includes(state as DispatchState) && isEnded(state as DispatchState);
}

function toPeople(ids: number[], limit: number): PeopleView {
  const shown = ids.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(id => formatId('contact', id)),
    nextCursor: ids.length > limit && last !== undefined ? encodeCursor(last) : null,
  };
}
