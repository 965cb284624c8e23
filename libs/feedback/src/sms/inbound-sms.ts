import { normalizePhone } from '#contacts';
import { storable } from '#database';
import { type FeedbackKind, type HeldReason } from '../feedback.js';
import { readSms, type SmsCommand } from './sms-command.js';
import { type SmsKeywords } from './sms-keywords.js';
import { type TwilioFields } from './twilio-call.js';

/** Characters of a message that are kept; ten parts have 1,530. */
const LONGEST_TEXT = 5000;

/** An SMS that came to a number of ours, as Twilio tells of it. */
export interface InboundSms {
  messageSid: string;
  /** E.164; null: from no phone, such as a short code or a name. */
  from: string | null;
  to: string;
  serviceSid: string | null;
  text: string;
  /** What Twilio took it for and answered itself (Advanced Opt-Out); null: it did not say. */
  optOutType: 'stop' | 'start' | 'help' | null;
}

const optOutTypes = { STOP: 'stop', START: 'start', HELP: 'help' } as const;

/** null: something that each such call has is missing or is not what it should be. */
export function readInboundSms(fields: TwilioFields): InboundSms | null {
  const { From: from, To: to, Body: body, MessageSid: messageSid } = fields;
  if (from === undefined || to === undefined || body === undefined || messageSid === undefined) return null;
  if (!/^[A-Z]{2}[0-9a-f]{32}$/i.test(messageSid) || to.length > 40 || to === '') return null;
  const type = fields['OptOutType']?.toUpperCase() ?? '';
  return {
    ...{ messageSid, to: storable(to), text: [...storable(body)].slice(0, LONGEST_TEXT).join('') },
    from: from.startsWith('+') ? normalizePhone(from, null) : null,
    serviceSid: /^MG[0-9a-f]{32}$/i.exec(fields['MessagingServiceSid'] ?? '')?.[0] ?? null,
    optOutType: Object.hasOwn(optOutTypes, type) ? optOutTypes[type as keyof typeof optOutTypes] : null,
  };
}

/** What a message asks for, and what it is therefore kept as. */
export interface Asked {
  command: SmsCommand;
  kind: FeedbackKind;
  /** By which rule, or that Twilio said so. */
  reason: string | null;
  heldFor: HeldReason | null;
}

const kinds: Record<SmsCommand, FeedbackKind> = {
  ...{ stop: 'opted_out', start: 'opted_in', help: 'asked_help', ambiguous: 'replied', none: 'replied' },
};

/** A stop is a stop, whoever recognises it: Twilio, or we. */
export function whatIsAsked({ text, optOutType }: InboundSms, keywords: SmsKeywords): Asked {
  const read = readSms(text, keywords);
  const isOurs = optOutType === null || read.command === 'stop' || read.command === optOutType;
  const command = isOurs ? read.command : optOutType;
  return {
    ...{ command, kind: kinds[command], reason: isOurs ? read.rule : 'OptOutType' },
    heldFor: command === 'ambiguous' ? 'AMBIGUOUS' : null,
  };
}
