import { Injectable } from '@nestjs/common';
import { networkOf, RateLimits } from '#access';
import { AddressHasher, type Channel, DomainError, formatId, type Locale } from '#common';
import {
  type Confirmation,
  type ConfirmationPress,
  ConfirmationsService,
  ConsentsService,
  type Evidence,
} from '#consent';
import { type Contact, ContactsService } from '#contacts';
import { Database } from '#database';
import { JobQueue } from '#queue';
import { type FormChoice, wordingShown } from './form-wording.js';
import { addressMissing, choiceNotOffered, formArchived } from './form.errors.js';
import { type Form } from './forms.service.js';
import { IncentivesService } from './incentives.service.js';
import { SIGN_UPS_PER_ADDRESS, SIGN_UPS_PER_NETWORK } from './sign-up-limits.js';
import { LONGEST_FIRST_NAME, typedLine } from './typed-line.js';

/** Two sign-ups of the same new person at once: one inserts, the other finds that. */
const TRIES = 3;
const lostRaces = new Set(['EMAIL_TAKEN', 'PHONE_TAKEN']);

/** What somebody typed and ticked. Nobody knows yet who it was. */
export interface SignUp {
  /** With the version of the wording that was shown. */
  form: Form;
  /** Normalised. */
  email: string | null;
  phone: string | null;
  firstName: string | null;
  choices: Pick<FormChoice, 'topicId' | 'channel'>[];
  locale: Locale;
  evidence: Pick<Evidence, 'ip' | 'userAgent' | 'source' | 'method' | 'more'>;
  /** Of the page around the form's wording; null when the page was the shop's own. */
  frame: { version: string; closing: string[] } | null;
  actor: string;
}

/**
 * Takes sign-ups. Whoever is behind an address, known or not, subscribed or not, the answer is the same: none. Nothing
 * is granted here; the confirmation mail asks whoever reads the address.
 */
@Injectable()
export class SignUpsService {
  constructor(
    private readonly db: Database,
    private readonly limits: RateLimits,
    private readonly hasher: AddressHasher,
    private readonly contacts: ContactsService,
    private readonly confirmations: ConfirmationsService,
    private readonly consents: ConsentsService,
    private readonly incentives: IncentivesService,
    private readonly queue: JobQueue,
  ) {}

  /** Counts a sign-up from here; false when there were too many. An IP that cannot be read counts as one like it. */
  mayAsk(ip: string | undefined): Promise<boolean> {
    return this.limits.take(SIGN_UPS_PER_NETWORK, ip === undefined ? 'unknown' : networkOf(ip));
  }

  /**
   * Whether it can be recorded, by the input alone and never by who is known.
   * @throws DomainError FORM_ARCHIVED, CHOICE_NOT_OFFERED, ADDRESS_MISSING
   */
  check(signUp: SignUp): void {
    const { form, choices } = signUp;
    if (form.state !== 'active') throw formArchived();
    const isOffered = ({ topicId, channel }: SignUp['choices'][number]): boolean =>
      form.wording.choices.some(one => one.topicId === topicId && one.channel === channel);
    if (choices.length === 0 || !choices.every(isOffered)) throw choiceNotOffered();
    for (const { channel } of choices) {
      if (channel === 'email' && signUp.email === null) throw addressMissing('email');
      if (channel === 'sms' && signUp.phone === null) throw addressMissing('phone');
    }
  }

  /**
   * Records a sign-up and has the mail sent. Returns when it is recorded; nothing of what was found is told. Throws as
   * `check`.
   */
  async submit(signUp: SignUp): Promise<void> {
    this.check(signUp);
    if (!(await this.#mayAskAbout(signUp))) return;
    for (let tries = 1; ; tries++) {
      try {
        await this.db.transaction(() => this.#record(signUp));
        break;
      } catch (error) {
        const lostTheRace = error instanceof DomainError && lostRaces.has(error.code);
        if (!lostTheRace || tries === TRIES) throw error;
      }
    }
    await this.queue.wake('send-confirmations', {});
  }

  /** Grants what was asked for, as ConfirmationsService.confirm, and has the incentive sent. */
  async confirm(token: string, press: ConfirmationPress): Promise<Confirmation | null> {
    const { confirmation, dispatchId } = await this.db.transaction(async () => {
      const answered = await this.confirmations.confirm(token, press);
      const isNew = answered?.fresh && answered.status === 'confirmed';
      return {
        confirmation: answered,
        dispatchId: isNew ? await this.incentives.give(answered.request) : null,
      };
    });
    if (dispatchId !== null) await this.incentives.begin(dispatchId);
    return confirmation;
  }

  #mayAskAbout({ email, phone }: SignUp): Promise<boolean> {
    const [channel, address] = email === null ? (['sms', phone] as const) : (['email', email] as const);
    return this.limits.take(SIGN_UPS_PER_ADDRESS, this.hasher.hash(channel, address ?? '').toString('hex'));
  }

  async #record(signUp: SignUp): Promise<void> {
    const { email, phone, locale } = signUp;
    const firstName = typedLine(signUp.firstName ?? '', LONGEST_FIRST_NAME) || null;
    const { contact, created } = await this.contacts.findOrCreate(email === null ? 'phone' : 'email', {
      ...{ email, phone, firstName, locale },
    });
    // A known person's phone is theirs; what was typed beside their email is not asked about.
    if (phone !== null && contact.phone === phone) await this.#ask(signUp, contact, 'sms', created);
    if (email !== null) await this.#ask(signUp, contact, 'email', created);
  }

  async #ask(signUp: SignUp, contact: Contact, channel: Channel, createdContact: boolean): Promise<void> {
    const { form, locale, frame, evidence, actor } = signUp;
    const asked = signUp.choices.filter(choice => choice.channel === channel);
    if (asked.length === 0) return;
    const version = `${formatId('form', form.id)}@${form.version}`;
    await this.confirmations.ask({
      ...{ contactId: contact.id, createdContact, channel, senderId: form.senderId },
      ...{ formId: form.id, formVersion: form.version, locale, actor },
      topics: asked.map(({ topicId }) => ({
        topicId,
        textShown: wordingShown(form.wording, { topicId, channel }, locale, frame?.closing),
      })),
      evidence: {
        ...evidence,
        textVersion: frame ? `${version}+${frame.version}` : version,
        privacyNoticeVersion: form.wording.privacyNoticeVersion ?? undefined,
      },
    });
  }
}
