import { type Transport } from '../transport.js';

/** Whom an SMS comes from: a phone number (E.164), a pool of them that Twilio chooses from, or a name people cannot answer. */
export type SmsSource =
  | { kind: 'number'; number: string }
  | { kind: 'service'; serviceSid: string }
  | { kind: 'name'; name: string };

/** One SMS to one person, complete: nothing is looked up or rendered after this. */
export interface OutgoingSms {
  from: SmsSource;
  /** E.164, e.g. `+966501234567`. */
  to: string;
  /** As it was counted: at most `LONGEST_SMS`, and no provider puts other characters in. */
  text: string;
  /** Where the provider reports what became of it; null: nowhere. */
  statusUrl: string | null;
  /**
   * For how long the provider may keep it in its queue, in seconds from when it is handed to the transport: what it waits here is
   * taken off. Then it is given up. null: as long as it likes.
   */
  validSeconds: number | null;
}

/** A way to hand one SMS over. */
export type SmsTransport = Transport<OutgoingSms>;
