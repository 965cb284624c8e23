import { Injectable } from '@nestjs/common';
import { LaunchDueCampaignsHandler } from '#campaigns';
import { ExpireConsentsHandler, FoldForecastHandler, SealLedgerHandler } from '#consent';
import { ImportRunner, RunImportHandler } from '#contacts';
import {
  ApplyFeedbackHandler,
  ForwardRepliesHandler,
  ReadInboundMailHandler,
  ResolveClickedHandler,
} from '#feedback';
import { ScalePurchasesHandler } from '#orders';
import { JobRunner } from '#queue';
import { FreezeDispatchHandler, SendDispatchHandler, SendingLoop } from '#sending';
import { AdvanceSequencesHandler, WatchSequencesHandler } from '#sequences';
import { PurgeUnconfirmedHandler, SendConfirmationsHandler } from '#sign-ups';
import { ApplyRetentionHandler } from '#subjects';
import { DeliverWebhooksHandler } from '#webhooks';

/** Starts and stops a worker: every job's one handler, and the sending. */
@Injectable()
export class WorkerService {
  constructor(
    private readonly runner: JobRunner,
    private readonly sending: SendingLoop,
    private readonly freezeDispatch: FreezeDispatchHandler,
    private readonly sendDispatch: SendDispatchHandler,
    private readonly imports: ImportRunner,
    private readonly runImport: RunImportHandler,
    private readonly sealLedger: SealLedgerHandler,
    private readonly expireConsents: ExpireConsentsHandler,
    private readonly foldForecast: FoldForecastHandler,
    private readonly launchDueCampaigns: LaunchDueCampaignsHandler,
    private readonly resolveClicked: ResolveClickedHandler,
    private readonly sendConfirmations: SendConfirmationsHandler,
    private readonly purgeUnconfirmed: PurgeUnconfirmedHandler,
    private readonly applyRetention: ApplyRetentionHandler,
    private readonly readInboundMail: ReadInboundMailHandler,
    private readonly applyFeedback: ApplyFeedbackHandler,
    private readonly forwardReplies: ForwardRepliesHandler,
    private readonly deliverWebhooks: DeliverWebhooksHandler,
    private readonly advanceSequences: AdvanceSequencesHandler,
    private readonly watchSequences: WatchSequencesHandler,
    private readonly scalePurchases: ScalePurchasesHandler,
  ) {}

  start(): Promise<void> {
    return this.runner.start([
      this.freezeDispatch,
      this.sendDispatch,
      this.runImport,
      this.sealLedger,
      this.expireConsents,
      this.foldForecast,
      this.launchDueCampaigns,
      this.resolveClicked,
      this.sendConfirmations,
      this.purgeUnconfirmed,
      this.applyRetention,
      this.readInboundMail,
      this.applyFeedback,
      this.forwardReplies,
      this.deliverWebhooks,
      this.advanceSequences,
      this.watchSequences,
      this.scalePurchases,
    ]);
  }

  /** Claims nothing more, settles what is under way, gives the rest back. Nothing is left unknown. */
  async stop(): Promise<void> {
    const { imports, sending, deliverWebhooks, runner } = this;
    await Promise.all([imports.stop(), sending.stop(), deliverWebhooks.stop(), runner.stop()]);
  }
}
