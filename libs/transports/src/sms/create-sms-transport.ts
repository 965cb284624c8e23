import { type Logger } from '#common';
import { type Config } from '#config';
import { NoSmsTransport } from './no-sms-transport.js';
import { type SmsTransport } from './sms-transport.js';
import { defaultTwilioTimeouts, TwilioTransport } from './twilio/twilio-transport.js';

type SmsConfig = Pick<Config, 'twilio' | 'TWILIO_API_URL' | 'TWILIO_CONNECTIONS' | 'TWILIO_ANSWER_SECONDS'>;

/** The transport that the configuration describes. */
export function createSmsTransport(config: SmsConfig, logger: Logger): SmsTransport {
  if (config.twilio === null) return new NoSmsTransport();
  const { accountSid, authTokens } = config.twilio;
  const timeouts = { ...defaultTwilioTimeouts, answer: config.TWILIO_ANSWER_SECONDS * 1000 };
  return new TwilioTransport(
    {
      ...{ accountSid, authToken: authTokens[0] as string, baseUrl: config.TWILIO_API_URL },
      ...{ connections: config.TWILIO_CONNECTIONS, timeouts },
    },
    logger,
  );
}
