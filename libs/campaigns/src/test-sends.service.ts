import { Inject, Injectable } from '@nestjs/common';
import { AddressHasher, Clock, DomainError, type Locale } from '#common';
import { messageClassOf, SendersService, TeamAddressesService } from '#consent';
import { ContactsService } from '#contacts';
import { type Dispatch, EmailComposer, type EmailJob, imagined } from '#sending';
import { FaqsService, TemplatesService } from '#templates';
import { EMAIL_TRANSPORT, type EmailTransport, type Outcome } from '#transports';
import { type Campaign } from './campaign.entity.js';
import { notReady } from './campaign.errors.js';
import { topicForTracking } from './readiness.js';

/** Shows when no contact is chosen to render as. */
const SAMPLE_PERSON = {
  ar: { firstName: 'ليلى', lastName: 'حسن' },
  en: { firstName: 'Layla', lastName: 'Hassan' },
} as const;

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
    private readonly faqs: FaqsService,
    private readonly contacts: ContactsService,
    private readonly team: TeamAddressesService,
    private readonly composer: EmailComposer,
    private readonly hasher: AddressHasher,
    private readonly clock: Clock,
    @Inject(EMAIL_TRANSPORT) private readonly transport: EmailTransport,
  ) {}

  /** @throws DomainError CAMPAIGN_NOT_READY, TEAM_ADDRESS_NOT_VERIFIED, CONTACT_NOT_FOUND, RENDER_FAILED */
  async send(campaign: Campaign, request: TestSend): Promise<{ to: string; outcome: Outcome }[]> {
    const grants = await this.team.grantsFor(request.to);
    const job = await this.#job(campaign);
    const contact = request.asContactId === null ? null : await this.contacts.get(request.asContactId);
    const person = contact ?? {
      ...SAMPLE_PERSON[request.locale],
      ...{ email: null, phone: null, locale: request.locale, country: null, timeZone: null, attributes: {} },
    };
    const answers: { to: string; outcome: Outcome }[] = [];
    for (const grant of grants) {
      const { address } = grant;
      const addressHash = this.hasher.hash('email', address);
      const { messageClass } = job.dispatch;
      const as = imagined(person, messageClass, this.clock.now(), { address, email: address, addressHash });
      const email = this.composer.compose(job, as);
      const outcome = await this.transport.send(
        { ...email, subject: `[Test] ${email.subject}`, idempotencyKey: null },
        grant,
      );
      answers.push({ to: grant.address, outcome });
    }
    return answers;
  }

  async #job(campaign: Campaign): Promise<EmailJob> {
    const { topicId, templateId } = campaign;
    if (campaign.channel !== 'email') throw onlyEmail();
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
        smartEncoding: false,
        shortLinks: false,
        byPerson: false,
      },
      ...{ frozen: null, excluded: null, createdAt: this.clock.now(), frozenAt: null, endedAt: null },
    };
    const sender = await this.senders.get(topic.senderId);
    if (!sender.fromEmail) {
      throw notReady([
        { path: 'sender.fromEmail', code: 'MISSING', message: 'A test needs an address to come from.' },
      ]);
    }
    const faq = await this.faqs.entries(sender.id);
    return {
      dispatch,
      sender: { ...sender, faq },
      topic,
      template: await this.templates.compile(version.id),
    };
  }
}

function onlyEmail(): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'TEST_NEEDS_EMAIL',
    message:
      "Tests go to the team's email addresses, and this campaign goes out by SMS. Preview its template instead: the preview is what would be sent, to the last character.",
  });
}
