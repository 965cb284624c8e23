import { Inject, Injectable } from '@nestjs/common';
import { type Channel, Clock, LOGGER, type Logger, type MessageClass } from '#common';
import { Forecasts } from '#consent';
import { SegmentsService } from '#segments';
import { Database } from '#database';
import { JobQueue } from '#queue';
import {
  type AudienceCounts,
  type AudienceQuery,
  AudienceRepository,
  FIRST_PREDICATE_PARAMETER,
} from './audience.repository.js';
import { DispatchRepository } from './dispatch.repository.js';
import { LocalHourRepository } from './local-hour.repository.js';

/** Whom a dispatch would be for: the segment's rule (null: everybody), and what the gate needs to know. */
export interface AudienceRequest {
  channel: Channel;
  messageClass: MessageClass;
  productCategories: readonly string[];
  senderId: number;
  topicId: number;
  /** By email: whether those it may not or cannot reach get it by SMS. */
  orBySms: boolean;
  rule: unknown;
}

/** Who will receive, who will not and why; before a launch as a forecast, at the launch for good. */
@Injectable()
export class AudienceService {
  constructor(
    private readonly db: Database,
    private readonly repository: AudienceRepository,
    private readonly hours: LocalHourRepository,
    private readonly dispatches: DispatchRepository,
    private readonly forecasts: Forecasts,
    private readonly segments: SegmentsService,
    private readonly queue: JobQueue,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async count(request: AudienceRequest): Promise<AudienceCounts> {
    const now = this.clock.now();
    return this.repository.count(
      await this.#query(request, now),
      now,
      !request.orBySms && (await this.forecasts.isWorthwhile(request.channel, request.topicId)),
    );
  }

  /** The contacts behind one number of the forecast; `denial` null: those who will receive. */
  async people(
    request: AudienceRequest,
    denial: string | null,
    after: number,
    limit: number,
  ): Promise<number[]> {
    const now = this.clock.now();
    return this.repository.people(await this.#query(request, now), denial, after, limit, now);
  }

  /**
   * Those who would receive it by SMS, or, of more than about `most`, that many of them, evenly.
   * @returns how many there are in all, and the ids that were picked
   */
  async sampleBySms(request: AudienceRequest, most: number): Promise<{ all: number; ids: number[] }> {
    const { ofThemBySms: all } = await this.count(request);
    const now = this.clock.now();
    const query = await this.#query(request, now);
    const picked = await this.repository.bySms(query, Math.max(1, Math.ceil(all / most)), now);
    // Nobody's number may be such a multiple.
    const ids = picked.length > 0 || all === 0 ? picked : await this.repository.bySms(query, 1, now);
    return { all, ids: ids.slice(0, most * 2) };
  }

  /** The contacts that were left out for one reason when the audience was frozen. */
  excludedPeople(dispatchId: number, reason: string, after: number, limit: number): Promise<number[]> {
    return this.repository.excludedPeople(dispatchId, reason, after, limit);
  }

  /** Freezes the audience of a dispatch that waits for it. False: it does not wait, or another worker is at it. */
  async freeze(dispatchId: number): Promise<boolean> {
    const dispatch = await this.dispatches.find(dispatchId);
    if (dispatch?.state !== 'freezing') return false;
    const now = this.clock.now();
    const orBySms = dispatch.smsVersionId !== null;
    const query = await this.#query({ ...dispatch, orBySms, rule: dispatch.audience }, now);
    // Late, it costs time and nothing else.
    await this.forecasts.catchUp().catch((error: unknown) => {
      this.logger.warn(
        { dispatch: dispatchId, err: error },
        'the forecast of the gate was not brought up to date',
      );
    });
    const byClass = !orBySms && (await this.forecasts.isWorthwhile(dispatch.channel, dispatch.topicId));
    const frozen = await this.db.transaction(async () => {
      const whole = await this.repository.freeze(dispatchId, query, now, byClass);
      if (whole && dispatch.localTime !== null) await this.hours.spread(dispatch, now);
      return whole;
    });
    if (!frozen) return false;
    await this.queue.wake('send-dispatch', { dispatchId });
    return true;
  }

  async #query({ rule, ...request }: AudienceRequest, now: Date): Promise<AudienceQuery> {
    const predicate =
      rule === null
        ? { sql: 'true', parameters: [] }
        : await this.segments.compile(rule, now, FIRST_PREDICATE_PARAMETER);
    return { ...request, predicate };
  }
}
