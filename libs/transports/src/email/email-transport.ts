import { type TextPieces } from '#templates';
import { type Transport } from '../transport.js';

export interface Mailbox {
  name: string | null;
  address: string;
}

/** One mail to one person, complete: nothing is looked up or rendered after this. */
export interface OutgoingEmail {
  from: Mailbox;
  /** MAIL FROM: where bounces go (RFC 5321 section 4.4). */
  envelopeFrom: string;
  to: Mailbox;
  replyTo: string | null;
  subject: string;
  /** In pieces, those that all mails share are encoded once. */
  html: string | TextPieces;
  text: string;
  /** With its angle brackets: `<key@example.com>`. */
  messageId: string;
  date: Date;
  /** RFC 2369 and RFC 8058; `mailto` is a URI (`mailto:...`) or a bare address. */
  listUnsubscribe: { url: string; mailto: string | null } | null;
  /** RFC 2919. */
  listId: { name: string; id: string } | null;
  /** Google's feedback loop: `campaign:stream:tenant:SenderId`. */
  feedbackId: string | null;
  /** Says `Auto-Submitted: auto-generated` (RFC 3834). */
  autoSubmitted: boolean;
  /** BCP 47 tag of what is written, e.g. `ar`. */
  language: string;
  /** The same at each attempt of the same message: a relay whose URL names a header for it takes the message once. */
  idempotencyKey?: string | null;
}

/** A way to hand one mail over. */
export type EmailTransport = Transport<OutgoingEmail>;
