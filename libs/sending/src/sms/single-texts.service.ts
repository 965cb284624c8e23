import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { type Grant, type Sender } from '#consent';
import { sizeOfSms } from '#templates';
import { type Outcome, SMS_TRANSPORT, type SmsSource, type SmsTransport } from '#transports';
import { SingleMailPacer, type SingleTurn } from '../pacing/single-mail-pacer.js';
import { SmsClosuresService } from './sms-closures.service.js';
import { SmsPeopleRepository } from './sms-people.repository.js';
import { SmsPurses } from './sms-purses.js';
import { sourceFor, type SourceOfSender, toSource } from './sms-source.js';
import { SmsSourcesService } from './sms-sources.service.js';

/** An SMS that goes by itself and advertises nothing: a confirmation, a test. */
export interface SingleText {
  sender: Pick<Sender, 'id' | 'timeZone'>;
  text: string;
  grant: Grant;
  /** After this it is not worth delivering; null: it may take its time. */
  validUntil: Date | null;
  /** Asked last, before it leaves. */
  isFresh?: () => boolean;
  /** As it was composed, with the mark of an advertisement; else the source as it stands. */
  from?: SmsSource;
}

/** It advertises nothing, and bears no mark of advertisements. */
const NO_MARK = { prefix: '', suffix: '' };

/**
 * SMS that go by themselves: under the rate of what they come from, on the account of the sender's month, and not to a country
 * that is closed. They leave no trace in the ledger of messages; whoever sends them keeps what became of them.
 */
@Injectable()
export class SingleTexts {
  constructor(
    @Inject(SMS_TRANSPORT) private readonly transport: SmsTransport,
    private readonly sources: SmsSourcesService,
    private readonly people: SmsPeopleRepository,
    private readonly closures: SmsClosuresService,
    private readonly purses: SmsPurses,
    private readonly pacer: SingleMailPacer,
    private readonly clock: Clock,
  ) {}

  /** A token of the sender's and of the source's rate, for one part; what the text takes beyond that is taken when it leaves. */
  async takeTurn(senderId: number, phone: string): Promise<SingleTurn> {
    const { source } = await this.#wayTo(senderId, phone);
    const more = source?.rate ? { source: source.value } : {};
    return this.pacer.takeOne({ senderId, fromEmail: null, urgent: true, noRelay: true, ...more });
  }

  /** Takes its turn and sends it, or says that limits leave no room now. Throws as `send`. */
  async sendNow(text: SingleText): Promise<Outcome> {
    const turn = await this.takeTurn(text.sender.id, text.grant.address);
    if (turn.waitMs > 0)
      return notSent(
        `A limit on how fast is sent leaves no room now; try again in ${Math.ceil(turn.waitMs / 1000)} s.`,
      );
    const outcome = await this.send(text);
    if ('offered' in outcome && outcome.offered === false) await turn.spare();
    return outcome;
  }

  /** @throws Error before anything was sent, for a fault of the program */
  async send({ sender, text, grant, validUntil, isFresh, from }: SingleText): Promise<Outcome> {
    const { source, country } = await this.#wayTo(sender.id, grant.address);
    if (!source) return notSent('The sender has no number or name for phones of that country.');
    if (await this.closures.isClosed(sender.id, country))
      return notSent('The provider takes no SMS to that country (/v1/sms-closures).');
    const { parts } = sizeOfSms(text);
    const purse = await this.purses.ofSender(sender);
    const price = purse.priceOf(country, source.value);
    const cost = price === null ? null : price * parts;
    const { taken } = await purse.take([cost]);
    if (taken[0] !== true) return notSent('The month has no budget left for it.');
    const giveBack = (): Promise<void> => (cost === null ? Promise.resolve() : purse.giveBack(cost));
    if (isFresh?.() === false) {
      await giveBack();
      return notSent('The permission had grown old.');
    }
    const sentAt = this.clock.now();
    let outcome: Outcome;
    try {
      if (source.rate) await this.pacer.alsoTook(source.value, parts - 1);
      const validSeconds =
        validUntil && Math.max(1, Math.floor((validUntil.getTime() - sentAt.getTime()) / 1000));
      const sms = {
        from: from ?? toSource(source, false, NO_MARK),
        to: grant.address,
        text,
        statusUrl: null,
      };
      outcome = await this.transport.send({ ...sms, validSeconds }, grant);
    } catch (error) {
      // A transport throws only before anything is sent.
      await giveBack();
      throw error;
    }
    if (outcome.state === 'deferred' || outcome.state === 'rejected') {
      await giveBack();
      if (outcome.code !== null)
        await this.closures.refused([{ source: source.value, country, code: outcome.code, sentAt }]);
    }
    return outcome;
  }

  async #wayTo(
    senderId: number,
    phone: string,
  ): Promise<{ source: SourceOfSender | null; country: string | null }> {
    const country = await this.people.countryOf(phone);
    return { country, source: sourceFor(await this.sources.of(senderId), country) };
  }
}

function notSent(reply: string): Outcome {
  return { state: 'deferred', relay: '', reply, code: null, enhanced: null, offered: false };
}
