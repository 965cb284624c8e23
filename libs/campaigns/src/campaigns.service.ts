import { Injectable } from '@nestjs/common';
import { Clock, DomainError, formatId, type MessageClass, notFound, type Page } from '#common';
import { messageClassOf, SendersService } from '#consent';
import { Database, type PageRequest, toPage } from '#database';
import { type AudienceRequest, type Dispatch, DispatchesService, type Halt } from '#sending';
import { CampaignChanges, checkReferences } from './campaign-changes.js';
import { type Campaign } from './campaign.entity.js';
import { campaignState, tooLate } from './campaign.errors.js';
import { CampaignLauncher } from './campaign-launcher.js';
import { CampaignRepository } from './campaign.repository.js';
import { type CampaignState, canMove, isEditable } from './campaign-state.js';
import { launchFor, type LocalHour } from './local-schedule.js';

export type CampaignFields = Pick<
  Campaign,
  'name' | 'topicId' | 'segmentId' | 'templateId' | 'productCategories'
> &
  Partial<
    Pick<
      Campaign,
      | 'channel'
      | 'smsTemplateId'
      | 'smartEncoding'
      | 'shortLinks'
      | 'rateMessages'
      | 'ratePer'
      | 'utm'
      | 'budget'
    >
  >;

/** At one instant, or at an hour of each person's own clock. */
export type Schedule = ({ at: Date; timeZone: string | null } | LocalHour) & { notAfter: Date | null };

/** A campaign's life: draft, scheduled, launched; afterwards its dispatch's. */
@Injectable()
export class CampaignsService {
  constructor(
    private readonly db: Database,
    private readonly repository: CampaignRepository,
    private readonly launcher: CampaignLauncher,
    private readonly senders: SendersService,
    private readonly dispatches: DispatchesService,
    private readonly changes: CampaignChanges,
    private readonly clock: Clock,
  ) {}

  async create(fields: CampaignFields, actor: string): Promise<Campaign> {
    const now = this.clock.now();
    return this.db.transaction(async () => {
      const campaign = await checkReferences(() =>
        this.repository.insert({
          ...{ channel: 'email', smsTemplateId: null, smartEncoding: false, shortLinks: false },
          ...{ rateMessages: null, ratePer: null, utm: null, budget: null },
          ...fields,
          ...{ state: 'draft', dispatchId: null, problem: null },
          ...notScheduled,
          ...{ createdAt: now, updatedAt: now },
        }),
      );
      await this.changes.record(actor, 'created', campaign);
      return campaign;
    });
  }

  /** @throws DomainError CAMPAIGN_NOT_FOUND */
  async get(id: number): Promise<Campaign> {
    const campaign = await this.repository.find(id);
    if (!campaign) throw notFound('campaign', formatId('campaign', id));
    return campaign;
  }

  async list(request: PageRequest): Promise<Page<Campaign>> {
    return toPage(await this.repository.list(request), request.limit, campaign => campaign);
  }

  /** @throws DomainError CAMPAIGN_STATE once it is scheduled: take it back to draft first */
  async update(id: number, changes: Partial<CampaignFields>, actor: string): Promise<Campaign> {
    return this.changes.change(id, actor, 'updated', campaign => {
      if (!isEditable(campaign.state)) throw campaignState(campaign, 'changed');
      return changes;
    });
  }

  /** @throws DomainError CAMPAIGN_STATE once anything of it was sent */
  async delete(id: number, actor: string): Promise<void> {
    await this.db.transaction(async () => {
      const campaign = await this.changes.lock(id);
      if (campaign.dispatchId !== null) throw campaignState(campaign, 'deleted: its record must stay');
      await this.repository.delete(id);
      await this.changes.record(actor, 'deleted', campaign);
    });
  }

  /**
   * @throws DomainError CAMPAIGN_STATE, CAMPAIGN_NOT_READY listing what is missing, SCHEDULE_TOO_LATE,
   * NOT_LATER_THAN_TOO_EARLY
   */
  async schedule(id: number, schedule: Schedule, actor: string): Promise<Campaign> {
    const now = this.clock.now();
    const { notAfter } = schedule;
    const isLocal = 'localTime' in schedule;
    const at = isLocal ? launchFor(schedule, notAfter, now) : schedule.at;
    if (at < now || (notAfter && notAfter < at)) throw tooLate();
    return this.changes.change(id, actor, 'scheduled', async campaign => {
      this.#mayMove(campaign, 'scheduled', 'scheduled');
      await this.launcher.checkReady(campaign);
      return {
        ...{ state: 'scheduled' as const, scheduledAt: at, timeZone: isLocal ? null : schedule.timeZone },
        ...{ localTime: isLocal ? schedule.localTime : null, pastHour: isLocal ? schedule.pastHour : null },
        ...{ notAfter, problem: null },
      };
    });
  }

  /** Back to draft. */
  async unschedule(id: number, actor: string): Promise<Campaign> {
    return this.changes.change(id, actor, 'unscheduled', campaign => {
      if (campaign.state !== 'scheduled') throw campaignState(campaign, 'unscheduled');
      return { state: 'draft', ...notScheduled };
    });
  }

