import { type Logger } from '#common';
import { type Grant, isGenuineGrant } from '#consent';
import { LONGEST_SMS } from '#templates';
import { cleanReply } from '../../clean-reply.js';
import { Slots, type SlotRefusal } from '../../slots.js';
import { type Outcome, type SendOptions, type SendPermit } from '../../transport.js';
import { type OutgoingSms, type SmsTransport } from '../sms-transport.js';
import { ApiHealth } from './api-health.js';
import {
  isSetting,
  readRefusal,
  spellings,
  standingOf,
  toOutcome,
  type TwilioRefusal,
} from './twilio-answer.js';
import { type Client, connectSdk, type Params, paramsOf, type TwilioOptions } from './twilio-client.js';
import {
  RequestExpired,
  RequestLost,
  RequestWithdrawn,
  TwilioHttp,
  type TwilioTimeouts,
} from './twilio-http.js';
import { WaitingRoom } from './waiting-room.js';

export const defaultTwilioTimeouts: TwilioTimeouts = {
  connect: 10_000,
  answer: 30_000,
  idle: 4_000,
  patience: 5_000,
  backoff: 500,
  longestBackoff: 60_000,
  close: 30_000,
};

/** E.164: at most 15 digits, the first no zero. */
const NUMBER = /^\+[1-9]\d{6,14}$/;
/** A status and a word, as in `201 queued`. */
const PLAIN = /^\d{3} [a-z]{1,20}$/;
const TOO_LATE = 'Its time was over before it could be sent.';
const UNREADABLE = 'The API gave no answer that can be read.';

/** One connection to the API: the SDK's client, and what speaks HTTP for it. */
interface Line {
  http: TwilioHttp;
  client: Client | null;
}

/** Sends SMS by Twilio's Messages API. No request is repeated here, nor by the SDK. */
export class TwilioTransport implements SmsTransport {
  readonly name = 'twilio';
  readonly capacity: number;
  readonly limits = [];
  readonly #relay: string;
  readonly #lines: Line[];
  readonly #slots: Slots<Line>;
  readonly #health: ApiHealth;
  readonly #room: WaitingRoom;

