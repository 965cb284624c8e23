import { multipart, ourMessageId, returnedMail, textMail } from './build-mail.js';

export interface LabelledComplaint {
  name: string;
  mail: string;
  feedbackType: string;
  recipients: string[];
  incidents?: number;
}

const head = [
  'From: feedback@provider.example',
  'To: fbl@shop.example',
  'Subject: FW: Your order',
  'Message-ID: <arf-1@provider.example>',
  'Date: Sun, 22 Nov 2026 12:00:00 +0000',
];

const report = (
  fields: string[],
  more: { part?: string; report?: string; human?: string; original?: string; originalType?: string } = {},
): string =>
  multipart(more.report ?? 'multipart/report; report-type=feedback-report', head, [
    {
      type: 'text/plain; charset=utf-8',
      body: more.human ?? 'This is an email abuse report for an email message received from IP 203.0.113.10.',
    },
    { type: more.part ?? 'message/feedback-report', body: fields.join('\n') },
    {
      type: more.originalType ?? 'message/rfc822',
      body: more.original ?? returnedMail('anna@provider.example'),
    },
  ]);

const common = ['User-Agent: SomeGenerator/1.0', 'Version: 1'];

/** Microsoft's program sends the message alone. */
const microsoft = (
  subject: string,
  headers: string[],
  original = returnedMail('x@hotmail.example'),
): string =>
  multipart(
    'multipart/mixed',
    [
      ...['From: staff@hotmail.com', 'To: fbl@shop.example', `Subject: ${subject}`, ...headers],
      ...['Message-ID: <jmrp-1@hotmail.example>', 'Date: Sun, 22 Nov 2026 12:00:00 +0000'],
    ],
    [{ type: 'message/rfc822', body: original }],
  );