  /**
   * Launches now, for everybody at once. The audience is frozen by a worker a moment later.
   * @throws DomainError CAMPAIGN_STATE, CAMPAIGN_NOT_READY
   */
  async launch(id: number, notAfter: Date | null, actor: string): Promise<Campaign> {
    const launched = await this.changes.change(id, actor, 'launched', campaign => {
      this.#mayMove(campaign, 'launched', 'launched');
      const hour = { localTime: null, pastHour: null };
      return this.launcher.launch({ ...campaign, ...hour, notAfter: notAfter ?? campaign.notAfter });
    });
    await this.dispatches.begin(launched.dispatchId as number);
    return launched;
  }

  /**
   * Launches every campaign whose hour has come; one that is too late or no longer ready is missed, and says why.
   * @throws AggregateError of whatever nobody can mend in a campaign (the database failed): those are still due.
   */
  async launchDue(): Promise<void> {
    const failures: unknown[] = [];
    for (const id of await this.repository.due(this.clock.now())) {
      try {
        const launched = await this.changes.change(id, 'schedule', 'launched', campaign =>
          this.#isDue(campaign) ? this.launcher.launch(campaign) : null,
        );
        if (launched.dispatchId !== null) await this.dispatches.begin(launched.dispatchId);
      } catch (error) {
        if (error instanceof DomainError && !error.retryable) await this.#miss(id, error);
        else failures.push(error);
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, 'campaigns that are due could not be launched');
  }

  /** Answers once no further message of it begins, and says how many had begun. */
  async pause(id: number, actor: string): Promise<{ campaign: Campaign; halt: Halt }> {
    const campaign = await this.#launched(id, 'paused');
    await this.db.transaction(async () => {
      await this.dispatches.pause(campaign.dispatchId);
      await this.changes.record(actor, 'paused', campaign);
    });
    return { campaign, halt: await this.dispatches.halted(campaign.dispatchId) };
  }

  async resume(id: number, actor: string): Promise<Campaign> {
    const campaign = await this.#launched(id, 'resumed');
    await this.db.transaction(async () => {
      await this.dispatches.resume(campaign.dispatchId);
      await this.changes.record(actor, 'resumed', campaign);
    });
    await this.dispatches.wake(campaign.dispatchId);
    return campaign;
  }

  /** Before the launch it is simply over; afterwards whatever was not attempted never will be. */
  async cancel(id: number, actor: string): Promise<{ campaign: Campaign; halt: Halt }> {
    // On the locked row: a campaign that is being launched this very moment is cancelled as a launched one.
    const campaign = await this.changes.change(id, actor, 'cancelled', async campaign => {
      if (campaign.dispatchId === null) {
        this.#mayMove(campaign, 'cancelled', 'cancelled');
        return { state: 'cancelled' };
      }
      await this.dispatches.cancel(campaign.dispatchId);
      return {};
    });
    const { dispatchId } = campaign;
    const halt =
      dispatchId === null ? { onTheWire: 0, heeded: true } : await this.dispatches.halted(dispatchId);
    return { campaign, halt };
  }

  /** The dispatch of a launched campaign; null before. */
  async dispatchOf(campaign: Campaign): Promise<Dispatch | null> {
    return campaign.dispatchId === null ? null : this.dispatches.get(campaign.dispatchId);
  }

  /** What its messages are: of a launched campaign what they were then; null before it has a topic of messages. */
  async messageClassOf(campaign: Campaign, dispatch: Dispatch | null): Promise<MessageClass | null> {
    if (dispatch !== null) return dispatch.messageClass;
    return campaign.topicId === null ? null : messageClassOf(await this.senders.getTopic(campaign.topicId));
  }

  /** Whom it would reach if it were launched now. @throws DomainError CAMPAIGN_NOT_READY without a topic of messages */
  audience(campaign: Campaign): Promise<AudienceRequest> {
    return this.launcher.audience(campaign);
  }

  async #miss(id: number, { message }: DomainError): Promise<void> {
    await this.changes.change(id, 'schedule', 'missed', campaign =>
      this.#isDue(campaign) ? { state: 'missed', problem: message } : null,
    );
  }

  /** Asked of the locked row: since it was found due, another worker may have launched it, or people thought better. */
  #isDue({ state, scheduledAt }: Campaign): boolean {
    return state === 'scheduled' && scheduledAt !== null && scheduledAt <= this.clock.now();
  }

  async #launched(id: number, word: string): Promise<Campaign & { dispatchId: number }> {
    const campaign = await this.get(id);
    if (campaign.dispatchId === null) throw campaignState(campaign, word);
    return { ...campaign, dispatchId: campaign.dispatchId };
  }

  #mayMove(campaign: Campaign, to: CampaignState, word: string): void {
    if (!canMove(campaign.state, to)) throw campaignState(campaign, word);
  }
}

const notScheduled = { scheduledAt: null, timeZone: null, localTime: null, pastHour: null, notAfter: null };
