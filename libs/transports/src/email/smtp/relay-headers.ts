import { type SmtpMail } from './smtp-transaction.js';

/** Longest value of Postmark's metadata, in characters. */
const LONGEST_ECHO = 80;

/**
 * Services whose webhooks know a mail by an id of their own. Each gives back what this header says, so that its reports
 * find our message. Value: the Message-ID without its brackets; the part before the "@" is what finds it, so that a long
 * domain may be cut.
 */
const echoHeaders = {
  // https://postmarkapp.com/support/article/1125-custom-metadata-faq
  postmark: (id: string) => `X-PM-Metadata-message-id: ${id}`,
  // https://www.twilio.com/docs/sendgrid/for-developers/sending-email/unique-arguments
  sendgrid: (id: string) => `X-SMTPAPI: ${JSON.stringify({ unique_args: { 'message-id': id } })}`,
};

export type RelayService = keyof typeof echoHeaders;

export const relayServices = Object.keys(echoHeaders) as RelayService[];

/** What a relay is to be told of each mail. */
export interface RelayHeaders {
  /** The header in which this relay takes a message's idempotency key; undefined: it takes none. */
  idempotencyHeader?: string | undefined;
  /** Whose relay it is, where its webhooks must be given something to know a mail by. */
  service?: RelayService | undefined;
}

/** The mail as this relay gets it: with the headers that mean something to it alone, outside what DKIM signed. */
export function forRelay(mail: SmtpMail, { idempotencyHeader, service }: RelayHeaders): SmtpMail {
  const { idempotencyKey, messageId } = mail;
  const lines = [
    idempotencyHeader && idempotencyKey ? `${idempotencyHeader}: ${idempotencyKey}` : null,
    service && messageId ? echoHeaders[service](messageId.replace(/[<>]/g, '').slice(0, LONGEST_ECHO)) : null,
  ].filter(line => line !== null);
  if (lines.length === 0) return mail;
  const wire = Buffer.concat([Buffer.from(lines.map(line => `${line}\r\n`).join('')), mail.wire]);
  return { ...mail, wire, raw: wire.subarray(0, wire.length - (mail.wire.length - mail.raw.length)) };
}
