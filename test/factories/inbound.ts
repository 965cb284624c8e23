import nodemailer from 'nodemailer';
import { createLogger } from '#common';
import { InboundListener, InboundMailService } from '#feedback';
import { deliveryReport, multipart, type ReportedAs } from '../corpus/feedback/build-mail.js';
import { addCampaign, addPeople, launch, type Shop, type TestSystem, until, untilState } from './system.js';

/** A campaign's mail, and where it asks answers to go. */
export interface Sent {
  person: number;
  email: string;
  bounceTo: string;
  replyTo: string;
  unsubscribeTo: string;
  messageId: string;
}

/** Sends a campaign to some new people. @returns each one's mail as it arrived */
export async function sendCampaign(
  system: TestSystem,
  shop: Shop,
  count: number,
): Promise<{ campaign: string; mails: Sent[] }> {
  const people = await addPeople(system, shop, count);
  const campaign = await addCampaign(system, shop);
  await launch(system, campaign);
  await untilState(system, campaign, 'finished');
  const rows = await system.database.db.query<{ id: number; email: string }>(
    'SELECT id, email FROM contact WHERE id = ANY($1::bigint[]) ORDER BY id',
    [people],
  );
  const mails: Sent[] = [];
  for (const { id, email } of rows) {
    const mail = await system.inbox.waitFor(one => one.envelopeTo[0] === email);
    mails.push({
      ...{ person: id, email, bounceTo: mail.envelopeFrom, messageId: mail.messageId },
      replyTo: mail.header('reply-to') ?? '',
      unsubscribeTo: /<mailto:([^>]+)>/.exec(mail.header('list-unsubscribe') ?? '')?.[1] ?? '',
    });
  }
  return { campaign, mails };
}

/** Until all mail that came was read, and all it tells was acted upon or held. */
export function untilActedUpon(system: TestSystem): Promise<unknown> {
  return until(
    async () => {
      const [row] = await system.database.db.query<{ n: number }>(
        `SELECT (SELECT count(*) FROM inbound_mail WHERE state = 'waiting') +
                (SELECT count(*) FROM feedback WHERE state = 'waiting') AS n`,
      );
      return row?.n;
    },
    n => n === 0,
  );
}

/** Why an address is suppressed. */
export async function suppressionsOf(system: TestSystem, address: string): Promise<string[]> {
  const answer = await system.request('POST', '/v1/suppressions/search', { channel: 'email', address });
  return answer.body.items.map((item: { reason: string }) => item.reason);
}

/** A report about one person, of a mailbox that nobody has unless it says otherwise. */
export const bounce = (to: string, more: Partial<ReportedAs> = {}): string =>
  deliveryReport(
    [{ to, status: '5.1.1', diagnostic: 'smtp; 550 5.1.1 User unknown in virtual mailbox table', ...more }],
    'I could not deliver your message.',
  );

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
