import { type MessageKey } from '#sending';
import { type NewFeedback } from '../feedback.js';
import { judgeSms, type SmsVerdict } from './sms-verdict.js';
import { PROVIDER, type TwilioFields } from './twilio-call.js';

/** Before it is with the person or has failed: all that these say is that Twilio has it. */
const onItsWay = new Set(['queued', 'accepted', 'scheduled', 'sending', 'sent']);
const arrived = new Set(['delivered', 'read']);
const failed = new Set(['undelivered', 'failed', 'canceled']);

/**
 * What a report of a message's status tells (twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks).
 * They come more than once and in any order; each status of a message is one event.
 * @returns `unreadable` without what each has; null for a status that says nothing to us
 */
export function fromStatus(
  fields: TwilioFields,
  key: MessageKey,
  now: Date,
): NewFeedback | 'unreadable' | null {
  const sid = fields['MessageSid'] ?? fields['SmsSid'];
  const status = (fields['MessageStatus'] ?? fields['SmsStatus'])?.toLowerCase();
  if (sid === undefined || !/^[A-Z]{2}[0-9a-f]{32}$/i.test(sid) || status === undefined) return 'unreadable';
  const told = meaningOf(status, fields['ErrorCode']);
  return (
    told && {
      ...{ source: PROVIDER, sourceEventId: `${sid}/${status}`, channel: 'sms', key, occurredAt: now },
      ...told,
    }
  );
}

function meaningOf(status: string, errorCode: string | undefined): SmsVerdict | null {
  if (onItsWay.has(status)) return { kind: 'taken' };
  if (arrived.has(status)) return { kind: 'delivered' };
  if (!failed.has(status)) return null;
  const code = /^[1-9]\d{4}$/.test(errorCode ?? '') ? Number(errorCode) : null;
  // We, or an operator, had it stopped: of the phone nobody heard anything.
  if (status === 'canceled' && code === null)
    return { kind: 'bounced', bounceClass: 'block', reason: 'canceled' };
  return judgeSms(code);
}
