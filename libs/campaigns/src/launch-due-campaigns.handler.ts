import { Injectable } from '@nestjs/common';
import { type JobHandler } from '#queue';
import { CampaignsService } from './campaigns.service.js';

/** Launches the campaigns whose hour has come, whether the queue's clock or the sweep says so. */
@Injectable()
export class LaunchDueCampaignsHandler implements JobHandler<'launch-due-campaigns'> {
  readonly job = 'launch-due-campaigns';

  constructor(private readonly campaigns: CampaignsService) {}

  handle(): Promise<void> {
    return this.campaigns.launchDue();
  }

  sweep(): Promise<void> {
    return this.campaigns.launchDue();
  }
}
