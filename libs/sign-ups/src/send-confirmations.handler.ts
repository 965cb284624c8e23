import { Inject, Injectable } from '@nestjs/common';
import { Clock, LOGGER, localize, type Logger, toLocale } from '#common';
import { CONFIG, type Config } from '#config';
import {
  ConfirmationLinks,
  type ConfirmationMail,
  ConfirmationMailsService,
  type MailOutcome,
  type MailPace,
  SendersService,
} from '#consent';
import { type JobHandler, JobQueue } from '#queue';
import { SingleMailPacer } from '#sending';
import { EMAIL_TRANSPORT, type EmailTransport, type OutgoingEmail } from '#transports';
import { ConfirmationTexts } from './confirmation-texts.js';
import { confirmationMail } from './confirmation-mail.js';

/** Mails on the wire at the same time; a campaign under way keeps most of the relay's connections. */
const LANES = 4;
/** Mails of one pass, so that a worker that stops is not kept by a long queue. */
const MOST = 100;
/** A permission this old is not used any more, in milliseconds: meanwhile the person may have answered. */
const STALE_MS = 30_000;
const SETTLE_WAITS_MS = [100, 500, 2000];

/** Sends the mails and SMS that ask to confirm: those that are due now, whether a wake-up or the sweep says so. */
@Injectable()
export class SendConfirmationsHandler implements JobHandler<'send-confirmations'> {
  readonly job = 'send-confirmations';

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(EMAIL_TRANSPORT) private readonly transport: EmailTransport,
    private readonly mails: ConfirmationMailsService,
    private readonly links: ConfirmationLinks,
    private readonly senders: SendersService,
    private readonly texts: ConfirmationTexts,
    private readonly pacer: SingleMailPacer,
    private readonly queue: JobQueue,
    private readonly clock: Clock,
  ) {}

  async handle(): Promise<void> {
    let sent = 0;
    const lane = async (): Promise<void> => {
      while (sent < MOST) {
        const askedAt = performance.now();
        const mail = await this.mails.next(this.#pace);
        if (!mail) return;
        sent++;
        await this.#settle(mail, await this.#send(mail, askedAt));
      }
    };
    await Promise.all(Array.from({ length: Math.min(LANES, this.transport.capacity) }, lane));
    if (sent >= MOST) await this.queue.wake('send-confirmations', {});
  }

  async sweep(): Promise<void> {
    await this.mails.reap();
    await this.handle();
  }

  /** Limits hold for these mails too. A warm-up counts them; who has just typed an address is not told to wait for tomorrow. */
  readonly #pace: MailPace = async ({ senderId, channel, address }) => {
    if (channel === 'sms') return this.texts.takeTurn(senderId, address ?? '');
    const { fromEmail } = await this.senders.get(senderId);
    return this.pacer.takeOne({ senderId, fromEmail, urgent: true });
  };

  /** Never rejects: what throws here, throws before anything was sent. */
  async #send(mail: ConfirmationMail, askedAt: number): Promise<MailOutcome> {
    try {
      const isFresh = (): boolean => performance.now() - askedAt <= STALE_MS;
      if (mail.request.channel === 'sms') return await this.texts.send(mail, isFresh);
      const email = await this.#compose(mail);
      if (!isFresh()) return notSent('The permission had grown old.');
      return await this.transport.send(email, mail.grant);
    } catch (error) {
      const request = mail.request.id;
      this.logger.error(
        { request, err: error },
        'a confirmation mail could not be written; it is tried again',
      );
      return notSent('The mail could not be written.');
    }
  }

  async #compose({ request, kind, token, grant }: ConfirmationMail): Promise<OutgoingEmail> {
    const sender = await this.senders.get(request.senderId);
    const locale = toLocale(request.locale, sender.defaultLocale);
    const from = sender.fromEmail ?? '';
    const topics: string[] = [];
    for (const topicId of request.topicIds) {
      topics.push(localize((await this.senders.getTopic(topicId)).name, locale));
    }
    return confirmationMail({
      ...{ kind, sender, locale, topics, to: grant.address, now: this.clock.now() },
      ...{ requestedAt: request.requestedAt, expiresAt: request.expiresAt },
      url: `${this.config.publicUrl}/c/${token}`,
      messageId: this.links.messageId(request.id, kind, from.slice(from.lastIndexOf('@') + 1)),
    });
  }

  /** The mail is out; a database that hiccups must not make it unknown. Given up, the reaper says so. */
  async #settle(mail: ConfirmationMail, outcome: MailOutcome): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await this.mails.settle(mail, outcome);
        return;
      } catch (error) {
        const wait = SETTLE_WAITS_MS[tries];
        if (wait === undefined) throw error;
        await new Promise(resolve => setTimeout(resolve, wait));
      }
    }
  }
}

function notSent(reply: string): MailOutcome {
  return { state: 'deferred', relay: '', reply };
}
