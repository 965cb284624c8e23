import { randomBytes } from 'node:crypto';
import { type TextPieces } from '#templates';
import { type OutgoingEmail } from '../email-transport.js';
import { chooseEncoding, writeBody } from './body-encoding.js';
import { ByteWriter } from './byte-writer.js';
import { type SmtpAddress, toSmtpAddress } from './email-address.js';
import {
  headerField,
  mailbox,
  phrase,
  structured,
  unstructured,
  UnwritableFieldError,
} from './header-fields.js';
import { isBase64Shorter, writePieces } from './write-pieces.js';

/** A mail as bytes, and the envelope it travels in. */
export interface ComposedEmail {
  raw: Buffer;
  /** The same with the dot that ends it on the wire (RFC 5321 section 4.1.1.4); the memory is shared. */
  wire: Buffer;
  /** Octets of the header, up to and without the empty line. */
  headerLength: number;
  from: string;
  to: string;
  /** An address of it can only go to a relay that offers SMTPUTF8. */
  needsSmtpUtf8: boolean;
}

// `=_` cannot stand in quoted-printable or base64, so no body can contain its own boundary (RFC 2045 section 6.7).
const boundaryPrefix = `=_${randomBytes(9).toString('base64url')}`;
let boundaries = 0;

const writer = new ByteWriter();

const angled = /^<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>$/;
const uri = /^(?:https?|mailto):[\x21\x23-\x3b\x3d\x3f-\x7e]{1,900}$/;
const listLabel = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$/;
const colonFields = /^[\x21-\x39\x3b-\x7e]{0,100}(?::[\x21-\x39\x3b-\x7e]{0,100}){0,3}$/;
const languageTag = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,5}$/;

/**
 * Writes the mail: RFC 5322 header, multipart/alternative with the text first and the HTML last (RFC 2046 section 5.1.4).
 * @returns null when the recipient's address is none that SMTP could carry.
 * @throws UnwritableFieldError for a field of ours that no header can hold.
 */
export function composeEmail(email: OutgoingEmail): ComposedEmail | null {
  const to = toSmtpAddress(email.to.address);
  if (!to) return null;
  const from = ownAddress('from', email.from.address);
  const envelopeFrom = ownAddress('envelope sender', email.envelopeFrom);
  const replyTo = email.replyTo === null ? null : ownAddress('reply-to', email.replyTo);
  const boundary = `${boundaryPrefix}${(boundaries++).toString(36)}`;

  writer.length = 0;
  writer.utf8(
    remembered(`From\0${email.from.name}\0${from.address}`, () =>
      headerField('From', mailbox(email.from.name, from.address)),
    ) +
      headerField('To', mailbox(email.to.name, to.address)) +
      (replyTo ? headerField('Reply-To', replyTo.address) : '') +
      headerField('Subject', unstructured(email.subject)) +
      headerField('Date', rfc5322Date(email.date)) +
      headerField('Message-ID', structured('message id', email.messageId, angled)) +
      listFields(email) +
      (email.autoSubmitted ? headerField('Auto-Submitted', 'auto-generated') : '') +
      headerField('Content-Language', structured('language', email.language, languageTag)) +
      headerField('MIME-Version', '1.0') +
      headerField('Content-Type', `multipart/alternative; boundary="${boundary}"`),
  );
  const headerLength = writer.length;
  writePart('text/plain', email.text, boundary);
  writePart('text/html', email.html, boundary);
  writer.ascii(`\r\n--${boundary}--\r\n.\r\n`);
  const wire = writer.take();
  return {
    wire,
    raw: wire.subarray(0, wire.length - '.\r\n'.length),
    headerLength,
    from: envelopeFrom.address,
    to: to.address,
    needsSmtpUtf8: [to, from, envelopeFrom, replyTo].some(address => address?.needsSmtpUtf8),
  };
}

/** Fields that many mails have in common; names beyond ASCII take long to encode. */
const kept = new Map<string, string>();
const MOST_KEPT = 1000;

function remembered(key: string, make: () => string): string {
  const known = kept.get(key);
  if (known !== undefined) return known;
  if (kept.size >= MOST_KEPT) kept.clear();
  const field = make();
  kept.set(key, field);
  return field;
}

function writePart(type: string, text: string | TextPieces, boundary: string): void {
  const isWhole = typeof text === 'string';
  const encoding = isWhole ? chooseEncoding(text) : isBase64Shorter(text) ? 'base64' : 'quoted-printable';
  writer.ascii(
    `\r\n--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\n` +
      `Content-Transfer-Encoding: ${encoding}\r\n\r\n`,
  );
  if (isWhole || encoding === 'base64') writeBody(isWhole ? text : text.join(''), encoding, writer);
  else writePieces(text, writer);
}

/** standards.md E-05 to E-08: one-click unsubscribe, the list's identity, the feedback loop. */
function listFields(email: OutgoingEmail): string {
  const { listUnsubscribe, listId, feedbackId } = email;
  let fields = '';
  if (listUnsubscribe) {
    const { url, mailto } = listUnsubscribe;
    const targets =
      mailto === null ? [url] : [url, mailto.startsWith('mailto:') ? mailto : `mailto:${mailto}`];
    const list = targets.map(target => `<${structured('unsubscribe link', target, uri)}>`).join(', ');
    fields += headerField('List-Unsubscribe', list);
    fields += headerField('List-Unsubscribe-Post', 'List-Unsubscribe=One-Click');
  }
  if (listId) {
    const id = structured('list id', listId.id, listLabel);
    if (id.length > 255) throw new UnwritableFieldError('list id', 'it is longer than 255 characters');
    fields += remembered(`List-Id\0${listId.name}\0${id}`, () =>
      headerField('List-Id', `${phrase(listId.name)} <${id}>`.trim()),
    );
  }
  if (feedbackId !== null) {
    fields += headerField('Feedback-ID', structured('feedback id', feedbackId, colonFields));
  }
  return fields;
}

function ownAddress(field: string, address: string): SmtpAddress {
  const parsed = toSmtpAddress(address);
  if (!parsed) throw new UnwritableFieldError(field, 'it is not an email address');
  return parsed;
}

/** `Sat, 21 Nov 2026 09:00:00 +0000` (RFC 5322 section 3.3). */
function rfc5322Date(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new UnwritableFieldError('date', 'it is no date');
  return date.toUTCString().replace('GMT', '+0000');
}
