import { setImmediate as breathe } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock, DomainError, type ErrorDetail, type MessageClass } from '#common';
import { LawInForce, SendersService } from '#consent';
import {
  AudienceService,
  imagined,
  SmsComposer,
  type SmsJob,
  SmsPeopleRepository,
  SmsPurses,
  SmsSourcesService,
} from '#sending';
import { MessageSubjects, TemplatesService } from '#templates';
import { type Campaign } from './campaign.entity.js';
import { notReady } from './campaign.errors.js';
import { CampaignLauncher } from './campaign-launcher.js';
import { sendsSms } from './readiness.js';
import { type SmsEstimate, SmsTally } from './sms-estimate.js';

/** People an estimate looks at; of more it takes so many, evenly. Each is rendered as it would be sent. */
const MOST = 5000;
/** Messages rendered before other requests get their turn. */
const AT_ONCE = 200;

/** What a campaign's SMS would come to: each rendered with its legal text, for the people who would get it now. */
@Injectable()
export class SmsEstimatesService {
  constructor(
    private readonly launcher: CampaignLauncher,
    private readonly audiences: AudienceService,
    private readonly people: SmsPeopleRepository,
    private readonly senders: SendersService,
    private readonly sources: SmsSourcesService,
    private readonly templates: TemplatesService,
    private readonly subjects: MessageSubjects,
    private readonly composer: SmsComposer,
    private readonly purses: SmsPurses,
    private readonly laws: LawInForce,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError CAMPAIGN_NOT_READY without a topic, a template of SMS, or a source */
  async estimate(campaign: Campaign): Promise<SmsEstimate> {
    const audience = await this.launcher.audience(campaign);
    const job = await this.#job(campaign, audience.senderId, audience.messageClass);
    const { all, ids } = await this.audiences.sampleBySms(audience, MOST);
    const { priceOf } = await this.purses.of(job);
    const tally = new SmsTally();
    const now = this.clock.now();
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const some = ids.slice(at, at + AT_ONCE);
      const about = await this.subjects.of(job.template, some, 'nothing');
      for (const { contactId, phoneCountry, ...person } of await this.people.people(some)) {
        const as = { contactId, phoneCountry, address: person.phone ?? '' };
        try {
          const { rendered, source } = this.composer.compose(
            job,
            imagined(person, audience.messageClass, now, as),
            about(contactId),
          );
          const price = priceOf(phoneCountry, source.value);
          const { encoding, parts } = rendered.size;
          tally.add(encoding, parts, price === null ? null : price * parts);
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
          tally.fail();
        }
      }
      await breathe();
    }
    return tally.estimate(all);
  }

  async #job(campaign: Campaign, senderId: number, messageClass: MessageClass): Promise<SmsJob> {
    const templateId = campaign.channel === 'sms' ? campaign.templateId : campaign.smsTemplateId;
    if (!sendsSms(campaign) || templateId === null) throw notReady([noTemplate]);
    const { template, version } = await this.templates.get(templateId);
    if (template.channel !== 'sms') throw notReady([noTemplate]);
    return {
      dispatch: {
        id: (await this.people.likelyKey()).dispatchId,
        ...{ name: campaign.name, senderId, messageClass, notAfter: campaign.notAfter },
        ...{ smartEncoding: campaign.smartEncoding, shortLinks: campaign.shortLinks },
      },
      sender: await this.senders.get(senderId),
      template: this.templates.compiledSms(version),
      sources: await this.sources.of(senderId),
      laws: await this.laws.now(),
    };
  }
}

const noTemplate: ErrorDetail = {
  path: 'templateId',
  code: 'MISSING',
  message: 'An estimate of SMS needs a campaign by SMS with a template of SMS.',
};
