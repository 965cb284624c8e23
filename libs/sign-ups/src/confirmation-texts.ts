import { Inject, Injectable } from '@nestjs/common';
import { Clock, localize, toLocale } from '#common';
import { CONFIG, type Config } from '#config';
import { type ConfirmationMail, type MailOutcome, SendersService } from '#consent';
import { SmsPeopleRepository, SmsPurses, SmsSourcesService, sourceFor, toSource } from '#sending';
import { sizeOfSms } from '#templates';
import { SMS_TRANSPORT, type SmsTransport } from '#transports';
import { confirmationSms } from './confirmation-sms.js';

/** It advertises nothing, and bears no mark of advertisements. */
const NO_MARK = { prefix: '', suffix: '' };

/** Asks by SMS. It spends of the sender's month, so that nobody can empty a shop's account with strangers' numbers. */
@Injectable()
export class ConfirmationTexts {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(SMS_TRANSPORT) private readonly transport: SmsTransport,
    private readonly senders: SendersService,
    private readonly sources: SmsSourcesService,
    private readonly people: SmsPeopleRepository,
    private readonly purses: SmsPurses,
    private readonly clock: Clock,
  ) {}

  /** @throws Error before anything was sent */
  async send({ request, token, grant }: ConfirmationMail, isFresh: () => boolean): Promise<MailOutcome> {
    const sender = await this.senders.get(request.senderId);
    const country = await this.people.countryOf(grant.address);
    const source = sourceFor(await this.sources.of(sender.id), country);
    if (!source) return notSent('The sender has no number or name for phones of that country.');
    const locale = toLocale(request.locale, sender.defaultLocale);
    const topics: string[] = [];
    for (const topicId of request.topicIds)
      topics.push(localize((await this.senders.getTopic(topicId)).name, locale));
    const text = confirmationSms(sender, locale, topics, `${this.config.publicUrl}/c/${token}`);
    const purse = await this.purses.ofSender(sender);
    const price = purse.priceOf(country, source.value);
    const cost = price === null ? null : price * sizeOfSms(text).parts;
    const { taken } = await purse.take([cost]);
    if (taken[0] !== true) return notSent('The month has no budget left for it.');
    const giveBack = (): Promise<void> => (cost === null ? Promise.resolve() : purse.giveBack(cost));
    if (!isFresh()) {
      await giveBack();
      return notSent('The permission had grown old.');
    }
    let outcome: MailOutcome;
    try {
      const left = request.expiresAt.getTime() - this.clock.now().getTime();
      const sms = { from: toSource(source, false, NO_MARK), to: grant.address, text, statusUrl: null };
      const validSeconds = Math.max(1, Math.floor(left / 1000));
      outcome = await this.transport.send({ ...sms, validSeconds }, grant);
    } catch (error) {
      // A transport throws only before anything is sent.
      await giveBack();
      throw error;
    }
    if (outcome.state === 'deferred' || outcome.state === 'rejected') await giveBack();
    return outcome;
  }
}

function notSent(reply: string): MailOutcome {
  return { state: 'deferred', relay: '', reply };
}
