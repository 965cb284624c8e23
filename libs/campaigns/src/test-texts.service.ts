import { Injectable } from '@nestjs/common';
import { AddressHasher, Clock, type Locale } from '#common';
import { type Grant, LawInForce, type Sender } from '#consent';
import {
  type Imagined,
  imagined,
  SingleTexts,
  SmsComposer,
  type SmsJob,
  SmsPeopleRepository,
  SmsSourcesService,
} from '#sending';
import { type CompiledSms, type MessageSubject, TemplatesService } from '#templates';
import { type Outcome } from '#transports';

/** What says that an SMS is a test; in the language of its text, as one Arabic letter more makes an English one dearer. */
const MARK: Record<Locale, string> = { en: '[Test]', ar: '[تجربة]' };

/** What of a campaign a test by SMS is made of. */
export interface TestText {
  dispatch: Omit<SmsJob['dispatch'], 'id' | 'notAfter'>;
  sender: Sender;
  templateId: number;
  person: Imagined;
  /** What the message is about, as far as the template asks for it. */
  subjectFor: (template: CompiledSms) => Promise<MessageSubject | undefined>;
}

/** A campaign's SMS to a phone of the team, as it would be but for a mark. Its short links and its way out lead nowhere. */
@Injectable()
export class TestTextsService {
  constructor(
    private readonly templates: TemplatesService,
    private readonly sources: SmsSourcesService,
    private readonly people: SmsPeopleRepository,
    private readonly laws: LawInForce,
    private readonly composer: SmsComposer,
    private readonly texts: SingleTexts,
    private readonly hasher: AddressHasher,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError RENDER_FAILED, SMS_SOURCE_MISSING, SMS_TOO_LONG, TEMPLATE_INCOMPLETE, TEMPLATE_INVALID */
  async send(grant: Grant, { dispatch, sender, templateId, person, subjectFor }: TestText): Promise<Outcome> {
    const { version } = await this.templates.get(templateId);
    const { address } = grant;
    const as = imagined(person, dispatch.messageClass, this.clock.now(), {
      ...{ address, phone: address, addressHash: this.hasher.hash('sms', address) },
      phoneCountry: await this.people.countryOf(address),
    });
    const job: SmsJob = {
      dispatch: { ...dispatch, id: 0, notAfter: null },
      sender,
      template: this.templates.compiledSms(version),
      sources: await this.sources.of(sender.id),
      laws: await this.laws.now(),
    };
    const { sms, rendered } = this.composer.compose(job, as, await subjectFor(job.template));
    const text = `${MARK[rendered.locale]} ${sms.text}`;
    return this.texts.sendNow({ sender, text, grant, validUntil: null, from: sms.from });
  }
}
