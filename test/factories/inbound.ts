import nodemailer from 'nodemailer';
import { createLogger } from '#common';
import { InboundListener, InboundMailService } from '#feedback';
import { multipart } from '../corpus/feedback/build-mail.js';
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

/** A complaint as providers send it (RFC 5965), with the returned message's headers. */
export function complaintReport(type: string, returned: string): string {
  return multipart(
    'multipart/report; report-type=feedback-report',
    ['From: feedback@provider.example', 'Subject: complaint about message from 192.0.2.1'],
    [
      { type: 'text/plain', body: 'This is an email abuse report.' },
      {
        type: 'message/feedback-report',
        body: `Feedback-Type: ${type}\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n`,
      },
      { type: 'message/rfc822', body: `${returned}\n\nHello` },
    ],
  );
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
