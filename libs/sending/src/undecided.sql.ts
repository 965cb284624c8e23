import { operatorVerdicts } from './evidence.js';

const contradicted = `m.state = 'rejected' AND m.reason = '${operatorVerdicts.not_sent.reason}'`;

/** Of a message `m`: what evidence may still decide. Nothing is known of it, or an operator's word says that it was not sent. */
export const UNDECIDED = `(m.state = 'unknown' OR (${contradicted}))`;

/** The keys of all such messages, begun with those of which nothing is known, which are few. */
export const undecidedMessages = `
  SELECT dispatch_id, contact_id FROM message WHERE state = 'unknown'
   UNION
  SELECT m.dispatch_id, m.contact_id FROM message_evidence e
    JOIN message m ON m.dispatch_id = e.dispatch_id AND m.contact_id = e.contact_id
   WHERE e.kind = 'not_sent' AND ${contradicted}`;
