import { type ReportedRecipient } from '../mail/inbound-mail.js';
import { type BounceFacts } from './bounce-verdict.js';

/** What a report says of one recipient, as `classifyBounce` takes it. */
export function bounceFacts({
  status,
  diagnostic,
  explanation,
  action,
  remoteMta,
}: ReportedRecipient): BounceFacts {
  const isForPeople = diagnostic?.type === 'text';
  // That it failed for good is then what we made of the words, not what a server declared.
  const declared = isForPeople && action === 'failed' ? null : action;
  return {
    status,
    diagnostic: diagnostic?.text ?? null,
    isForPeople,
    explanation,
    action: declared,
    remoteMta,
  };
}
