/**
 * Whose trouble an error of the provider is, and so what is to be done about it.
 *
 * - `opted_out`: the person said stop to the carrier. Suppressed, never tried again.
 * - `invalid`: no number, or none that takes SMS. Never tried again.
 * - `changed_hands`: nobody, or somebody else, has this number now: what its owner agreed to is void.
 * - `unreachable`: the handset is off or away, for now.
 * - `blocked`: the person or the carrier does not take it.
 * - `filtered`: taken for spam. It says something of the campaign and nothing of the contact.
 * - `sender`: our sender cannot send this, or not there: for an operator to mend.
 * - `country`: the account may not send to that country.
 * - `text`: the message itself cannot be sent.
 * - `account`: the login is wrong or the account is suspended; nothing at all can be sent.
 * - `later`: too fast, or a queue is full.
 * - `unknown`: the provider does not know either.
 */
export const smsFaults = [
  'opted_out',
  'invalid',
  'changed_hands',
  'unreachable',
  'blocked',
  'filtered',
  'sender',
  'country',
  'text',
  'account',
  'later',
  'unknown',
] as const;
export type SmsFault = (typeof smsFaults)[number];

/** Twilio's error and warning dictionary, as far as it speaks of SMS (twilio.com/docs/api/errors). */
const codes: Readonly<Record<SmsFault, readonly number[]>> = {
  opted_out: [21610],
  // 21211 no phone number, 21614 no mobile, 21604 none given, 21635 a landline, 30006 a landline or a carrier without SMS.
  invalid: [21211, 21214, 21217, 21604, 21614, 21635, 30006],
  // Unknown handset: most often the number was given up.
  changed_hands: [30005],
  unreachable: [30003],
  blocked: [30004],
  filtered: [30007],
  // 30032 a toll-free number that was not verified, 30034 one not registered for A2P 10DLC.
  sender: [
    21212, 21603, 21606, 21608, 21609, 21612, 21659, 21660, 21661, 21703, 21704, 21705, 30032, 30034, 30035,
  ],
  country: [21408, 21215],
  text: [21602, 21605, 21617, 21619, 21620, 30019],
  account: [20003, 20005, 20404, 20008, 30002, 90010],
  later: [20429, 14107, 21611, 30001, 30022, 30027, 20503, 20504],
  unknown: [30008],
};

/** Errors that the next message to the same country gets, too: of the whole account, or of what they come from. */
const closing: Readonly<Record<'account' | 'source', readonly number[]>> = {
  account: codes.country,
  // Of all `sender` errors these are about how the source is registered there, and not about one message.
  source: [30032, 30034],
};

/**
 * What takes no more messages to the country that a message with this error was for: the account, its source (30032 a
 * toll-free number that was not verified, 30034 one not registered for A2P 10DLC), or (null) neither.
 */
export function closedBy(code: number): keyof typeof closing | null {
  if (closing.account.includes(code)) return 'account';
  return closing.source.includes(code) ? 'source' : null;
}

const faultOf = new Map(
  Object.entries(codes).flatMap(([fault, numbers]) =>
    numbers.map(number => [number, fault as SmsFault] as const),
  ),
);

/** What an error code of the provider means; null for one that we have not heard of. */
export function smsFaultOf(code: number): SmsFault | null {
  return faultOf.get(code) ?? null;
}
