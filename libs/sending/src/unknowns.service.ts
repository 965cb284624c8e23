import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, LOGGER, type Logger, notFound } from '#common';
import { Gate } from '#consent';
import { Database } from '#database';
import { MessageSubjects } from '#templates';
import { EMAIL_TRANSPORT, type EmailTransport } from '#transports';
import { type Allowed } from './attempt.repository.js';
import { DispatchLoader } from './dispatch-loader.js';
import { EmailComposer, type EmailJob } from './email-composer.js';
import { type Evidence, type OperatorWord } from './evidence.js';
import { formatMessageId, type MessageKey } from './message-key.js';
import { type Message, MessageRepository } from './message.repository.js';
import { reasonText } from './message-reason.js';
import { SingleMailPacer } from './pacing/single-mail-pacer.js';
import { monthAt } from './pacing/local-calendar.js';
import { type Resendable, resendable } from './resendable.js';
import { ResendRepository, type ResendStep } from './resend.repository.js';
import { settle, type Settlement } from './settlement.js';
import { type SpendOf, SmsSpendRepository } from './sms/sms-spend.repository.js';
import { type Paid, UnknownRepository } from './unknown.repository.js';

/** How long whoever asked for a resend is kept waiting for its outcome, in milliseconds; it goes on without them. */
const ANSWER_WITHIN_MS = 20_000;

/**
 * What is done about messages that left and were not answered. They are never sent again by themselves: later evidence
 * decides, an operator's word does, or an operator has one resent by a relay that takes a message once.
 */
