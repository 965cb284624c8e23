import { Inject, Injectable } from '@nestjs/common';
import { AddressHasher, type Channel, Clock, DomainError, type Locale } from '#common';
import { messageClassOf, SendersService, TeamAddressesService } from '#consent';
import { ContactsService } from '#contacts';
import { type Dispatch, EmailComposer, type EmailJob, type Imagined, imagined } from '#sending';
import {
  FaqsService,
  type MessageSubject,
  MessageSubjects,
  sampleSubject,
  TemplatesService,
} from '#templates';
import { EMAIL_TRANSPORT, type EmailTransport, type Outcome } from '#transports';
import { type Campaign } from './campaign.entity.js';
import { notReady } from './campaign.errors.js';
import { topicForTracking } from './readiness.js';
import { TestTextsService } from './test-texts.service.js';

/** Shows when no contact is chosen to render as. */
const SAMPLE_PERSON = {
  ar: { firstName: 'ليلى', lastName: 'حسن' },
  en: { firstName: 'Layla', lastName: 'Hassan' },
} as const;

type TestJob = Omit<EmailJob, 'template'>;

export interface TestSend {
  to: string[];
  /** Render as this contact would get it. */
  asContactId: number | null;
  locale: Locale;
}

/** Sends a campaign to the team's own verified addresses, as a contact would get it. It leaves no trace in the ledger. */
@Injectable()
export class TestSendsService {
  constructor(
    private readonly senders: SendersService,
    private readonly templates: TemplatesService,
    private readonly subjects: MessageSubjects,
    private readonly faqs: FaqsService,
    private readonly contacts: ContactsService,
    private readonly team: TeamAddressesService,
    private readonly composer: EmailComposer,
    private readonly texts: TestTextsService,
    private readonly hasher: AddressHasher,
    private readonly clock: Clock,
    @Inject(EMAIL_TRANSPORT) private readonly transport: EmailTransport,
  ) {}

  /**
   * To emails what the campaign says by email, to phones what it says by SMS.
   * @throws DomainError CAMPAIGN_NOT_READY, TEAM_ADDRESS_NOT_VERIFIED, CONTACT_NOT_FOUND, RENDER_FAILED, TEST_NEEDS_EMAIL,
   * TEST_NEEDS_PHONE, SMS_SOURCE_MISSING, SMS_TOO_LONG
   */
  async send(campaign: Campaign, request: TestSend): Promise<{ to: string; outcome: Outcome }[]> {
    const grants = await this.team.grantsFor(request.to);
    const smsTemplateId = campaign.channel === 'sms' ? campaign.templateId : campaign.smsTemplateId;
    if (campaign.channel !== 'email' && grants.some(({ channel }) => channel === 'email'))
      throw onlyBy('sms');
    if (
      campaign.channel === 'email' &&
      smsTemplateId === null &&
      grants.some(({ channel }) => channel === 'sms')
    )
      throw onlyBy('email');
    const job = await this.#job(campaign);
    const contact = request.asContactId === null ? null : await this.contacts.get(request.asContactId);
    const person: Imagined = contact ?? {
      ...SAMPLE_PERSON[request.locale],
      ...{ email: null, phone: null, locale: request.locale, country: null, timeZone: null, attributes: {} },
    };
    const subjectFor = async (
      template: Parameters<MessageSubjects['of']>[0],
    ): Promise<MessageSubject | undefined> =>
      request.asContactId === null
        ? sampleSubject(request.locale, this.clock.now())
        : (await this.subjects.of(template, [request.asContactId], 'newest'))(request.asContactId);
    const answers: { to: string; outcome: Outcome }[] = [];
    for (const grant of grants) {
      const { address, channel } = grant;
      if (channel === 'sms') {
        const { dispatch, sender } = job;
        const templateId = smsTemplateId as number;
        answers.push({
          to: address,
          outcome: await this.texts.send(grant, { dispatch, sender, templateId, person, subjectFor }),
        });
        continue;
      }
      const addressHash = this.hasher.hash('email', address);
      const { messageClass } = job.dispatch;
      const as = imagined(person, messageClass, this.clock.now(), { address, email: address, addressHash });
      const emailJob = await this.#emailJob(job);
      const email = this.composer.compose(emailJob, as, await subjectFor(emailJob.template));
      const outcome = await this.transport.send(
        { ...email, subject: `[Test] ${email.subject}`, idempotencyKey: null },
        grant,
      );
      answers.push({ to: address, outcome });
    }
    return answers;
  }

  /** @throws DomainError CAMPAIGN_NOT_READY without a from-address */
  async #emailJob(job: TestJob): Promise<EmailJob> {
    if (!job.sender.fromEmail) {
      throw notReady([
        { path: 'sender.fromEmail', code: 'MISSING', message: 'A test needs an address to come from.' },
      ]);
    }
    return { ...job, template: await this.templates.compile(job.dispatch.templateVersionId) };
  }

  async #job(campaign: Campaign): Promise<TestJob> {
    const { topicId, templateId } = campaign;
    if (topicId === null || templateId === null) {
      const missing = topicId === null ? 'topicId' : 'templateId';
      throw notReady([{ path: missing, code: 'MISSING', message: 'A test needs a topic and a template.' }]);
    }
    const topic = await this.senders.getTopic(topicId);
    const messageClass = messageClassOf(topic);
    if (messageClass === null) throw notReady([topicForTracking]);
    const { version } = await this.templates.get(templateId);
    const dispatch: Dispatch = {
      ...{
        id: 0,
        name: campaign.name,
        state: 'running',
        channel: campaign.channel,
        messageClass,
        productCategories: campaign.productCategories,
      },
      ...{ senderId: topic.senderId, topicId, templateVersionId: version.id, audience: null, notAfter: null },
      ...{
        localTime: null,
        pastHour: null,
        pause: null,
        utm: campaign.utm,
        smsVersionId: null,
        smartEncoding: campaign.smartEncoding,
        shortLinks: campaign.shortLinks,
        byPerson: false,
      },
      ...{ frozen: null, excluded: null, createdAt: this.clock.now(), frozenAt: null, endedAt: null },
    };
    const sender = await this.senders.get(topic.senderId);
    return { dispatch, sender: { ...sender, faq: await this.faqs.entries(sender.id) }, topic };
  }
}

/** The campaign goes out by the one channel, and the test was to go by the other. */
function onlyBy(channel: Channel): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: channel === 'sms' ? 'TEST_NEEDS_PHONE' : 'TEST_NEEDS_EMAIL',
    message:
      channel === 'sms'
        ? 'This campaign goes out by SMS: a test of it goes to phones of the team. Add one at /v1/team-addresses.'
        : 'This campaign goes out by email alone: a test of it goes to email addresses of the team. With an smsTemplateId it would go to phones, too.',
  });
}
