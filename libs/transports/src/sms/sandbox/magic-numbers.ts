import { smsFaultOf } from '../sms-fault.js';

/** What the stand-in refuses a request with, in the words of Twilio's API. */
export interface ApiError {
  status: number;
  code: number;
  message: string;
}

const error = (code: number, message: string, status = 400): ApiError => ({ status, code, message });

/** Senders that Twilio's test credentials refuse (twilio.com/docs/iam/test-credentials). */
const senders: Readonly<Record<string, (from: string) => ApiError>> = {
  '+15005550001': from => error(21212, `Invalid From Number (caller ID): ${from}`),
  '+15005550007': from =>
    error(
      21606,
      `The 'From' phone number provided (${from}) is not a valid message-capable Twilio phone number for this destination.`,
    ),
  '+15005550008': () =>
    error(21611, 'This From number has exceeded the maximum number of queued messages', 429),
};

/** Recipients that they refuse. */
const recipients: Readonly<Record<string, (to: string) => ApiError>> = {
  '+15005550001': to => error(21211, `Invalid 'To' Phone Number: ${to}`),
  '+15005550002': to =>
    error(
      21612,
      `Message cannot be sent with the current combination of 'To' (${to}) and/or 'From' parameters`,
    ),
  '+15005550003': to =>
    error(
      21408,
      `Permission to send an SMS has not been enabled for the region indicated by the 'To' number: ${to}`,
    ),
  '+15005550004': () => error(21610, 'Attempt to send to unsubscribed recipient'),
  '+15005550009': to => error(21614, `'To' number: ${to}, is not a mobile number`),
};

/** Why a message from this sender to this recipient is not taken; null: it is. */
export function refusalOf(from: string, to: string): ApiError | null {
  return senders[from]?.(from) ?? recipients[to]?.(to) ?? null;
}

/**
 * The error with which a message that was taken is not delivered; null: it is delivered. A number of the sandbox's own:
 * `+1500555` and the last five digits an error code, e.g. `+150055530003`.
 */
export function failureOf(to: string): number | null {
  const code = Number(/^\+1500555(30\d{3})$/.exec(to)?.[1] ?? NaN);
  return smsFaultOf(code) === null ? null : code;
}
