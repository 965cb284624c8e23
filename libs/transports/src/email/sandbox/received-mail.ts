import PostalMime, { type Address, type Email } from 'postal-mime';

/** What a list shows of a mail. */
export interface MailSummary {
  id: string;
  receivedAt: Date;
  /** Bytes, as received. */
  size: number;
  /** MAIL FROM. */
  envelopeFrom: string;
  /** RCPT TO. */
  envelopeTo: string[];
  from: string;
  to: string;
  subject: string;
  messageId: string;
}

/** A mail, read. */
export interface ReceivedMail extends MailSummary {
  /** Every header in order, duplicates included; names in lower case. */
  headers: { name: string; value: string }[];
  text: string;
  /** Null when the mail has no HTML part. */
  html: string | null;
  raw: Buffer;
  /** The first header of this name, or undefined. */
  header(name: string): string | undefined;
}

/** What is known of a mail without reading it. */
export interface StoredMail {
  id: string;
  receivedAt: Date;
  raw: Buffer;
}

/** Reads a mail; one that is no proper MIME still shows what it can. */
export async function readMail(stored: StoredMail): Promise<ReceivedMail> {
  const mail = await parse(stored.raw);
  const headers = mail.headers.map(({ key, value }) => ({ name: key, value }));
  return {
    ...summarize(stored, mail, stored.raw.length),
    headers,
    text: mail.text ?? '',
    html: mail.html ?? null,
    raw: stored.raw,
    header: name => headers.find(header => header.name === name.toLowerCase())?.value,
  };
}

/** @param stored `raw` may be the mail's beginning only. @param size of the whole mail */
export async function readSummary(stored: StoredMail, size: number): Promise<MailSummary> {
  const end = stored.raw.indexOf('\r\n\r\n');
  return summarize(stored, await parse(end < 0 ? stored.raw : stored.raw.subarray(0, end + 4)), size);
}

async function parse(raw: Buffer): Promise<Email> {
  try {
    return await PostalMime.parse(raw);
  } catch {
    return { headers: [], headerLines: [], attachments: [], text: raw.toString('utf8') };
  }
}

function summarize(stored: StoredMail, mail: Email, size: number): MailSummary {
  const delivered = mail.headers.filter(header => header.key === 'delivered-to').map(header => header.value);
  return {
    id: stored.id,
    receivedAt: stored.receivedAt,
    size,
    envelopeFrom: (mail.headers.find(header => header.key === 'return-path')?.value ?? '').replace(
      /^<|>$/g,
      '',
    ),
    envelopeTo: delivered,
    from: mail.from ? display(mail.from) : '',
    to: (mail.to ?? []).map(display).join(', '),
    subject: mail.subject ?? '',
    messageId: mail.messageId ?? '',
  };
}

function display(address: Address): string {
  if (address.group) return `${address.name}: ${address.group.map(display).join(', ')}`;
  return address.name === '' ? address.address : `${address.name} <${address.address}>`;
}
