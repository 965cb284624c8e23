import { Inject, Injectable } from '@nestjs/common';
import { localize, toLocale } from '#common';
import { CONFIG, type Config } from '#config';
import { type ConfirmationMail, type MailOutcome, SendersService } from '#consent';
import { type SingleTurn, SingleTexts } from '#sending';
import { confirmationSms } from './confirmation-sms.js';

/** Asks by SMS. It spends of the sender's month, so that nobody can empty a shop's account with strangers' numbers. */
@Injectable()
export class ConfirmationTexts {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly senders: SendersService,
    private readonly texts: SingleTexts,
  ) {}

  /** Limits hold for them as for campaigns: the sender's, and that of the number they come from. */
  takeTurn(senderId: number, phone: string): Promise<SingleTurn> {
    return this.texts.takeTurn(senderId, phone);
  }

  /** @throws Error before anything was sent */
  async send({ request, token, grant }: ConfirmationMail, isFresh: () => boolean): Promise<MailOutcome> {
    const sender = await this.senders.get(request.senderId);
    const locale = toLocale(request.locale, sender.defaultLocale);
    const topics: string[] = [];
    for (const topicId of request.topicIds)
      topics.push(localize((await this.senders.getTopic(topicId)).name, locale));
    const text = confirmationSms(sender, locale, topics, `${this.config.publicUrl}/c/${token}`);
    return this.texts.send({ sender, text, grant, validUntil: request.expiresAt, isFresh });
  }
}
