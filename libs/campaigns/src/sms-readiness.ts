import { Inject, Injectable } from '@nestjs/common';
import { Clock, DomainError, type ErrorDetail, locales, type MessageClass } from '#common';
import { LawInForce, type Sender } from '#consent';
import { imagined, SmsComposer, type SmsJob, SmsSourcesService } from '#sending';
import { missingIn, samplePerson, sampleSubject, TemplatesService, type TemplateVersion } from '#templates';
import { SMS_TRANSPORT, type SmsTransport } from '#transports';
import { type Campaign } from './campaign.entity.js';

/** What stands between a campaign's SMS and their launch. */
@Injectable()
export class SmsReadiness {
  constructor(
    private readonly sources: SmsSourcesService,
    private readonly templates: TemplatesService,
    private readonly composer: SmsComposer,
    private readonly laws: LawInForce,
    private readonly clock: Clock,
    @Inject(SMS_TRANSPORT) private readonly transport: SmsTransport,
  ) {}

  async obstacles(
    campaign: Pick<Campaign, 'name' | 'smartEncoding'>,
    sender: Sender,
    messageClass: MessageClass,
    version: TemplateVersion,
  ): Promise<ErrorDetail[]> {
    const obstacles: ErrorDetail[] = this.transport.name === 'none' ? [notSetUp] : [];
    const sources = await this.sources.of(sender.id);
    if (sources.length === 0) return [...obstacles, noSource];
    if (missingIn('sms', version).length > 0) return obstacles;
    const job: SmsJob = {
      dispatch: {
        // Links in full: whoever gets them so must find room, too.
        ...{ id: 1, name: campaign.name, senderId: sender.id, messageClass, notAfter: null },
        ...{ smartEncoding: campaign.smartEncoding, shortLinks: false },
      },
      ...{ sender, sources, template: this.templates.compiledSms(version), laws: await this.laws.now() },
    };
    return [...obstacles, ...this.#tooLong(job, version)];
  }

  /** For a person like most, in each country that has a source of its own, with what its law wants in the text. */
  #tooLong(job: SmsJob, { content }: TemplateVersion): ErrorDetail[] {
    const faults: ErrorDetail[] = [];
    for (const locale of locales.filter(one => content[one] !== undefined)) {
      for (const { country } of job.sources) {
        const phoneCountry = country ?? job.sender.country;
        const person = { ...samplePerson(locale), country: phoneCountry };
        try {
          this.composer.compose(
            job,
            imagined(person, job.dispatch.messageClass, this.clock.now(), { phoneCountry }),
            sampleSubject(locale, this.clock.now()),
          );
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
          faults.push({ path: `template.${locale}.text`, code: error.code, message: error.message });
          break;
        }
      }
    }
    return faults;
  }
}

const notSetUp: ErrorDetail = {
  path: 'channel',
  code: 'SMS_NOT_SET_UP',
  message: 'No provider of SMS is set up here (TWILIO_ACCOUNT_SID); nothing would leave.',
};

const noSource: ErrorDetail = {
  path: 'sender.smsSources',
  code: 'MISSING',
  message: "Set the number or name that the sender's SMS come from: PUT /v1/senders/:id/sms-sources.",
};
