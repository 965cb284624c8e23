import type twilio from 'twilio';
import { type OutgoingSms } from '../sms-transport.js';
import { type TwilioHttp, type TwilioTimeouts } from './twilio-http.js';

export interface TwilioOptions {
  /** `AC` and 32 hexadecimal digits. */
  accountSid: string;
  authToken: string;
  /** Where the API is: Twilio's own, a regional edge of it, or a stand-in. */
  baseUrl: string;
  connections: number;
  /** An authority that the API's certificate may be of, beside the usual ones, as PEM: of a stand-in. */
  ca?: string;
  timeouts: TwilioTimeouts;
}

/** The most that the API takes, in seconds. */
const LONGEST_VALID = 36_000;

type Sdk = InstanceType<typeof twilio.Twilio>;
export type Params = Parameters<Sdk['messages']['create']>[0];
export type Client = Pick<Sdk, 'messages'>;

/** Loaded with the first message: it is large, and a shop that sends no SMS does not need it. */
export async function connectSdk(
  { accountSid, authToken }: TwilioOptions,
  http: TwilioHttp,
): Promise<Client> {
  const { default: sdk } = await import('twilio');
  const httpClient = http as unknown as NonNullable<
    ConstructorParameters<typeof sdk.Twilio>[2]
  >['httpClient'];
  return new sdk.Twilio(accountSid, authToken, { httpClient, autoRetry: false });
}

/** @throws Error for a sender that is none. */
export function paramsOf(sms: OutgoingSms): Params {
  const { from } = sms;
  const source =
    from.kind === 'service'
      ? { messagingServiceSid: from.serviceSid }
      : { from: from.kind === 'number' ? from.number : from.name };
  if (from.kind === 'service' && !/^MG[0-9a-fA-F]{32}$/.test(from.serviceSid))
    throw new Error('The Messaging Service is none: nothing was sent.');
  if (from.kind === 'number' && !/^\+?\d{3,15}$/.test(from.number))
    throw new Error('The sender is not a phone number: nothing was sent.');
  if (from.kind === 'name' && !/^(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}$/.test(from.name))
    throw new Error('The sender name cannot be sent from: nothing was sent.');
  if (sms.statusUrl !== null && !isReachable(sms.statusUrl))
    throw new Error('The address for reports cannot be called: nothing was sent.');
  return {
    ...{ to: sms.to, ...source, body: sms.text, smartEncoded: false },
    ...(sms.statusUrl === null ? {} : { statusCallback: sms.statusUrl }),
    ...(sms.validSeconds === null
      ? {}
      : { validityPeriod: Math.min(LONGEST_VALID, Math.floor(sms.validSeconds)) }),
  };
}

/** Twilio calls no host with an underscore in its name. */
function isReachable(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && !url.hostname.includes('_');
}
