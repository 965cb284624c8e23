import { Injectable } from '@nestjs/common';
import { Clock, type Locale, type MessageClass } from '#common';
import { LawInForce, SendersService } from '#consent';
import {
  type MessageSubject,
  type PreviewRequest,
  type RenderedSms,
  sampleContext,
  spokenLocale,
  TemplatePreviewsService,
  TemplatesService,
  type TemplateVersion,
} from '#templates';
import { type Allowed } from '../attempt.repository.js';
import { imagined } from '../imagined.js';
import { SmsComposer, type SmsJob } from './sms-composer.js';
import { SmsPeopleRepository } from './sms-people.repository.js';
import { SmsPurses } from './sms-purses.js';
import { sourceFor, type SourceOfSender } from './sms-source.js';
import { SmsSourceRepository } from './sms-source.repository.js';

export interface SmsPreview extends RenderedSms {
  /** The number or name it would come from. */
  from: string;
  /** Of all its parts, in millionths of the currency; null: no price is known. */
  cost: number | null;
}

export type SmsPreviewRequest = PreviewRequest & {
  smartEncoding?: boolean | undefined;
  shortLinks?: boolean | undefined;
};

/** Stands in for a sender that has named none: a number that people can answer. */
const SAMPLE_NUMBER = '+15005550006';

/** An SMS as one person would get it, to the last character: what it says, how many parts it takes and what they cost. */
@Injectable()
export class SmsPreviewsService {
  constructor(
    private readonly templates: TemplatesService,
    private readonly previews: TemplatePreviewsService,
    private readonly senders: SendersService,
    private readonly sources: SmsSourceRepository,
    private readonly people: SmsPeopleRepository,
    private readonly composer: SmsComposer,
    private readonly purses: SmsPurses,
    private readonly laws: LawInForce,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError CONTACT_NOT_FOUND, SENDER_NOT_FOUND, TEMPLATE_INCOMPLETE, TEMPLATE_INVALID, RENDER_FAILED, SMS_TOO_LONG */
  async preview(version: TemplateVersion, request: SmsPreviewRequest): Promise<SmsPreview> {
    const messageClass = request.messageClass ?? 'marketing';
    const person = await this.previews.person(request, version.defaultLocale);
    const phoneCountry =
      (person.phone === null ? null : await this.people.countryOf(person.phone)) ?? person.country;
    const now = this.clock.now();
    const { dispatchId, contactId } = await this.people.likelyKey();
    const as = imagined(person, messageClass, now, {
      ...{ contactId: request.contactId ?? contactId, address: person.phone ?? '', phoneCountry },
      ...(request.locale === undefined ? {} : { locale: request.locale }),
    });
    const spoken = request.locale ?? spokenLocale(person.locale) ?? version.defaultLocale;
    const job = await this.#job(version, dispatchId, request, messageClass, spoken);
    return this.#compose(job, as, await this.previews.subject(request, job.template, spoken));
  }

  async #compose(job: SmsJob, person: Allowed, subject: MessageSubject | undefined): Promise<SmsPreview> {
    const { sms, rendered, source } = this.composer.compose(job, person, subject);
    const { priceOf } = await this.purses.of(job);
    const price = priceOf(person.phoneCountry, source.value);
    const from =
      sms.from.kind === 'number'
        ? sms.from.number
        : sms.from.kind === 'name'
          ? sms.from.name
          : sms.from.serviceSid;
    return { ...rendered, from, cost: price === null ? null : price * rendered.size.parts };
  }

  async #job(
    version: TemplateVersion,
    dispatchId: number,
    { senderId, smartEncoding = false, shortLinks = false }: SmsPreviewRequest,
    messageClass: MessageClass,
    locale: Locale,
  ): Promise<SmsJob> {
    const now = this.clock.now();
    const sample = sampleContext(locale, now, null, messageClass);
    const sender =
      senderId === undefined ? { ...sample.sender, id: 0, country: null } : await this.senders.get(senderId);
    const own = senderId === undefined ? [] : await this.sources.ofSender(senderId);
    const stand: SourceOfSender = {
      ...{ senderId: 0, country: null, kind: 'number', value: SAMPLE_NUMBER, rate: null },
      providerAnswers: true,
    };
    return {
      dispatch: {
        ...{ id: dispatchId, name: sample.campaignName, messageClass, smartEncoding, shortLinks },
        ...{ senderId: senderId ?? 0, notAfter: null },
      },
      sender,
      template: this.templates.compiledSms(version),
      sources: sourceFor(own, null) ? own : [...own, stand],
      laws: await this.laws.now(),
    };
  }
}
