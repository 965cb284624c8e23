import { type MailSummary, type ReceivedMail } from '#transports';

/** A piece of plain text; with `url` it is a link. */
export interface TextPart {
  text: string;
  url: string | null;
}

/** Cuts a plain text at its web addresses, so that they can be clicked. */
export function linkify(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"'\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gi)) {
    // A full stop or bracket after an address belongs to the sentence.
    const url = match[0].replace(/[.,;:!?)\]}،؛؟]+$/u, '');
    if (match.index > from) parts.push({ text: text.slice(from, match.index), url: null });
    parts.push({ text: url, url });
    from = match.index + url.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), url: null });
  return parts;
}

/** Makes every link of a mail open a tab of its own: in the frame it would go nowhere. */
export function withBlankTarget(html: string): string {
  const base = '<base target="_blank">';
  const place = /<head(?:\s[^>]*)?>/i.exec(html) ?? /^\s*<!doctype[^>]*>/i.exec(html);
  const at = place ? place.index + place[0].length : 0;
  return html.slice(0, at) + base + html.slice(at);
}

export function listItem(mail: MailSummary) {
  return {
    id: mail.id,
    url: `/inbox/${mail.id}`,
    receivedAt: mail.receivedAt.toISOString(),
    from: mail.from,
    to: mail.to || mail.envelopeTo.join(', '),
    subject: mail.subject,
    messageId: mail.messageId,
    size: mail.size,
  };
}

export function mailPage(mail: ReceivedMail) {
  return {
    ...listItem(mail),
    envelopeFrom: mail.envelopeFrom,
    envelopeTo: mail.envelopeTo.join(', '),
    unsubscribe: linkify(mail.header('list-unsubscribe') ?? '').find(part => part.url !== null)?.url ?? null,
    headers: mail.headers,
    hasHtml: mail.html !== null,
    text: linkify(mail.text),
  };
}
