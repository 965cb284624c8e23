import { createLogger, type Logger } from '#common';
import { type OutgoingSms, type TwilioOptions, type TwilioTimeouts, TwilioTransport } from '#transports';

export const TEST_ACCOUNT = { accountSid: `AC${'1'.repeat(32)}`, authToken: 'token-of-the-tests' };

/** An SMS in both scripts, complete; override what a test is about. */
export function sms(more: Partial<OutgoingSms> = {}): OutgoingSms {
  return {
    from: { kind: 'number', number: '+15005550006' },
    to: '+966501234567',
    text: 'نايل بوكس: طلبك 42 جاهز & ready + 100% ☕ https://ithn.test/s/a',
    statusUrl: null,
    validSeconds: null,
    ...more,
  };
}

/** Long where a busy machine must not matter, short where a test waits for its end. */
const timeouts: TwilioTimeouts = {
  ...{
    connect: 5000,
    answer: 5000,
    idle: 5000,
    patience: 10_000,
    backoff: 20,
    longestBackoff: 200,
    close: 5000,
  },
};

/** A transport to an API in the place of Twilio's. */
export function twilioTo(
  baseUrl: string,
  waits: Partial<TwilioTimeouts> = {},
  more: Partial<TwilioOptions> = {},
  logger: Logger = createLogger('silent'),
): TwilioTransport {
  const options = { ...TEST_ACCOUNT, baseUrl, connections: 4, timeouts: { ...timeouts, ...waits }, ...more };
  return new TwilioTransport(options, logger);
}
