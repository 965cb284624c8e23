import { type Grant } from '#consent';
import { type TextPieces } from '#templates';

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

/** Whoever sends may think better of a mail until it has begun, which is its MAIL FROM. */
export interface SendPermit {
  /** Asked right before a mail begins, after every wait. False: it must not begin any more. */
  mayBegin(): boolean;
  /** Calls back when what has not begun no longer may; a mail that waits for a connection need not wait on. */
  onWithdrawn(listener: () => void): () => void;
}

export interface SendOptions {
  permit?: SendPermit;
  /** Through this relay or not at all. */
  relay?: string;
}

/**
 * What became of one attempt. Replies are what the relay said, without the recipient's address, at most 500 characters.
 *
 * - `accepted`: the relay took responsibility. That is not delivery.
 * - `rejected`: a definite, permanent refusal of this message.
 * - `deferred`: provably not sent; another attempt cannot make a duplicate.
 * - `unknown`: the end of the mail was on its way and no answer came. Never resend it.
 */
export type Outcome =
  | { state: 'accepted'; relay: string; providerMessageId: string | null; reply: string }
  | {
      state: 'rejected';
      relay: string;
      reply: string;
      code: number | null;
      enhanced: string | null;
      offered?: false;
    }
  | {
      state: 'deferred';
      relay: string;
      reply: string;
      code: number | null;
      enhanced: string | null;
      /**
       * No relay was offered the mail: none was reached, it refused our connection or our login, or we offered nothing.
       * What was said is no word about this mail, nor about how fast we send.
       */
      offered?: false;
      /** It never began, because its permit said no. */
      withdrawn?: true;
    }
  | { state: 'unknown'; relay: string; reply: string };

/** How many messages a relay takes in a time: `{ relay: 'mail.example', messages: 14, per: 'second' }`. */
export interface RelayLimit {
  relay: string;
  messages: number;
  per: 'second' | 'minute' | 'hour' | 'day';
}

/** A way to hand one mail over. Every one passes test/conformance. */
export interface EmailTransport {
  readonly name: string;
  /** How many sends make sense at the same time; more only wait. */
  readonly capacity: number;
  /** Relays that take only so many messages in a time, as configured. Whoever sends keeps to it. */
  readonly limits: readonly RelayLimit[];
  /**
   * Hands over one mail, once. Every trouble of the network, the relay or the recipient is an Outcome, and one always
   * comes within bounded time.
   * @throws Error for a fault of the program only, before anything is sent: a grant for someone else, or a field
   * of ours (a message id, a header) that cannot be written.
   */
  send(email: OutgoingEmail, grant: Grant, options?: SendOptions): Promise<Outcome>;
  /** For how long, in milliseconds, this relay takes a message with the same key only once; null: it takes no key. */
  keyLifetime(relay: string): number | null;
  /** Takes no further mail, waits for those under way, and hangs up. */
  close(): Promise<void>;
}
