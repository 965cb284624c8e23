import {
  deliveryReport,
  multipart,
  ourMessageId,
  type ReportedAs,
  returnedMail,
  textMail,
} from './build-mail.js';
import { type Label } from './diagnostics.js';

/** A mail that came back, written by hand in the manner of one kind of server. One file: it is a collection. */
export interface LabelledBounce {
  name: string;
  mail: string;
  /** Whom it is about (null: nobody is named), and what that means for them. `none` is no bounce. */
  recipients: readonly (readonly [address: string | null, label: Label | 'none'])[];
  source: 'fields' | 'text';
}

const postfixText = (said: string): string =>
  `This is the mail system at host mail.relay.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\nFor further assistance, please send mail to postmaster.\n\nIf you do so, please include this problem report. You can\ndelete your own text from the attached returned message.\n\n                   The mail system\n\n${said}`;

const byFields = (
  name: string,
  label: Label | 'none',
  one: ReportedAs,
  human = '',
  more: Parameters<typeof deliveryReport>[2] = {},
): LabelledBounce => ({
  name,
  mail: deliveryReport(
    [one],
    human || postfixText(`<${one.to}>: ${one.diagnostic?.replace(/^[^;]*; ?/, '') ?? 'failed'}`),
    more,
  ),
  recipients: [[one.to, label]],
  source: 'fields',
});

const daemon = (text: string, headers: Record<string, string> = {}): string =>
  textMail(
    {
      'Return-Path': '<>',
      From: 'MAILER-DAEMON@relay.example',
      To: 'b+tok3n@news.shop.example',
      Subject: 'failure notice',
      ...headers,
    },
    text,
  );

const byText = (name: string, recipients: LabelledBounce['recipients'], mail: string): LabelledBounce => ({
  name,
  mail,
  recipients,
  source: 'text',
});

const copy = (to: string): string => returnedMail(to);

