import {
  cleanReply,
  parseReply,
  queueId,
  type SmtpFailure,
  type SmtpResult,
  type SmtpStage,
} from './smtp-reply.js';

/** What nodemailer hands over when something goes wrong. */
export interface ConnectionError extends Error {
  code?: string | undefined;
  command?: string | undefined;
  response?: string | undefined;
}

/** A reply that took the mail. */
export function toAcceptance(
  response: string,
  messageId: string | undefined,
  secrets: readonly string[],
): SmtpResult {
  const reply = parseReply(response, secrets) ?? {
    code: 250,
    enhanced: null,
    text: cleanReply(response, secrets),
  };
  return { kind: 'accepted', reply, messageId: messageId ?? queueId(reply.text) };
}

/** nodemailer compared the mail with the SIZE the relay announced, and offered nothing. */
export function isTooBig(error: ConnectionError | null): boolean {
  return error?.code === 'EMESSAGE' && error.command === 'MAIL FROM' && error.response === undefined;
}

/** Reads nodemailer's error: a refusal when the relay gave one, else a loss, before or after the mail's end. */
export function toFailure(
  error: ConnectionError,
  bodyEnded: boolean,
  secrets: readonly string[],
): SmtpFailure {
  const reply = error.response === undefined ? null : parseReply(error.response, secrets);
  if (reply && reply.code >= 400) return { kind: 'refused', stage: stageOf(error, bodyEnded), reply };
  return { kind: 'lost', reason: cleanReply(error.message, secrets), bodyEnded };
}

function stageOf({ command = '', code }: ConnectionError, bodyEnded: boolean): SmtpStage {
  if (bodyEnded) return 'body';
  if (command.startsWith('AUTH')) return 'login';
  switch (command) {
    case 'EHLO':
    case 'HELO':
      return 'hello';
    case 'STARTTLS':
      return 'tls';
    case 'MAIL FROM':
      return 'sender';
    case 'RCPT TO':
      return 'recipient';
    case 'DATA':
      return code === 'EMESSAGE' ? 'body' : 'data';
    default:
      return 'connect';
  }
}
