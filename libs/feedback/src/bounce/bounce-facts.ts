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
  return { status, diagnostic: diagnostic?.text ?? null, explanation, action, remoteMta };
}
