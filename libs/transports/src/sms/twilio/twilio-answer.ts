import { cleanReply } from '../../clean-reply.js';
import { type Outcome } from '../../transport.js';
import { smsFaultOf } from '../sms-fault.js';

/** What the API said no with. */
export interface TwilioRefusal {
  /** Of HTTP. */
  status: number;
  /** Of its dictionary of errors; null: an answer that is not the API's. */
  code: number | null;
  text: string;
}

/** Statuses that, without a word of the API's own, say that nothing came of the request (RFC 9110 section 15.5). */
const notProcessed = new Set([401, 403, 404, 405, 407, 411, 413, 414, 415, 421, 429, 431]);

/**
 * The SDK's two kinds of error, read as one; null for anything else.
 * @param status of the answer: an error may name another, and only this one says what became of the request
 */
export function readRefusal(error: unknown, status: number): TwilioRefusal | null {
  if (typeof error !== 'object' || error === null || !('status' in error)) return null;
  const { code, message, detail } = error as unknown as Record<string, unknown>;
  const words = typeof detail === 'string' ? detail : typeof message === 'string' ? message : '';
  return { status, code: typeof code === 'number' && code > 0 ? code : null, text: words };
}

/**
 * What a refusal says of the API. `fine`: it works, and the trouble is this message's. `busy` passes by itself. `closed` an
 * operator has to mend. `doubtful`: whoever answered may have failed after taking the message.
 */
export function standingOf({ status, code }: TwilioRefusal): 'fine' | 'busy' | 'closed' | 'doubtful' {
  if (status >= 500) return 'doubtful';
  const fault = code === null ? null : smsFaultOf(code);
  if (status === 429 || fault === 'later') return 'busy';
  if (fault === 'account') return 'closed';
  if (code !== null && status >= 400) return 'fine';
  return notProcessed.has(status) ? 'closed' : 'doubtful';
}

/**
 * What a refusal means for the message. A clear no (4xx) left nothing behind; of anything else nobody knows, and the report
 * of the message's status says later what became of it.
 */
export function toOutcome(relay: string, refusal: TwilioRefusal, to: string): Outcome {
  const { status, code } = refusal;
  const text = `${code === null ? `HTTP ${status}` : code} ${refusal.text}`;
  const reply = cleanReply(text, spellings(to));
  const base = { relay, reply, code: code ?? status, enhanced: null };
  switch (standingOf(refusal)) {
    case 'doubtful':
      return { state: 'unknown', relay, reply };
    case 'busy':
      return { ...base, state: 'deferred' };
    case 'closed':
      return { ...base, state: 'deferred', offered: false };
    case 'fine':
      // An operator may mend a setting while the message waits; nobody is lost to one.
      return isSetting(refusal)
        ? { ...base, state: 'deferred', offered: false, setting: true }
        : { ...base, state: 'rejected' };
  }
}

/** Whether our sender or the account's permissions are at fault, and neither the person nor the text. */
export function isSetting({ code }: TwilioRefusal): boolean {
  const fault = code === null ? null : smsFaultOf(code);
  return fault === 'sender' || fault === 'country';
}

/** The number as replies write it. */
export function spellings(to: string): string[] {
  return [to, to.replace(/^\+/, '')];
}
