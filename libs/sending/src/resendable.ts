import { type EmailTransport } from '#transports';
import { type Message } from './message.repository.js';

/** Whether an unknown message may be sent again without a duplicate. */
export type Resendable =
  | { possible: true; relay: string; until: Date }
  | {
      possible: false;
      code: 'RESEND_RELAY_NOT_KNOWN' | 'RESEND_NEEDS_KEY' | 'RESEND_TOO_LATE';
      /** What keeps it from being resent, and what to do. */
      message: string;
    };

/** A mail may be under way so long before the relay looks at its key, in milliseconds. */
const MARGIN_MS = 15 * 60_000;

/**
 * A relay that takes a key takes the message once, for as long as it knows the key: from the first attempt that it may
 * have taken. Any other relay would send it twice.
 */
export function resendable(
  message: Pick<Message, 'relay' | 'allowedAt' | 'keySince'>,
  transport: Pick<EmailTransport, 'keyLifetime'>,
  now: Date,
): Resendable {
  const { relay } = message;
  const no = (code: 'RESEND_RELAY_NOT_KNOWN' | 'RESEND_NEEDS_KEY' | 'RESEND_TOO_LATE', text: string) =>
    ({ possible: false, code, message: text }) as const;
  if (relay === null || relay === '') {
    return no(
      'RESEND_RELAY_NOT_KNOWN',
      'The worker ended before it noted which relay had the message, and another one would not know its key. Look it up at the relay and resolve it by hand.',
    );
  }
  const lifetime = transport.keyLifetime(relay);
  if (lifetime === null) {
    return no(
      'RESEND_NEEDS_KEY',
      `The relay ${relay} is not configured with an idempotency key, so the person might get the message twice. Look it up at the relay and resolve it by hand; a relay that takes a key is named by ?idempotency=<header> in SMTP_URL.`,
    );
  }
  const until = new Date((message.keySince ?? message.allowedAt).getTime() + lifetime - MARGIN_MS);
  if (now >= until) {
    return no(
      'RESEND_TOO_LATE',
      `The relay ${relay} knows the key of this message no longer, so the person might get it twice. Look it up at the relay and resolve it by hand.`,
    );
  }
  return { possible: true, relay, until };
}