export const labelledComplaints: readonly LabelledComplaint[] = [
  {
    name: 'The least of RFC 5965',
    feedbackType: 'abuse',
    recipients: [],
    mail: report(['Feedback-Type: abuse', ...common]),
  },
  {
    name: 'All that RFC 5965 knows',
    feedbackType: 'abuse',
    recipients: ['anna@provider.example'],
    mail: report([
      ...[
        'Feedback-Type: abuse',
        ...common,
        'Original-Mail-From: <b+tok3n@news.shop.example>',
        'Original-Rcpt-To: <anna@provider.example>',
      ],
      ...[
        'Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0000',
        'Reporting-MTA: dns; mx.provider.example',
        'Source-IP: 203.0.113.10',
      ],
      ...[
        'Authentication-Results: mx.provider.example; spf=pass',
        'Reported-Domain: shop.example',
        'Reported-URI: https://shop.example/',
        'Original-Envelope-Id: env-1',
      ],
    ]),
  },
  {
    name: 'Several recipients and incidents',
    feedbackType: 'abuse',
    recipients: ['a@p.example', 'b@p.example'],
    incidents: 3,
    mail: report([
      'Feedback-Type: abuse',
      ...common,
      'Original-Rcpt-To: <a@p.example>',
      'Original-Rcpt-To: rfc822; b@p.example',
      'Incidents: 3',
    ]),
  },
  {
    name: 'Redacted by a word',
    feedbackType: 'abuse',
    recipients: [],
    mail: report([
      'Feedback-Type: abuse',
      ...common,
      'Original-Rcpt-To: redacted@provider.example',
      'Source-IP: redacted',
    ]),
  },
  {
    name: 'Redacted by stars',
    feedbackType: 'abuse',
    recipients: [],
    mail: report(['Feedback-Type: abuse', ...common, 'Original-Rcpt-To: <***@provider.example>'], {
      original: returnedMail('redacted@provider.example'),
    }),
  },
  {
    name: 'Fraud',
    feedbackType: 'fraud',
    recipients: ['f@p.example'],
    mail: report(['Feedback-Type: fraud', ...common, 'Original-Rcpt-To: f@p.example']),
  },
  {
    name: 'Virus',
    feedbackType: 'virus',
    recipients: ['v@p.example'],
    mail: report(['Feedback-Type: virus', ...common, 'Original-Rcpt-To: v@p.example']),
  },
  {
    name: 'Opt-out, as AOL once sent',
    feedbackType: 'opt-out',
    recipients: ['o@p.example'],
    mail: report(['Feedback-Type: opt-out', ...common, 'Removal-Recipient: o@p.example']),
  },
  {
    name: 'Opt-out of one list, in another case',
    feedbackType: 'opt-out-list',
    recipients: [],
    mail: report(['FEEDBACK-TYPE: Opt-Out-List', 'USER-AGENT: x', 'VERSION: 0.1']),
  },
  {
    name: 'Not spam (RFC 6430)',
    feedbackType: 'not-spam',
    recipients: ['n@p.example'],
    mail: report(['Feedback-Type: not-spam', ...common, 'Original-Rcpt-To: n@p.example']),
  },
  {
    name: 'Authentication failure (RFC 6591)',
    feedbackType: 'auth-failure',
    recipients: [],
    mail: report(
      [
        'Feedback-Type: auth-failure',
        ...common,
        'Auth-Failure: dkim',
        'Delivery-Result: reject',
        'Authentication-Results: mx.p.example; dkim=fail',
        'DKIM-Domain: shop.example',
      ],
      { originalType: 'text/rfc822-headers', original: returnedMail('x@p.example').split('\n\n')[0] },
    ),
  },
  {
    name: 'A type nobody registered',
    feedbackType: 'other',
    recipients: [],
    mail: report(['Feedback-Type: annoyed', ...common]),
  },
  {
    name: 'Without version and agent',
    feedbackType: 'abuse',
    recipients: ['w@p.example'],
    mail: report(['Feedback-Type: abuse', 'Original-Rcpt-To: w@p.example']),
  },
  {
    name: 'Its part is called text',
    feedbackType: 'abuse',
    recipients: ['t@p.example'],
    mail: report(['Feedback-Type: abuse', ...common, 'Original-Rcpt-To: t@p.example'], {
      part: 'text/plain; name=report.txt',
    }),
  },
  {
    name: 'Its report is called mixed',
    feedbackType: 'abuse',
    recipients: ['m@p.example'],
    mail: report(
      [
        'Feedback-Type: abuse',
        ...common,
        'Received-Date: Sun, 22 Nov 2026 10:00:00 +0000',
        'Original-Rcpt-To: m@p.example',
      ],
      { report: 'multipart/mixed' },
    ),
  },
  {
    name: 'Folded, with a comment',
    feedbackType: 'abuse',
    recipients: ['fold@p.example'],
    mail: report([
      'Feedback-Type:',
      '  abuse (a complaint)',
      'User-Agent: x',
      'Version: 1',
      'Original-Rcpt-To:',
      '\t<fold@p.example>',
    ]),
  },
  {
    name: 'No parts at all',
    feedbackType: 'abuse',
    recipients: ['flat@p.example'],
    mail: textMail(
      { From: 'feedback@p.example', To: 'fbl@shop.example', Subject: 'complaint' },
      `Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\nOriginal-Rcpt-To: flat@p.example\n\nMessage-ID: ${ourMessageId}\n`,
    ),
  },
  {
    name: 'Microsoft, with the header in the message',
    feedbackType: 'abuse',
    recipients: ['hot@hotmail.example'],
    mail: microsoft(
      'complaint about message from 203.0.113.10',
      [],
      `X-HmXmrOriginalRecipient: <hot@hotmail.example>\n${returnedMail('hot@hotmail.example')}`,
    ),
  },
  {
    name: 'Microsoft, with the header outside',
    feedbackType: 'abuse',
    recipients: ['out@outlook.example'],
    mail: microsoft('Your message', ['X-HmXmrOriginalRecipient: out@outlook.example']),
  },
  {
    name: 'Microsoft, by its subject alone',
    feedbackType: 'abuse',
    recipients: [],
    mail: microsoft('complaint about message from 2001:db8::10', []),
  },
];