  constructor(
    private readonly options: TwilioOptions,
    logger: Logger,
  ) {
    const { connections, baseUrl, timeouts, ca } = options;
    this.capacity = connections;
    this.#relay = new URL(baseUrl).host;
    this.#lines = Array.from({ length: connections }, () => ({
      http: new TwilioHttp(baseUrl, timeouts, ca),
      client: null,
    }));
    this.#slots = new Slots(this.#lines);
    this.#health = new ApiHealth(this.#relay, timeouts, logger);
    this.#room = new WaitingRoom(this.#health);
  }

  async send(sms: OutgoingSms, grant: Grant, { permit }: SendOptions = {}): Promise<Outcome> {
    if (!isGenuineGrant(grant) || grant.channel !== 'sms' || grant.address !== sms.to) {
      throw new Error('The grant is not for this number: nothing was sent.');
    }
    const params = paramsOf(sms);
    if (!NUMBER.test(sms.to)) return refusedHere(21211, 'The recipient is not a phone number.');
    if (sms.text.trim() === '') return refusedHere(21602, 'The text is empty.');
    if (sms.text.length > LONGEST_SMS) return refusedHere(21617, 'The text has more than 1,600 characters.');
    if (sms.validSeconds !== null && sms.validSeconds < 1) return notAsked(TOO_LATE);
    const validUntil = sms.validSeconds === null ? null : performance.now() + sms.validSeconds * 1000;
    const { patience } = this.options.timeouts;
    const deadline = performance.now() + patience;
    if (this.#health.pause > patience) return this.#refuse('late');
    const line = await this.#slots.take(patience, permit);
    if (typeof line === 'string') return this.#refuse(line);
    try {
      const refusal = await this.#room.enter(deadline, permit);
      if (refusal) return this.#refuse(refusal);
      line.http.validUntil = validUntil;
      return await this.#ask(line, params, sms.to, permit);
    } finally {
      this.#room.leave();
      this.#slots.give(line);
    }
  }

  /** The Messages API takes no key (twilio.com/docs/messaging/api). */
  keyLifetime(): null {
    return null;
  }

  async close(): Promise<void> {
    this.#room.close();
    const timer = setTimeout(() => this.#hangUp(), this.options.timeouts.close);
    await this.#slots.close();
    clearTimeout(timer);
    this.#hangUp();
  }

  async #ask(line: Line, params: Params, to: string, permit: SendPermit | undefined): Promise<Outcome> {
    const relay = this.#relay;
    const { http } = line;
    const begun = performance.now();
    try {
      line.client ??= await connectSdk(this.options, http);
      http.permit = permit;
      const answer = await line.client.messages.create(params);
      const { sid, status } = answer as { sid: unknown; status: unknown };
      if (!isAbout(answer.to, to)) {
        // The answers on this connection are out of step with what is asked on it.
        http.close();
        return this.#doubt('The API answered about another message.');
      }
      if (typeof sid !== 'string' || !/^(?:SM|MM)/.test(sid)) return this.#doubt(UNREADABLE);
      this.#health.answered(begun);
      const text = `${http.last.status} ${String(status)}`;
      // Of the usual answer there is nothing to clean.
      const reply = PLAIN.test(text) ? text : cleanReply(text, spellings(to));
      return { state: 'accepted', relay, providerMessageId: sid, reply };
    } catch (error) {
      if (error instanceof RequestExpired) return notAsked(TOO_LATE);
      if (error instanceof RequestWithdrawn) return this.#refuse('withdrawn');
      if (error instanceof RequestLost) {
        const reply = cleanReply(error.message, spellings(to));
        if (error.begun) return this.#doubt(reply);
        this.#health.failed({ reply });
        return { ...notAsked(reply), relay };
      }
      const refusal = readRefusal(error, http.last.status);
      if (refusal) return this.#judge(refusal, to, begun, http.last.retryAfterMs);
      // The SDK could make nothing of an answer; what it is about has left.
      if (http.last.begun) return this.#doubt(UNREADABLE);
      throw error;
    } finally {
      http.permit = undefined;
    }
  }

  /** What a refusal says about the API, and about the message. */
  #judge(refusal: TwilioRefusal, to: string, begun: number, retryAfterMs: number): Outcome {
    const { code, status } = refusal;
    const trouble = { code, status, reply: cleanReply(refusal.text, spellings(to)) };
    const standing = standingOf(refusal);
    if (standing === 'doubtful') this.#health.doubtful(trouble);
    else if (standing === 'busy') this.#health.failed(trouble, retryAfterMs);
    else if (standing === 'closed') this.#health.failed(trouble, retryAfterMs, true);
    else this.#health.answered(begun);
    if (isSetting(refusal)) this.#health.tell(trouble, 'the SMS API refuses our sender or the country');
    return toOutcome(this.#relay, refusal, to);
  }

  #doubt(reply: string): Outcome {
    this.#health.doubtful({ reply });
    return { state: 'unknown', relay: this.#relay, reply };
  }

  #refuse(why: SlotRefusal): Outcome {
    if (why === 'withdrawn')
      return { ...notAsked('Sending was stopped before this message began.'), withdrawn: true };
    if (why === 'closed') return notAsked('The transport is closed.');
    return notAsked(
      this.#health.isSuspect
        ? `The SMS API is left alone: ${this.#health.cause}`
        : 'No connection to the SMS API became free in time.',
    );
  }

  #hangUp(): void {
    for (const { http } of this.#lines) http.close();
  }
}

/** Whether an answer is about a message to this number. Some countries' numbers Twilio writes anew, but for their ends. */
function isAbout(told: unknown, to: string): boolean {
  return typeof told !== 'string' || told === '' || told.slice(-7) === to.slice(-7);
}

function notAsked(reply: string): Outcome & { state: 'deferred' } {
  return { state: 'deferred', relay: '', reply, code: null, enhanced: null, offered: false };
}

function refusedHere(code: number, reply: string): Outcome {
  return { state: 'rejected', relay: '', reply, code, enhanced: null, offered: false };
}