@Injectable()
export class UnknownsService {
  constructor(
    private readonly db: Database,
    private readonly unknowns: UnknownRepository,
    private readonly resends: ResendRepository,
    private readonly messages: MessageRepository,
    private readonly loader: DispatchLoader,
    private readonly composer: EmailComposer,
    private readonly subjects: MessageSubjects,
    private readonly gate: Gate,
    private readonly audit: AuditTrail,
    private readonly pacer: SingleMailPacer,
    private readonly spend: SmsSpendRepository,
    private readonly clock: Clock,
    @Inject(EMAIL_TRANSPORT) private readonly transport: EmailTransport,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  count(dispatchId: number): Promise<number> {
    return this.unknowns.count(dispatchId);
  }

  /** Whether it could be resent now, as far as can be said without asking the gate. */
  resendable(message: Message): Resendable {
    return resendable(message, this.transport, this.clock.now());
  }

  /**
   * Later evidence that a message was taken. Of a message whose answer is known it changes nothing; one that is being
   * sent it decides should no answer come.
   * @returns whether the message is known now because of it.
   */
  async resolve(dispatchId: number, contactId: number, evidence: Evidence): Promise<boolean> {
    const key = { dispatchId, contactId };
    const now = this.clock.now();
    return this.db.transaction(
      async () => (await this.unknowns.keep(key, evidence, now)) && (await this.#decide(key, now)) > 0,
    );
  }

  /**
   * Later evidence of many messages, each named once, as `resolve` takes it of one.
   * @returns how many messages are known now; evidence that had come too early may be among what decided them.
   */
  async resolveAll(evidence: readonly (MessageKey & Evidence)[]): Promise<number> {
    const now = this.clock.now();
    return this.db.transaction(async () => {
      await this.unknowns.keepAll(evidence, now);
      return this.#decide(null, now);
    });
  }

  /** Decides what evidence came too early for: its attempt was still open then. */
  async sweep(): Promise<void> {
    const now = this.clock.now();
    await this.db.transaction(() => this.#decide(null, now));
  }

  /**
   * An operator's word for it, who looked it up. What was not sent gives its money back.
   * @throws DomainError MESSAGE_NOT_FOUND, MESSAGE_NOT_UNKNOWN
   */
  resolveByHand(key: MessageKey, word: OperatorWord, reason: string, actor: string): Promise<Message> {
    return this.db.transaction(async () => {
      const before = await this.#get(key);
      const paid = await this.unknowns.decideByHand(key, word, reason, actor, this.clock.now());
      if (!paid) throw notUnknown(before);
      if (word === 'not_sent' && paid.cost) await this.spend.giveBack(accountOf(paid), paid.cost);
      await this.audit.record(actor, 'message.resolved', formatMessageId(key), { as: word });
      return this.#get(key);
    });
  }

  /**
   * Sends an unknown message again, through the same relay and under the same key, if the gate allows it now.
   * @returns the message as it stands after the attempt, or still `attempting` when the relay takes its time.
   * @throws DomainError MESSAGE_NOT_FOUND, MESSAGE_NOT_UNKNOWN, RESEND_RELAY_NOT_KNOWN, RESEND_NEEDS_KEY, RESEND_TOO_LATE,
   * RESEND_STOPPED, RESEND_ADDRESS_CHANGED, RESEND_DENIED, RESEND_NOT_NOW
   */
  async resend(key: MessageKey, actor: string): Promise<Message> {
    const message = await this.#get(key);
    if (message.state !== 'unknown') throw notUnknown(message);
    const may = this.resendable(message);
    if (!may.possible) throw refused(may.code, may.message);
    const job = await this.loader.load(key.dispatchId);
    const { senderId, messageClass } = job.dispatch;
    const turn = await this.pacer.takeOne({
      ...{ senderId, dispatchId: key.dispatchId, relay: may.relay, fromEmail: job.sender.fromEmail },
      urgent: messageClass === 'transactional',
    });
    if (turn.waitMs > 0) throw limited(turn.waitMs);
    const step = await this.resends.begin(key, job.dispatch, this.clock.now());
    if (!step?.allowed || step.chunkId === null) {
      await turn.spare();
      throw step === null ? notUnknown(await this.#get(key)) : whyNot(step);
    }
    await this.audit.record(actor, 'message.resent', formatMessageId(key), { relay: may.relay });
    const sending = this.#send(key, job, step.allowed, step.chunkId, may.relay, actor);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>(resolve => (timer = setTimeout(resolve, ANSWER_WITHIN_MS)));
    await Promise.race([sending, patience]);
    clearTimeout(timer);
    return this.#get(key);
  }

  /** Never rejects. */
  async #send(
    key: MessageKey,
    job: EmailJob,
    person: Allowed,
    chunkId: number,
    relay: string,
    actor: string,
  ): Promise<void> {
    let result: Settlement;
    const stillUnknown = (reply: string): Settlement => ({
      ...{ contactId: key.contactId, attempt: person.attempt, state: 'unknown', reason: 'RESEND_NOT_TAKEN' },
      ...{ relay, providerMessageId: null, reply, retryAt: null },
    });
    try {
      const { contactId, dispatchId } = key;
      const about = await this.subjects.of(job.template, [contactId], { dispatchId });
      const email = this.composer.compose(job, person, about(contactId));
      const grant = this.gate.mint(person, job.dispatch.channel, job.dispatch.messageClass);
      const outcome = await this.transport.send(email, grant, { relay });
      // That this attempt was not sent says nothing of the first.
      result =
        outcome.state === 'deferred'
          ? stillUnknown(outcome.reply)
          : settle(key.contactId, person.attempt, outcome, this.clock.now(), 0);
    } catch (error) {
      if (!(error instanceof DomainError)) this.logger.error({ err: error }, 'a resend could not be written');
      result = stillUnknown(error instanceof Error ? error.message.slice(0, 500) : String(error));
    }
    try {
      await this.resends.end(key, chunkId, result, actor, this.clock.now());
    } catch (error) {
      this.logger.error(
        { err: error },
        'a resend could not be settled; it is unknown once its lease is over',
      );
    }
  }

  /** In a transaction. What an operator had called not sent, and was, is paid for all the same. */
  async #decide(key: MessageKey | null, now: Date): Promise<number> {
    const decided = await this.unknowns.decide(key, now);
    for (const message of decided)
      if (!message.wasUnknown && message.cost) await this.spend.takeAgain(accountOf(message), message.cost);
    return decided.length;
  }

  async #get(key: MessageKey): Promise<Message> {
    const message = await this.messages.find(key);
    if (!message) throw notFound('message', formatMessageId(key));
    return message;
  }
}

function accountOf({ dispatchId, senderId, timeZone, allowedAt }: Paid): SpendOf {
  return { dispatchId, senderId, month: monthAt(allowedAt, timeZone) };
}

function refused(code: string, message: string, retryable = false): DomainError {
  return new DomainError({ kind: 'conflict', code, message, retryable });
}

function limited(waitMs: number): DomainError {
  const seconds = Math.ceil(waitMs / 1000);
  const message = `A limit on how fast is sent (campaign, sender, relay or warm-up) leaves no room now. Try again in ${seconds} s.`;
  return refused('RESEND_NOT_NOW', message, true);
}

function notUnknown({ state }: Message): DomainError {
  return refused('MESSAGE_NOT_UNKNOWN', `What became of this message is known: it is ${state}.`);
}

function whyNot({ running, denial, deferUntil, deferReason, gone }: ResendStep): DomainError {
  if (!running) {
    return refused(
      'RESEND_STOPPED',
      'Its campaign is paused, cancelled or past its "not later than", or is being changed this moment. Resume it, or try again.',
      true,
    );
  }
  if (denial !== null) {
    return refused('RESEND_DENIED', `The person may not be written to any more: ${reasonText(denial, 'en')}`);
  }
  if (deferUntil !== null && deferReason !== null) {
    const when = `Try again from ${deferUntil.toISOString()} on.`;
    return refused('RESEND_NOT_NOW', `Not now: ${reasonText(deferReason, 'en')} ${when}`, true);
  }
  if (gone) return refused('RESEND_DENIED', 'The contact was deleted. Resolve the message by hand.');
  return refused(
    'RESEND_ADDRESS_CHANGED',
    'The person’s address has changed since, and the relay would refuse the key for another address. Resolve it by hand.',
  );
}
