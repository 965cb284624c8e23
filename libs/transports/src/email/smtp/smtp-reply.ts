import { cleanReply } from '../../clean-reply.js';
import { type Outcome } from '../../transport.js';

/** Where in the dialogue a reply came, in order. `body` is the answer to the final dot. */
export type SmtpStage = 'connect' | 'hello' | 'tls' | 'login' | 'sender' | 'recipient' | 'data' | 'body';

/** What a relay said: `550 5.1.1 No such user` is code 550, enhanced 5.1.1. */
export interface SmtpReply {
  code: number;
  enhanced: string | null;
  text: string;
}

export interface Verdict {
  state: 'rejected' | 'deferred';
  /** Whose trouble it is. `relay`: ours or the relay's, so that an operator should hear of it. */
  fault: 'message' | 'relay' | 'passing';
}

const rejected: Verdict = { state: 'rejected', fault: 'message' };
const relayTrouble: Verdict = { state: 'deferred', fault: 'relay' };
const passing: Verdict = { state: 'deferred', fault: 'passing' };

/** 530, 534, 535, 538: a login is missing or wrong (RFC 4954 section 6). */
const loginCodes = new Set([530, 534, 535, 538]);
const loginStatus = /^[45]\.7\.(?:0|8|9|11|12|13|14)$/;
const loginWords = /authentication (?:is )?required|must (?:be )?authenticat|not logged in|log ?in required/i;
const relayingWords =
  /relay(?:ing)? (?:access )?(?:is )?(?:denied|prohibited|not (?:allowed|permitted))|(?:unable|not permitted|not allowed) to relay|do(?:es)? not relay|we do not relay/i;
const tooBig = new Set(['5.2.3', '5.3.4']);

/**
 * What a refusal means for the message, by where it came.
 *
 * - Before an envelope is offered, and for the sender's address, a relay refuses us and not the contact: the message
 *   waits (`deferred`) and the fault is the relay's, for an operator to mend. Only "too big" is the message's own.
 * - At the recipient and after, 5xx is a definite answer about this message (RFC 5321 section 4.2.1), block-lists
 *   and policy (5.7.x) included; whether the contact is to blame is read from code and text by whoever handles
 *   bounces. Two answers there still speak of us: "log in first" and "I do not relay for you".
 * - 503 says our session was out of step, and 552 without a status means "too many recipients" (RFC 5321
 *   section 4.5.3.1.10): another session may succeed.
 * - Everything that is not 5xx lets us try again.
 */
export function classifyReply(
  stage: SmtpStage,
  code: number,
  enhanced: string | null,
  text: string,
): Verdict {
  const isPermanent = code >= 500 && code < 600;
  if (stage === 'connect' || stage === 'hello' || stage === 'tls' || stage === 'login') {
    return isPermanent || stage === 'login' ? relayTrouble : passing;
  }
  if (!isPermanent || code === 503) return passing;
  if (stage === 'sender') {
    return code === 552 || tooBig.has(enhanced ?? '') ? rejected : relayTrouble;
  }
  if (loginCodes.has(code) || loginStatus.test(enhanced ?? '') || loginWords.test(text)) return relayTrouble;
  if (stage !== 'body' && relayingWords.test(text)) return relayTrouble;
  if (stage === 'recipient' && code === 552 && enhanced === null) return passing;
  return rejected;
}

/**
 * Reads a reply of one or several lines; null for what is no reply.
 * @param recipients spellings of the recipient's address, which are not kept.
 */
export function parseReply(raw: string, recipients: readonly string[] = []): SmtpReply | null {
  const lines = raw.split(/\r?\n/);
  const first = /^([2-5]\d\d)(?:[ -]([245]\.\d{1,3}\.\d{1,3})(?=[ \t]|$))?/.exec(lines[0] ?? '');
  if (!first?.[1]) return null;
  const prefix = /^\d{3}(?:[ -](?:[245]\.\d{1,3}\.\d{1,3}(?=[ \t]|$))?)?/;
  const words = lines.map(line => line.replace(prefix, '').trim()).filter(line => line !== '');
  const text = [first[1], first[2], ...words].filter(part => part !== undefined).join(' ');
  return { code: Number(first[1]), enhanced: first[2] ?? null, text: cleanReply(text, recipients) };
}

/** How relays say under which name they keep a mail. */
const queueIds = [
  /\bqueued as <?([\w.+@-]{4,200})>?/i,
  /\bid=<?([\w.+@-]{4,200})>?/i,
  // Amazon SES: `250 Ok 0102018d…-000000`
  /^250 (?:\d\.\d\.\d )?Ok <?([0-9a-f]{8,32}(?:-[0-9a-f]{4,12}){5}-\d{6})>?$/i,
  // Sendmail: `250 2.0.0 4AB1cd23 Message accepted for delivery`
  /^250 (?:\d\.\d\.\d )?(\w{8,40}) Message accepted/i,
];

/** The name under which the relay keeps the mail, when its answer says one: `250 2.0.0 Ok: queued as 4ABC`. */
export function queueId(reply: string): string | null {
  for (const pattern of queueIds) {
    const id = pattern.exec(reply)?.[1];
    if (id !== undefined) return id;
  }
  return null;
}

/** A reply that took the mail. */
export function toAcceptance(reply: SmtpReply): SmtpResult {
  return { kind: 'accepted', reply, messageId: queueId(reply.text) };
}

/** How an attempt ended, before it is judged. */
export type SmtpResult =
  | { kind: 'accepted'; reply: SmtpReply; messageId: string | null }
  | { kind: 'refused'; stage: SmtpStage; reply: SmtpReply }
  /** No answer, or none that can be read. `bodyEnded`: the end of the mail may have reached the relay. */
  | { kind: 'lost'; reason: string; bodyEnded: boolean }
  /** The relay would not take it, and nothing needed to be sent to know. */
  | { kind: 'impossible'; reason: string; enhanced: string };

/** An attempt that told us nothing good. */
export type SmtpFailure = SmtpResult & { kind: 'refused' | 'lost' };

/** The one place where "not sent", "refused" and "unknown" are told apart. */
export function toOutcome(relay: string, result: SmtpResult): Outcome {
  switch (result.kind) {
    case 'accepted':
      return { state: 'accepted', relay, providerMessageId: result.messageId, reply: result.reply.text };
    case 'refused': {
      const { code, enhanced, text } = result.reply;
      return {
        state: classifyReply(result.stage, code, enhanced, text).state,
        relay,
        reply: text,
        code,
        enhanced,
      };
    }
    case 'lost':
      return result.bodyEnded
        ? { state: 'unknown', relay, reply: result.reason }
        : { state: 'deferred', relay, reply: result.reason, code: null, enhanced: null };
    case 'impossible':
      return { state: 'rejected', relay, reply: result.reason, code: null, enhanced: result.enhanced };
  }
}