export const labelledBounces: readonly LabelledBounce[] = [
  // With fields
  byFields('Gmail, nobody of that name', 'hard', {
    to: 'nobody@gmail.example',
    status: '5.1.1',
    remoteMta: 'gmail-smtp-in.l.google.com',
    diagnostic:
      "smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try\n 550-5.1.1 double-checking the recipient's email address for typos or\n 550-5.1.1 unnecessary spaces. Learn more at\n 550 5.1.1  https://support.google.com/mail/?p=NoSuchUser a1si1 - gsmtp",
  }),
  byFields('Gmail, disabled', 'hard', {
    to: 'off@gmail.example',
    status: '5.2.1',
    diagnostic: 'smtp; 550 5.2.1 The email account that you tried to reach is disabled. gsmtp',
  }),
  byFields('Gmail, full', 'soft', {
    to: 'full@gmail.example',
    status: '5.2.2',
    diagnostic:
      "smtp; 552-5.2.2 The recipient's inbox is out of storage space. Please direct the\n 552-5.2.2 recipient to\n 552 5.2.2  https://support.google.com/mail/?p=OverQuotaPerm - gsmtp",
  }),
  byFields('Gmail, DMARC', 'block', {
    to: 'a@gmail.example',
    status: '5.7.26',
    diagnostic:
      'smtp; 550-5.7.26 This mail has been blocked because the sender is unauthenticated.\n 550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.',
  }),
  byFields('Gmail, unsolicited', 'block', {
    to: 'b@gmail.example',
    status: '5.7.1',
    diagnostic:
      'smtp; 550-5.7.1 [203.0.113.5] Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail,\n 550 5.7.1 this message has been blocked.',
  }),
  byFields(
    'Gmail through its own relay, no such domain',
    'hard',
    {
      to: 'a@gmial.example',
      status: '5.1.2',
      diagnostic:
        "smtp; DNS Error: DNS type 'mx' lookup of gmial.example responded with code NXDOMAIN\n Domain name not found: gmial.example",
    },
    '** Address not found **\n\nYour message was not delivered to a@gmial.example because the domain gmial.example could not be found.',
  ),
  byFields(
    'Outlook.com, nobody',
    'hard',
    {
      to: 'x@hotmail.example',
      status: '5.5.0',
      diagnostic: 'smtp;550 5.5.0 Requested action not taken: mailbox unavailable.',
    },
    'This is an automatically generated Delivery Status Notification.\n\nDelivery to the following recipients failed.\n\n       x@hotmail.example',
    { subject: 'Delivery Status Notification (Failure)', from: 'postmaster@hotmail.example' },
  ),
  byFields('Outlook.com, address of the server', 'block', {
    to: 'y@hotmail.example',
    status: '5.7.1',
    diagnostic:
      "smtp;550 5.7.1 Unfortunately, messages from [203.0.113.5] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
  }),
  byFields(
    'Microsoft 365, not found',
    'hard',
    {
      to: 'anna@firm.example',
      status: '5.1.10',
      diagnostic:
        'smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient anna@firm.example not found by SMTP address lookup',
    },
    "Your message to anna@firm.example couldn't be delivered.\n\nanna wasn't found at firm.example.",
    {
      subject: 'Undeliverable: Your order',
      from: 'Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@firm.example>',
    },
  ),
  byFields('Microsoft 365, directory edge', 'hard', {
    to: 'edge@firm.example',
    status: '5.4.1',
    diagnostic:
      'smtp;550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [DB5EUR03FT042.eop-EUR03.prod.protection.outlook.com]',
  }),
  byFields('Microsoft 365, group for members', 'block', {
    to: 'all@firm.example',
    status: '5.7.133',
    diagnostic:
      'smtp;550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated when sending to this group',
  }),
  byFields('Microsoft 365, domain gone', 'hard', {
    to: 'x@gone.example',
    status: '5.4.310',
    diagnostic:
      'smtp;550 5.4.310 DNS domain gone.example does not exist [Message=InfoDomainNonexistent] [LastAttemptedServerName=gone.example]',
  }),
  byFields('Microsoft 365, expired', 'soft', {
    to: 'x@slow.example',
    status: '5.4.300',
    diagnostic:
      'smtp;550 5.4.300 Message expired -> 451 4.4.0 Primary target IP address responded with: 421 4.2.1 Unable to connect. Attempted failover to alternate host, but that did not succeed.',
  }),
  byFields('Exchange on premises, mailbox over its limit', 'soft', {
    to: 'z@old.example',
    status: '5.2.2',
    diagnostic: 'smtp;554 5.2.2 STOREDRV.Deliver; mailbox full (MapiExceptionShutoffQuotaExceeded)',
  }),
  byFields('Yahoo, no account', 'hard', {
    to: 'nobody.here@yahoo.example',
    status: '5.0.0',
    diagnostic:
      "smtp; 554 delivery error: dd This user doesn't have a yahoo.com account (nobody.here@yahoo.example) [0] - mta1175.mail.bf1.yahoo.com",
  }),
  byFields('Yahoo, user complaints', 'block', {
    to: 'c@yahoo.example',
    status: '4.7.0',
    diagnostic:
      'smtp; 421 4.7.0 [TSS04] Messages from 203.0.113.5 temporarily deferred due to user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
  }),
  byFields('AOL, not found', 'hard', {
    to: 'd@aol.example',
    status: '5.1.1',
    diagnostic: 'smtp; 550 5.1.1 <d@aol.example>: Recipient address rejected: aol.example',
  }),
  byFields('iCloud, nobody', 'hard', {
    to: 'no@icloud.example',
    status: '5.1.1',
    diagnostic: 'smtp; 550 5.1.1 <no@icloud.example>: user does not exist',
  }),
  byFields('iCloud, policy', 'block', {
    to: 'e@icloud.example',
    status: '5.7.1',
    diagnostic:
      'smtp; 550 5.7.1 [HM08] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137',
  }),
  byFields('Postfix, unknown in a table', 'hard', {
    to: 'gone@club.example',
    status: '5.1.1',
    diagnostic:
      'smtp; 550 5.1.1 <gone@club.example>: Recipient address rejected: User\n    unknown in local recipient table',
  }),
  byFields('Postfix, no such domain', 'hard', {
    to: 'x@nowhere.example',
    status: '5.4.4',
    diagnostic:
      'X-Postfix; Host or domain name not found. Name service error for\n    name=nowhere.example type=A: Host not found',
  }),
  byFields('Postfix, time-outs until the end', 'soft', {
    to: 'x@slow.example',
    status: '4.4.1',
    diagnostic: 'X-Postfix; connect to mx.slow.example[203.0.113.77]:25: Connection\n    timed out',
  }),
  byFields('Postfix, Spamhaus, under the status of a bad address', 'block', {
    to: 'u@unknown.example',
    status: '5.1.1',
    diagnostic:
      'smtp; 554 5.1.1 Service unavailable; Client host [203.0.113.5] blocked using\n    zen.spamhaus.org; https://www.spamhaus.org/query/ip/203.0.113.5',
  }),
  byFields('Postfix, relaying', 'block', {
    to: 'r@relay.example',
    status: '5.7.1',
    diagnostic: 'smtp; 554 5.7.1 <r@relay.example>: Relay access denied',
  }),
  byFields(
    'Postfix, delayed',
    'none',
    {
      to: 'w@slow.example',
      status: '4.4.1',
      action: 'delayed',
      diagnostic: 'X-Postfix; connect to mx.slow.example[203.0.113.77]:25: Connection refused',
    },
    postfixText('THIS IS A WARNING ONLY.'),
    { subject: 'Delayed Mail (still being retried)' },
  ),
  byFields(
    'Postfix, delivered',
    'none',
    {
      to: 'ok@club.example',
      status: '2.0.0',
      action: 'delivered',
      diagnostic: 'smtp; 250 2.0.0 Ok: queued as 12345',
    },
    'This is a mail system report: your message was successfully delivered.',
    { subject: 'Successful Mail Delivery Report' },
  ),
  byFields(
    'A relay that promises nothing further',
    'none',
    { to: 'ok@far.example', status: '2.0.0', action: 'relayed' },
    'Your message was relayed to a system that sends no reports.',
    { subject: 'Delivery Status Notification (Relay)' },
  ),
  byFields(
    'Sendmail, expanded to a list',
    'none',
    { to: 'list@club.example', status: '2.0.0', action: 'expanded' },
    'Your message was expanded.',
    { subject: 'Return receipt' },
  ),
  byFields(
    'Sendmail, unknown',
    'hard',
    {
      to: 'bob@uni.example',
      status: '5.1.1',
      diagnostic: 'SMTP; 550 5.1.1 <bob@uni.example>... User unknown',
    },
    'The original message was received at Sun, 22 Nov 2026 10:00:00 GMT\nfrom news.shop.example [203.0.113.10]\n\n   ----- The following addresses had permanent fatal errors -----\n<bob@uni.example>\n    (reason: 550 5.1.1 <bob@uni.example>... User unknown)\n\n   ----- Transcript of session follows -----\n... while talking to mx.uni.example.:\n>>> DATA\n<<< 550 5.1.1 <bob@uni.example>... User unknown',
    { subject: 'Returned mail: see transcript for details' },
  ),
  byFields(
    'Exim, with fields',
    'hard',
    {
      to: 'e@exim.example',
      status: '5.0.0',
      remoteMta: 'mx.exim.example',
      diagnostic: 'smtp; 550 Unrouteable address',
    },
    'This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  e@exim.example\n    host mx.exim.example [203.0.113.8]\n    SMTP error from remote mail server after RCPT TO:<e@exim.example>:\n    550 Unrouteable address',
    { subject: 'Mail delivery failed: returning message to sender' },
  ),
  byFields('Domino', 'hard', {
    to: 'anna@notes.example',
    status: '5.1.1',
    diagnostic: 'X-Notes; User anna (anna@notes.example) not listed in Domino Directory',
  }),
  byFields('GroupWise', 'hard', {
    to: 'g@wise.example',
    status: '5.1.1',
    diagnostic: 'smtp; 550 recipient not found on this GroupWise system',
  }),
  byFields('IronPort wraps another server', 'block', {
    to: 'i@iron.example',
    status: '5.1.0',
    diagnostic:
      "smtp; 5.1.0 - Unknown address error 554-'5.7.1 Service unavailable; Client host [203.0.113.5] blocked using Barracuda Reputation' (delivery attempts: 0)",
  }),
  byFields('Mimecast, recipient', 'hard', {
    to: 'm@mime.example',
    status: '5.0.0',
    diagnostic: 'smtp; 550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [x1]',
  }),
  byFields('Mimecast, security', 'block', {
    to: 'n@mime.example',
    status: '5.0.0',
    diagnostic:
      'smtp; 554 Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554 [x2]',
  }),
  byFields('Mail.ru, nobody', 'hard', {
    to: 'kto@mail.ru.example',
    status: '5.0.0',
    diagnostic:
      'smtp; 550 Message was not accepted -- invalid mailbox. Local mailbox kto@mail.ru.example is unavailable: user not found',
  }),
  byFields('Yandex, suspicion', 'block', {
    to: 'ya@yandex.example',
    status: '5.7.1',
    diagnostic: 'smtp; 554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc',
  }),
  byFields('GMX, unavailable', 'hard', {
    to: 'weg@gmx.example',
    status: '5.0.0',
    diagnostic:
      'smtp; 550-Requested action not taken: mailbox unavailable 550 For explanation visit https://postmaster.gmx.net/en/case?c=r0601',
  }),
  byFields('WEB.DE, in German', 'soft', {
    to: 'voll@web.example',
    status: '5.0.0',
    diagnostic: 'smtp; 552 Das Postfach des Empfängers ist voll',
  }),
  byFields('Orange, two languages', 'hard', {
    to: 'or@orange.example',
    status: '5.1.1',
    diagnostic:
      'smtp; 550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR204_416 [416]',
  }),
  byFields('Orange, refused', 'block', {
    to: 'os@orange.example',
    status: '5.2.0',
    diagnostic: 'smtp; 550 5.2.0 Mail rejete. Mail rejected. OFR004_506 [506]',
  }),
  byFields('QQ', 'hard', {
    to: '123@qq.example',
    status: '5.0.0',
    diagnostic:
      'smtp; 550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000728',
  }),
  byFields('NetEase, content', 'block', {
    to: 'n@163.example',
    status: '5.0.0',
    diagnostic: 'smtp; 554 DT:SPM 163 smtp7,abc,please see http://mail.163.com/help/help_spam_16.htm',
  }),
  byFields(
    'A provider in the Gulf',
    'hard',
    {
      to: 'علي@مثال.example',
      status: '5.1.1',
      diagnostic: 'smtp; 550 5.1.1 المستخدم غير معروف User unknown in virtual mailbox table',
    },
    'تعذر تسليم رسالتك.',
    { global: true },
  ),
  byFields('A status without dots', 'hard', {
    to: 's@plain.example',
    status: '511',
    diagnostic: 'smtp; 511 sorry, no mailbox here by that name',
  }),
  byFields(
    'Nothing but a status',
    'hard',
    { to: 't@bare.example', status: '5.1.1' },
    'Your message was not delivered.',
  ),
  byFields(
    'The reason stands only in the text',
    'hard',
    { to: 'hr@silent.example', status: '5.0.0' },
    'Your message could not be delivered to the following recipient:\n\n  hr@silent.example\n    The mailbox does not exist.',
  ),
  {
    name: 'Several recipients, each its own way',
    mail: deliveryReport(
      [
        { to: 'one@three.example', status: '5.1.1', diagnostic: 'smtp; 550 5.1.1 User unknown' },
        { to: 'two@three.example', status: '4.2.2', diagnostic: 'smtp; 452 4.2.2 Over quota' },
        { to: 'three@three.example', status: '2.0.0', action: 'delivered', original: 'alias@three.example' },
        { to: 'four@three.example', status: '5.7.1', diagnostic: 'smtp; 550 5.7.1 Message rejected as spam' },
      ],
      'Some could not be reached.',
    ),
    recipients: [
      ['one@three.example', 'hard'],
      ['two@three.example', 'soft'],
      ['three@three.example', 'none'],
      ['four@three.example', 'block'],
    ],
    source: 'fields',
  },
  {
    name: 'Fields without the part that should hold them',
    mail: multipart(
      'multipart/mixed',
      [
        'Return-Path: <>',
        'From: Mail Delivery Subsystem <mailer-daemon@odd.example>',
        'To: b+tok3n@news.shop.example',
        'Subject: Delivery failure',
      ],
      [
        { type: 'text/plain', body: 'Delivery failed.' },
        {
          type: 'text/plain; name="status.txt"',
          headers: ['Content-Disposition: attachment'],
          body: 'Reporting-MTA: dns; odd.example\n\nFinal-Recipient: rfc822; odd@odd.example\nAction: failed\nStatus: 5.1.1 (no such user)',
        },
        { type: 'text/rfc822-headers', body: returnedMail('odd@odd.example').split('\n\n')[0]! },
      ],
    ),
    recipients: [['odd@odd.example', 'hard']],
    source: 'fields',
  },
  {
    name: 'Blank lines within a recipient, and a diagnostic broken without folding',
    mail: multipart(
      'multipart/report; report-type=delivery-status',
      ['From: postmaster@brk.example', 'To: b+tok3n@news.shop.example', 'Subject: Undeliverable'],
      [
        { type: 'text/plain', body: 'It failed.' },
        {
          type: 'message/delivery-status',
          body: 'Reporting-MTA: dns; brk.example\n\nFinal-Recipient: rfc822; <brk@brk.example>\n\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550-Sorry\n550 the recipient does not exist here',
        },
      ],
    ),
    recipients: [['brk@brk.example', 'hard']],
    source: 'fields',
  },

  // In words alone
  byText(
    'qmail',
    [['ali@qmail.example', 'hard']],
    daemon(
      `Hi. This is the qmail-send program at relay.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<ali@qmail.example>:\n203.0.113.4 does not like recipient.\nRemote host said: 550 5.1.1 User unknown\nGiving up on 203.0.113.4.\n\n--- Below this line is a copy of the message.\n\n${copy('ali@qmail.example')}`,
    ),
  ),
  byText(
    'qmail, two people',
    [
      ['a@two.example', 'soft'],
      ['b@two.example', 'hard'],
    ],
    daemon(
      `Hi. This is the qmail-send program at relay.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<a@two.example>:\nuser is over quota. (#5.2.2)\n\n<b@two.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n${copy('a@two.example')}`,
    ),
  ),
  byText(
    'qmail, queue',
    [['q@slow.example', 'soft']],
    daemon(
      `Hi. This is the qmail-send program at relay.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<q@slow.example>:\nSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\nI'm not going to try again; this message has been in the queue too long.\n\n--- Below this line is a copy of the message.\n\n${copy('q@slow.example')}`,
    ),
  ),
  byText(
    'Exim',
    [['fatima@exim.example', 'hard']],
    daemon(
      `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  fatima@exim.example\n    SMTP error from remote mail server after RCPT TO:<fatima@exim.example>:\n    host mx.exim.example [203.0.113.8]: 550 No Such User Here\n\n------ This is a copy of the message, including all the headers. ------\n\n${copy('fatima@exim.example')}`,
      {
        'X-Failed-Recipients': 'fatima@exim.example',
        Subject: 'Mail delivery failed: returning message to sender',
        'Auto-Submitted': 'auto-replied',
      },
    ),
  ),
  byText(
    'Exim, spam',
    [['s@exim.example', 'block']],
    daemon(
      `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  s@exim.example\n    SMTP error from remote mail server after end of data:\n    host mx.exim.example [203.0.113.8]: 550 This message was classified as SPAM and may not be delivered\n\n------ This is a copy of your message, including all the headers. ------\n\n${copy('s@exim.example')}`,
      { Subject: 'Mail delivery failed: returning message to sender' },
    ),
  ),
  byText(
    'Exim, warning',
    [['w@exim.example', 'none']],
    daemon(
      `This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue on relay.example.\n\nThe address to which the message has not yet been delivered is:\n\n  w@exim.example\n\nNo action is required on your part. Delivery attempts will continue for\nsome time.`,
      { Subject: 'Warning: message 1abc delayed 24 hours' },
    ),
  ),
  byText(
    'Exim in Mail.ru, two languages',
    [['net@mail.ru.example', 'hard']],
    daemon(
      `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  net@mail.ru.example\n    user not found\n\n**********************\n\nЭто письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.\nК сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:\n\n  net@mail.ru.example\n    пользователь не найден\n\n------ This is a copy of the message, including all the headers. ------\n\n${copy('net@mail.ru.example')}`,
      { Subject: 'Mail failure.' },
    ),
  ),
  byText(
    'Sendmail without fields',
    [['carol@uni.example', 'hard']],
    daemon(
      `The original message was received at Sun, 22 Nov 2026 10:00:00 GMT\nfrom news.shop.example [203.0.113.10]\n\n   ----- The following addresses had permanent fatal errors -----\n<carol@uni.example>\n\n   ----- Transcript of session follows -----\n... while talking to mx.uni.example.:\n>>> RCPT To:<carol@uni.example>\n<<< 550 5.1.1 <carol@uni.example>... User unknown\n550 <carol@uni.example>... User unknown\n\n   ----- Original message follows -----\n\n${copy('carol@uni.example')}`,
      { Subject: 'Returned mail: User unknown' },
    ),
  ),
  byText(
    'Sendmail, no such host',
    [['d@nohost.example', 'hard']],
    daemon(
      `The original message was received at Sun, 22 Nov 2026 10:00:00 GMT\n\n   ----- The following addresses had permanent fatal errors -----\n<d@nohost.example>\n    (reason: 550 Host unknown)\n\n   ----- Transcript of session follows -----\n550 5.1.2 <d@nohost.example>... Host unknown (Name server: nohost.example: host not found)\n\n   ----- Message header follows -----\n${copy('d@nohost.example').split('\n\n')[0]}`,
      { Subject: 'Returned mail: Host unknown' },
    ),
  ),
  byText(
    'Postfix as plain text',
    [['p@club.example', 'hard']],
    daemon(
      `${postfixText('<p@club.example>: host mx.club.example[203.0.113.8] said: 550 5.1.1\n    <p@club.example>: Recipient address rejected: User unknown in virtual\n    mailbox table (in reply to RCPT TO command)')}\n\n${copy('p@club.example')}`,
      { Subject: 'Undelivered Mail Returned to Sender' },
    ),
  ),
  byText(
    'Exchange 2003',
    [['erik@old.example', 'hard']],
    textMail(
      {
        From: 'System Administrator <postmaster@old.example>',
        To: 'b+tok3n@news.shop.example',
        Subject: 'Undeliverable: Your order',
      },
      `Your message\n\n  To:      erik@old.example\n  Subject: Your order\n  Sent:    Sun, 22 Nov 2026 10:00:00 +0000\n\ndid not reach the following recipient(s):\n\nerik@old.example on Sun, 22 Nov 2026 10:00:05 +0000\n    The e-mail account does not exist at the organization this message was sent to.\n    The MTS-ID of the original message is: c=us;a= ;p=old;l=EX-1\n    <mx.old.example #5.1.1>`,
    ),
  ),
  byText(
    'Exchange 2010, HTML',
    [['nora@firm.example', 'hard']],
    textMail(
      {
        From: 'Microsoft Exchange <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@firm.example>',
        To: 'b+tok3n@news.shop.example',
        Subject: 'Undeliverable: Your order',
      },
      `<html><body><p><b>Delivery has failed to these recipients or groups:</b></p><p><a href="mailto:nora@firm.example">nora@firm.example</a><br>The e-mail address you entered couldn't be found. Please check the recipient's e-mail address and try to resend the message.</p><p>Diagnostic information for administrators:</p><p>Generating server: ex1.firm.example</p><p>nora@firm.example<br>#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##</p><p>Original message headers:</p><pre>${copy('nora@firm.example').split('\n\n')[0]!.replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</pre></body></html>`,
      'text/html; charset=utf-8',
    ),
  ),
  byText(
    'Gmail as it was',
    [['lost@gmail.example', 'hard']],
    textMail(
      {
        From: 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>',
        To: 'b+tok3n@news.shop.example',
        Subject: 'Delivery Status Notification (Failure)',
        'X-Failed-Recipients': 'lost@gmail.example',
      },
      `Delivery to the following recipient failed permanently:\n\n     lost@gmail.example\n\nTechnical details of permanent failure: \nGoogle tried to deliver your message, but it was rejected by the server for the recipient domain gmail.example by mx.gmail.example. [203.0.113.8].\n\nThe error that the other server returned was:\n550 5.1.1 <lost@gmail.example>: Recipient address rejected: User unknown\n\n\n----- Original message -----\n\n${copy('lost@gmail.example')}`,
    ),
  ),
  byText(
    'Gmail of today, without its report',
    [['nope@shop2.example', 'hard']],
    textMail(
      {
        From: 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>',
        To: 'b+tok3n@news.shop.example',
        Subject: 'Delivery Status Notification (Failure)',
      },
      `** Address not found **\n\nYour message wasn't delivered to nope@shop2.example because the address couldn't be found, or is unable to receive mail.\n\nLearn more here: https://support.google.com/mail/answer/6596\n\nThe response was:\n\n550 5.1.1 The email account that you tried to reach does not exist.`,
    ),
  ),
  byText(
    'Gmail, will retry',
    [['later@slow.example', 'none']],
    textMail(
      {
        From: 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>',
        To: 'b+tok3n@news.shop.example',
        Subject: 'Delivery Status Notification (Delay)',
      },
      `** Delivery incomplete **\n\nThere was a temporary problem delivering your message to later@slow.example. Gmail will retry for 46 more hours. You'll be notified if the delivery fails permanently.\n\nThe response was:\n\nThe recipient server did not accept our requests to connect.`,
    ),
  ),
  byText(
    'Yahoo as it was',
    [['sara@yahoo.example', 'hard']],
    daemon(
      `Message from  yahoo.com.\nUnable to deliver message to the following address(es).\n\n<sara@yahoo.example>:\nThis user doesn't have a yahoo.com account (sara@yahoo.example) [-9]\n\n--- Original message follows.\n\n${copy('sara@yahoo.example')}`,
      { Subject: 'Failure Notice', From: 'MAILER-DAEMON@yahoo.com' },
    ),
  ),
  byText(
    'Yahoo of today',
    [['omar@yahoo.example', 'hard']],
    daemon(
      `Sorry, we were unable to deliver your message to the following address.\n\n<omar@yahoo.example>:\n554: delivery error: dd Sorry, your message to omar@yahoo.example cannot be delivered. This mailbox is disabled (554.30).\n\n--- Below this line is a copy of the message.\n\n${copy('omar@yahoo.example')}`,
      { Subject: 'Failure Notice' },
    ),
  ),
  byText(
    'GMX as it was',
    [['karl@gmx.example', 'hard']],
    daemon(
      `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of\nits recipients. This is a permanent error. The following address\nfailed:\n\n"karl@gmx.example":\nSMTP error from remote server after RCPT command:\nhost: mx0.gmx.example\n5.1.1 <karl@gmx.example>... User is unknown {mx-eu007}\n\n--- The header of the original message is following. ---\n\n${copy('karl@gmx.example').split('\n\n')[0]}`,
      {
        Subject: 'Mail delivery failed: returning message to sender',
        From: '"Mail Delivery System" <mailer-daemon@kundenserver.example>',
      },
    ),
  ),
  byText(
    'iCloud and its kind',
    [['imap@icloud.example', 'soft']],
    daemon(
      `This report relates to a message you sent with the following header fields:\n\n  Message-id: ${ourMessageId}\n  Date: Sun, 22 Nov 2026 10:00:00 +0000\n  Subject: Your order\n\nYour message cannot be delivered to the following recipients:\n\n  Recipient address: imap@icloud.example\n  Reason: Over quota\n`,
      { Subject: 'Delivery Notification: Delivery has failed' },
    ),
  ),
  byText(
    'German words',
    [['willi@post.example', 'hard']],
    daemon(
      `Ihre Nachricht konnte nicht zugestellt werden.\n\nAdresse: willi@post.example\nGrund: Der Empfänger ist unbekannt.\n`,
      { Subject: 'Unzustellbar: Ihre Bestellung', From: 'postmaster@post.example' },
    ),
  ),
  byText(
    'French words',
    [['jean@poste.example', 'soft']],
    daemon(
      `Votre message n'a pas pu être remis aux destinataires suivants :\n\n  jean@poste.example\n    La boîte aux lettres du destinataire est pleine.\n`,
      { Subject: 'Échec de la remise : Votre commande', From: 'postmaster@poste.example' },
    ),
  ),
  byText(
    'Arabic words',
    [['huda@barid.example', 'hard']],
    daemon(
      `تعذر تسليم رسالتك إلى المستلمين التاليين:\n\nhuda@barid.example\nعنوان البريد الإلكتروني غير موجود.\n`,
      { Subject: 'تعذر التسليم: طلبك', From: 'postmaster@barid.example' },
    ),
  ),
  byText(
    'Chinese words',
    [['li@youjian.example', 'hard']],
    daemon(`抱歉，您的邮件被退回来了。\n\n收件人: li@youjian.example\n退信原因: 收件人邮箱不存在\n`, {
      Subject: '系统退信',
      From: 'postmaster@youjian.example',
    }),
  ),
  byText(
    'Domino, the reason above the address',
    [['neko@notes.example', 'hard']],
    textMail(
      {
        From: 'Mail Router <postmaster@notes.example>',
        To: 'b+tok3n@news.shop.example',
        Subject: 'DELIVERY FAILURE: no route',
      },
      `Your message\n\n  Subject: Your order\n\nwas not delivered to:\n\n  neko@notes.example\n\nbecause:\n\n  User neko not listed in public Name & Address Book`,
    ),
  ),
  byText(
    'IMail',
    [['z@imail.example', 'hard']],
    textMail(
      {
        From: 'Postmaster <postmaster@imail.example>',
        To: 'b+tok3n@news.shop.example',
        Subject: 'Undeliverable Mail',
      },
      `Unknown user: z@imail.example\n\nOriginal message follows.\n\n${copy('z@imail.example')}`,
    ),
  ),
  byText(
    'Failure reasons first',
    [['y@notes.example', 'hard']],
    textMail(
      {
        'Return-Path': '<>',
        From: 'MAILER-DAEMON',
        To: 'b+tok3n@news.shop.example',
        Subject: 'NOTICE: mail delivery status.',
      },
      `------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\ny@notes.example\n\n\n------- Returned Message --------\n\n${copy('y@notes.example')}`,
    ),
  ),
  byText(
    'Nobody is named',
    [[null, 'hard']],
    daemon(`Your message could not be delivered.\n\nThe user you wrote to is unknown here.\n`, {
      Subject: 'Undeliverable mail',
      From: 'postmaster@vague.example',
    }),
  ),

  // Warnings, whose words are those of failures
  byText(
    'Postfix, a warning in words alone',
    [['later@slow.example', 'none']],
    daemon(
      `This is the mail system at host mx.relay.example.\n\n####################################################################\n# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n####################################################################\n\nYour message could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.\n\n<later@slow.example>: host mx.slow.example[203.0.113.7] said: 450 4.1.1\n    <later@slow.example>: Recipient address rejected: User unknown (in reply to RCPT TO command)\n\n${copy('later@slow.example')}`,
      { Subject: 'Delayed Mail (still being retried)' },
    ),
  ),
  byText(
    'Exim, a warning that goes on trying',
    [['later@exim.example', 'none']],
    daemon(
      `This message was created automatically by mail delivery software.\nA message that you sent could not be delivered to all of its recipients after 24 hours.\n\nNo action is required on your part. Delivery attempts will continue for\nsome time, and this warning may be repeated at intervals.\n\n  later@exim.example\n    host mx.exim.example [203.0.113.8]: 451 4.1.1 no such user\n\n------ This is a copy of the message, including all the headers. ------\n\n${copy('later@exim.example')}`,
      { Subject: 'Warning: message delayed 24 hours' },
    ),
  ),
  byText(
    'A refusal for now, which only the words call a failure',
    [['now@slow.example', 'soft']],
    daemon(
      `Your message could not be delivered.\n\n<now@slow.example>: host mx.slow.example[203.0.113.7] said: 450 4.1.1 User unknown in table\n\n${copy('now@slow.example')}`,
    ),
  ),
  byFields('Tables that failed until the queue gave up', 'soft', {
    to: 't@table.example',
    status: '4.3.0',
    diagnostic: 'smtp; 451 4.3.0 Temporary failure: user unknown in database, try later',
  }),

  // What reports tell everybody
  byFields(
    'Causes that are common',
    'soft',
    { to: 'c@causes.example', status: '5.0.0', diagnostic: 'smtp; 550 Rejected XYZ' },
    'Undeliverable. Common causes: user unknown. Contact your administrator.',
  ),
  byFields(
    'Causes that are listed',
    'soft',
    { to: 'l@causes.example', status: '5.0.0' },
    'Your message came back.\n\nPossible reasons:\n\n- the user is unknown\n- the mailbox was closed\n\nWrite to postmaster@causes.example for help.',
  ),
  byText(
    'Causes without anything else',
    [['w@causes.example', 'soft']],
    daemon(
      `Your message could not be delivered to:\n\nw@causes.example\n\nIf the user is unknown, please check the address.\n\n${copy('w@causes.example')}`,
    ),
  ),
  byFields(
    'An explanation that names the address',
    'hard',
    { to: 'n@named.example', status: '5.0.0', diagnostic: 'smtp; 550 Rejected XYZ' },
    'Delivery failed for this recipient:\n\nn@named.example\nThe address was not found. If the problem continues, contact your help desk.',
  ),

  // Exchange, whose words for people name the part before the @ alone
  byText(
    'Microsoft 365, Arabic, without diagnostics',
    [['ahmed@dest.example', 'hard']],
    daemon(
      `تعذر تسليم رسالتك إلى ahmed@dest.example.\n\nلم يتم العثور على ahmed في dest.example.\n\n${copy('ahmed@dest.example')}`,
      { Subject: 'Undeliverable: Your order', From: 'postmaster@dest.example' },
    ),
  ),
  byText(
    'Microsoft 365, English, without diagnostics',
    [['ahmed@dest.example', 'hard']],
    daemon(
      `Your message to ahmed@dest.example couldn't be delivered.\n\nahmed wasn't found at dest.example.\n\nThe address may be misspelled or may not exist.\n\n${copy('ahmed@dest.example')}`,
      { Subject: 'Undeliverable: Your order', From: 'postmaster@dest.example' },
    ),
  ),
  byText(
    'Exchange, French, without diagnostics',
    [['ahmed@dest.example', 'hard']],
    daemon(
      `Échec de la remise pour ces destinataires ou groupes :\n\nahmed@dest.example (ahmed@dest.example)\nL'adresse de messagerie que vous avez entrée est introuvable. Vérifiez l'adresse de messagerie du destinataire et essayez de renvoyer le message. Si le problème persiste, contactez votre support technique.\n\n${copy('ahmed@dest.example')}`,
      { Subject: 'Undeliverable: Your order', From: 'postmaster@dest.example' },
    ),
  ),
  byText(
    'Exchange, Spanish, without diagnostics',
    [['ahmed@dest.example', 'hard']],
    daemon(
      `No se pudo entregar el mensaje a los siguientes destinatarios o grupos:\n\nahmed@dest.example (ahmed@dest.example)\nNo se encontró la dirección de correo electrónico que especificó. Compruebe la dirección de correo electrónico del destinatario e intente reenviar el mensaje.\n\n${copy('ahmed@dest.example')}`,
      { Subject: 'Undeliverable: Your order', From: 'postmaster@dest.example' },
    ),
  ),
];
