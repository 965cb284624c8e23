import { Inject, Injectable } from '@nestjs/common';
import { Clock, LOGGER, type Logger, TokenSigner } from '#common';
import { CONFIG, type Config } from '#config';
import { readSmsToken } from '#sending';
import { FeedbackService } from '../feedback.service.js';
import { type Refusal, refused } from '../providers/index.js';
import { readInboundSms } from './inbound-sms.js';
import { InboundSmsService } from './inbound-sms.service.js';
import { twiml } from './sms-answer.js';
import { readTwilioCall, type TwilioRequest } from './twilio-call.js';
import { fromStatus } from './twilio-status.js';

/** How a call is answered: with TwiML, or (null) with nothing to say. */
export type TwilioAnswer = { kind: 'taken'; twiml: string | null } | { kind: 'unknown' } | Refusal;

/** What Twilio tells: what became of messages, and what people write to our numbers. */
@Injectable()
export class TwilioWebhooksService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly feedback: FeedbackService,
    private readonly inbound: InboundSmsService,
    private readonly signer: TokenSigner,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** What became of the message that the token stands for; it is kept, and a worker acts upon it then. */
  async status(token: string, request: TwilioRequest): Promise<TwilioAnswer> {
    const call = this.#read(request);
    if (call.kind === 'refused') return call;
    const key = readSmsToken(this.signer, 'status', token);
    if (!key) return { kind: 'unknown' };
    const told = fromStatus(call.fields, key, this.clock.now());
    if (told === 'unreadable') return unreadable('MessageSid and MessageStatus');
    if (told) await this.feedback.record([told]);
    return { kind: 'taken', twiml: null };
  }

  /** What somebody wrote; all that follows is done when this returns. */
  async message(request: TwilioRequest): Promise<TwilioAnswer> {
    const call = this.#read(request);
    if (call.kind === 'refused') return call;
    const sms = readInboundSms(call.fields);
    if (!sms) return unreadable('From, To, Body and MessageSid');
    return { kind: 'taken', twiml: twiml(await this.inbound.take(sms)) };
  }

  #read(request: TwilioRequest): ReturnType<typeof readTwilioCall> {
    const call = readTwilioCall(request, this.config);
    if (call.kind === 'refused')
      this.logger.warn({ provider: 'twilio', code: call.code }, 'a webhook was refused');
    return call;
  }
}

function unreadable(fields: string): Refusal {
  return refused('WEBHOOK_UNREADABLE', `A call of this kind has ${fields}.`);
}
