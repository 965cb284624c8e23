import { smsFaultOf, type SmsFault } from '#transports';
import { type NewFeedback } from '../feedback.js';
import { CARRIER_STOP } from '../withdrawal-methods.js';

/** What is said of a message that was not delivered; the rest of it says of which, when and by whom. */
export type SmsVerdict = Pick<NewFeedback, 'kind' | 'bounceClass' | 'reason' | 'status'>;

/**
 * Whose fault it is that an SMS was not delivered. A soft one counts towards the end of our patience (`SmsBounces`); a block is
 * about us, our account or the text, and never costs a person.
 */
const bounceClassOf: Record<Exclude<SmsFault, 'opted_out'>, NonNullable<NewFeedback['bounceClass']>> = {
  invalid: 'hard',
  changed_hands: 'soft',
  unreachable: 'soft',
  blocked: 'soft',
  unknown: 'soft',
  filtered: 'block',
  sender: 'block',
  country: 'block',
  text: 'block',
  account: 'block',
  later: 'block',
};

/**
 * What an error code of the provider means for the phone and for us. One that we have not heard of, or none, says nothing
 * against either: it is kept.
 */
export function judgeSms(code: number | null): SmsVerdict {
  const fault = (code === null ? null : smsFaultOf(code)) ?? 'unknown';
  const status = code === null ? null : String(code);
  if (fault === 'opted_out') return { kind: 'opted_out', reason: CARRIER_STOP, status };
  return { kind: 'bounced', bounceClass: bounceClassOf[fault], reason: fault, status };
}
