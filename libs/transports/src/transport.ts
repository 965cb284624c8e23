import { type Grant } from '#consent';

/** Whoever sends may think better of a message until it has begun: a mail's MAIL FROM, an SMS's request. */
export interface SendPermit {
  /** Asked right before a message begins, after every wait. False: it must not begin any more. */
  mayBegin(): boolean;
  /** Calls back when what has not begun no longer may; one that waits for a connection need not wait on. */
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
 * - `unknown`: the end of the message was on its way and no answer came. Never resend it.
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
       * No relay was offered the message: none was reached, it refused our connection or our login, or we offered nothing.
       * What was said is no word about this message, nor about how fast we send.
       */
      offered?: false;
      /** It was refused for a setting of ours, or of the account: the relay works, and an operator may mend it. */
      setting?: true;
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

/** A way to hand one message over, a mail or an SMS. Every one passes test/conformance. */
export interface Transport<Message> {
  readonly name: string;
  /** How many sends make sense at the same time; more only wait. */
  readonly capacity: number;
  /** Relays that take only so many messages in a time, as configured. Whoever sends keeps to it. */
  readonly limits: readonly RelayLimit[];
  /**
   * Hands over one message, once. Every trouble of the network, the relay or the recipient is an Outcome, and one always
   * comes within bounded time.
   * @throws Error for a fault of the program only, before anything is sent: a grant for someone else, or a field
   * of ours (a message id, a header) that cannot be written.
   */
  send(message: Message, grant: Grant, options?: SendOptions): Promise<Outcome>;
  /** For how long, in milliseconds, this relay takes a message with the same key only once; null: it takes no key. */
  keyLifetime(relay: string): number | null;
  /** Takes no further message, waits for those under way, and hangs up. */
  close(): Promise<void>;
}
