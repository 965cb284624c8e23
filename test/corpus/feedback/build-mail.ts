/** Parts of a mail as its header block and its body. */
export interface Part {
  type: string;
  body: string;
  headers?: string[];
}

export const ourMessageId = '<tok3n-Of_0urs@news.shop.example>';

/** The mail that came back, as reports return it. */
export const returnedMail = (to: string): string =>
  [
    'Received: from news.shop.example (news.shop.example [203.0.113.10]) by mx.example; Sun, 22 Nov 2026 10:00:00 +0000',
    'From: Shop <hello@news.shop.example>',
    `To: <${to}>`,
    'Subject: Your order, user unknown and mailbox full',
    `Message-ID: ${ourMessageId}`,
    'List-Unsubscribe: <https://shop.example/u/abc123>, <mailto:unsub+abc123@shop.example>',
    'Date: Sun, 22 Nov 2026 10:00:00 +0000',
    '',
    'Unsubscribe here if your mailbox is full. 550 5.1.1 nobody@trap.example: User unknown',
  ].join('\n');

/** A multipart mail of these parts; lines end in LF. */
export function multipart(
  contentType: string,
  headers: string[],
  parts: Part[],
  boundary = 'b0undary_42',
): string {
  return [
    ...headers,
    'MIME-Version: 1.0',
    `Content-Type: ${contentType}; boundary="${boundary}"`,
    '',
    'This is a MIME-encapsulated message.',
    '',
    ...parts.flatMap(part => [
      `--${boundary}`,
      `Content-Type: ${part.type}`,
      ...(part.headers ?? []),
      '',
      part.body,
      '',
    ]),
    `--${boundary}--`,
    '',
  ].join('\n');
}

export interface ReportedAs {
  to: string;
  status: string;
  action?: string;
  diagnostic?: string;
  original?: string;
  remoteMta?: string;
}

/** A report of RFC 3464 about these recipients. */
export function deliveryReport(
  recipients: ReportedAs[],
  human: string,
  more: { from?: string; subject?: string; global?: boolean } = {},
): string {
  const fields = [
    'Reporting-MTA: dns; mail.relay.example',
    'Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0000',
    '',
    ...recipients.flatMap(one => [
      ...(one.original ? [`Original-Recipient: rfc822;${one.original}`] : []),
      `Final-Recipient: ${more.global ? 'utf-8' : 'rfc822'}; ${one.to}`,
      `Action: ${one.action ?? 'failed'}`,
      `Status: ${one.status}`,
      ...(one.remoteMta ? [`Remote-MTA: dns; ${one.remoteMta}`] : []),
      ...(one.diagnostic ? [`Diagnostic-Code: ${one.diagnostic}`] : []),
      '',
    ]),
  ].join('\n');
  return multipart(
    'multipart/report; report-type=delivery-status',
    [
      'Return-Path: <>',
      `From: ${more.from ?? 'Mail Delivery System <MAILER-DAEMON@mail.relay.example>'}`,
      'To: b+tok3n@news.shop.example',
      `Subject: ${more.subject ?? 'Undelivered Mail Returned to Sender'}`,
      'Message-ID: <report-1@mail.relay.example>',
      'Date: Sun, 22 Nov 2026 10:05:00 +0000',
      'Auto-Submitted: auto-replied',
    ],
    [
      { type: 'text/plain; charset=utf-8', body: human },
      { type: more.global ? 'message/global-delivery-status' : 'message/delivery-status', body: fields },
      { type: 'message/rfc822', body: returnedMail(recipients[0]?.to ?? 'x@y.example') },
    ],
  );
}

/** A mail of one text, with these headers. */
export function textMail(
  headers: Record<string, string>,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): string {
  return [
    ...Object.entries({
      Date: 'Sun, 22 Nov 2026 10:05:00 +0000',
      'Message-ID': '<in-1@there.example>',
      ...headers,
    }).map(([name, value]) => `${name}: ${value}`),
    'MIME-Version: 1.0',
    `Content-Type: ${contentType}`,
    'Content-Transfer-Encoding: 8bit',
    '',
    text,
  ].join('\n');
}
