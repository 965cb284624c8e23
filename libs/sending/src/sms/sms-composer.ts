import { Inject, Injectable } from '@nestjs/common';
import { Clock, DomainError, TokenSigner } from '#common';
import { CONFIG, type Config } from '#config';
import { type LawsNow } from '#consent';
import {
  type CompiledSms,
  LONGEST_SMS,
  type MessageSubject,
  type RenderedSms,
  type SenderIdentity,
  type SmsWayOut,
} from '#templates';
import { type OutgoingSms } from '#transports';
import { type Allowed } from '../attempt.repository.js';
import { type Dispatch } from '../dispatch.js';
import { sourceFor, type SourceOfSender, toSource } from './sms-source.js';
import { signShortLink, signSmsToken } from './sms-token.js';

/** What all SMS of a dispatch share, loaded once. */
export interface SmsJob {
  dispatch: Pick<
    Dispatch,
    'id' | 'name' | 'senderId' | 'messageClass' | 'smartEncoding' | 'shortLinks' | 'notAfter'
  >;
  sender: SenderIdentity & { country: string | null };
  template: CompiledSms;
  sources: readonly SourceOfSender[];
  laws: LawsNow;
}

/** One person's SMS, and what it comes to. */
export interface ComposedSms {
  /** Without the time it may take, which is counted from when it leaves: `timed`. */
  sms: OutgoingSms;
  /** What waits in the provider's queue must not arrive after this: the end of hours, or of the dispatch. */
  endsAt: Date | null;
  rendered: RenderedSms;
  source: SourceOfSender;
}

/** Where Twilio tells what became of a message; behind it stands the message's token. */
export const STATUS_PATH = '/webhooks/twilio/status';

/** Makes one person's SMS: the rendered text with what the law wants in it, from whom, and for how long it is worth sending. */
@Injectable()
export class SmsComposer {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly signer: TokenSigner,
    private readonly clock: Clock,
  ) {}

  /**
   * @param subject what it is about; undefined: its template names nothing of it
   * @throws DomainError RENDER_FAILED, SMS_SOURCE_MISSING, SMS_TOO_LONG: definite, nothing was sent.
   */
  compose(job: SmsJob, person: Allowed, subject?: MessageSubject): ComposedSms {
    const { dispatch, sender, laws } = job;
    const source = sourceFor(job.sources, person.phoneCountry);
    if (!source) throw noSource(person.phoneCountry);
    const network = laws.of(person.phoneCountry);
    const { footer, marketingStatement } = laws.duties([person.country, person.phoneCountry, sender.country]);
    const key = { dispatchId: dispatch.id, contactId: person.contactId };
    const rendered = job.template.render(person, {
      ...{ sender, campaignName: dispatch.name, messageClass: dispatch.messageClass, subject },
      ...{ fields: footer.sms, marketingStatement, smartEncoding: dispatch.smartEncoding },
      shortLink:
        dispatch.shortLinks && network['shortLinks.sms'].value
          ? (locale, link) =>
              `${this.config.publicUrl}/r/${signShortLink(this.signer, { dispatchId: dispatch.id, locale, link })}`
          : null,
      wayOut:
        dispatch.messageClass === 'transactional'
          ? null
          : this.#wayOut(source.kind !== 'name' && network['replies.sms'].value, key),
    });
    if (rendered.text.length > LONGEST_SMS) throw tooLong(rendered.text.length);
    const sms: OutgoingSms = {
      from: toSource(source, dispatch.messageClass === 'marketing', network['mark.smsSender'].value),
      to: person.address,
      text: rendered.text,
      statusUrl: `${this.config.publicUrl}${STATUS_PATH}/${signSmsToken(this.signer, 'status', key)}`,
      validSeconds: null,
    };
    const ends = [dispatch.notAfter, person.closesAt].filter(end => end !== null);
    const endsAt = ends.length > 0 ? new Date(Math.min(...ends.map(end => end.getTime()))) : null;
    return { sms, endsAt, rendered, source };
  }

  #wayOut(canReply: boolean, key: { dispatchId: number; contactId: number }): SmsWayOut {
    return canReply
      ? { kind: 'reply' }
      : { kind: 'link', url: `${this.config.publicUrl}/u/${signSmsToken(this.signer, 'way-out', key)}` };
  }

  /** The same as it leaves now. The transport sends nothing that has less than a second. */
  timed(sms: OutgoingSms, endsAt: Date | null): OutgoingSms {
    if (endsAt === null) return sms;
    const left = endsAt.getTime() - this.clock.now().getTime();
    return { ...sms, validSeconds: Math.max(0, Math.floor(left / 1000)) };
  }
}

function noSource(country: string | null): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'SMS_SOURCE_MISSING',
    message: `The sender has no number or name that SMS to phones of ${country ?? 'an unknown country'} come from. Set one at /v1/senders/:id/sms-sources.`,
  });
}

function tooLong(length: number): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'SMS_TOO_LONG',
    message: `With its legal text it has ${length} characters; at most ${LONGEST_SMS} can be sent.`,
  });
}
