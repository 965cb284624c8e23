import nodemailer from 'nodemailer';
import { createLogger } from '#common';
import { InboundListener, InboundMailService } from '#feedback';
import { type TestSystem } from './system.js';

/** The listener for mail that comes back, as a worker runs it. */
export function startListener(
  system: TestSystem,
  more: Partial<Parameters<typeof InboundListener.start>[2]> = {},
): Promise<InboundListener> {
  const inbound = system.app.get(InboundMailService, { strict: false });
  const name = system.config.FEEDBACK_DOMAIN ?? '';
  return InboundListener.start(inbound, createLogger('silent'), {
    host: '127.0.0.1',
    port: 0,
    name,
    ...more,
  });
}

/** Brings a raw mail over real SMTP, as another server would; `from` is its reverse-path. @returns what was answered */
export async function bring(
  listener: InboundListener,
  { from = '', to, raw }: { from?: string; to: string | string[]; raw: string | Buffer },
): Promise<string> {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port: listener.port, secure: false });
  try {
    return (await transport.sendMail({ envelope: { from, to }, raw })).response;
  } catch (error) {
    const { response, message } = error as Error & { response?: string };
    return response ?? message;
  } finally {
    transport.close();
  }
}

/** A report as Postfix writes it (RFC 3464), of the mail that came back. */
export function deliveryReport({
  to,
  recipient,
  status = '5.1.1',
  diagnostic = 'smtp; 550 5.1.1 <x>: Recipient address rejected: User unknown in virtual mailbox table',
  action = 'failed',
  returned = '',
}: {
  to: string;
  recipient: string;
  status?: string;
  diagnostic?: string;
  action?: string;
  /** Headers of the message that is returned. */
  returned?: string;
}): string {
  return [
    'From: MAILER-DAEMON@mx.provider.example (Mail Delivery System)',
    `To: ${to}`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="part"',
    '',
    '--part',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'I could not deliver your message.',
    '',
    '--part',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.provider.example',
    '',
    `Final-Recipient: rfc822; ${recipient}`,
    `Action: ${action}`,
    `Status: ${status}`,
    `Diagnostic-Code: ${diagnostic}`,
    '',
    '--part',
    'Content-Type: text/rfc822-headers',
    '',
    returned || 'Subject: Autumn offer',
    '',
    '--part--',
    '',
  ].join('\r\n');
}

/** A complaint as providers send it (RFC 5965), with the returned message's headers. */
export function complaintReport(type: string, returned: string): string {
  return [
    'From: feedback@provider.example',
    'To: abuse@back.shop.example',
    'Subject: complaint about message from 192.0.2.1',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="part"',
    '',
    '--part',
    'Content-Type: text/plain',
    '',
    'This is an email abuse report.',
    '',
    '--part',
    'Content-Type: message/feedback-report',
    '',
    `Feedback-Type: ${type}`,
    'User-Agent: SomeGenerator/1.0',
    'Version: 1',
    '',
    '--part',
    'Content-Type: message/rfc822',
    '',
    returned,
    '',
    'Hello',
    '--part--',
    '',
  ].join('\r\n');
}

/** What a person writes back in a mail program, with what they answer to quoted below. */
export function reply({
  from,
  to,
  text,
  about,
}: {
  from: string;
  to: string;
  text: string;
  about: string;
}): string {
  return [
    `From: A reader <${from}>`,
    `To: ${to}`,
    'Subject: Re: Autumn offer',
    `In-Reply-To: ${about}`,
    `Message-ID: <${Math.random().toString(36).slice(2)}@reader.example>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(
      `${text}\r\n\r\nOn Mon, 2 Mar 2026, Nakheel Market wrote:\r\n> To unsubscribe press here.\r\n`,
    ).toString('base64'),
    '',
  ].join('\r\n');
}
