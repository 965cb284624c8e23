import { cleanReply } from '../../clean-reply.js';
import { parseReply, type SmtpFailure, type SmtpStage } from './smtp-reply.js';

/** What nodemailer hands over when something goes wrong. */
export interface ConnectionError extends Error {
  code?: string | undefined;
  command?: string | undefined;
  response?: string | undefined;
}

/** Reads why a connection could not be opened: a refusal when the relay gave one, else a loss. */
export function toFailure(error: ConnectionError): SmtpFailure {
  const reply = error.response === undefined ? null : parseReply(error.response);
  if (reply && reply.code >= 400) return { kind: 'refused', stage: stageOf(error), reply };
  return { kind: 'lost', reason: cleanReply(error.message), bodyEnded: false };
}

function stageOf({ command = '' }: ConnectionError): SmtpStage {
  if (command.startsWith('AUTH')) return 'login';
  switch (command) {
    case 'EHLO':
    case 'HELO':
      return 'hello';
    case 'STARTTLS':
      return 'tls';
    default:
      return 'connect';
  }
}
