/**
 * What a mail that came back says. Nothing here is proof: anybody can write such a mail. A report becomes a fact only
 * when a signed token in `references` (or in the address it was sent to) verifies, which is decided elsewhere.
 */
export type InboundMail = DeliveryReport | ComplaintReport | AutomaticReply | Reply | UnreadableMail;

export interface MailHead {
  /** The first address of From, in lower case. */
  from: string | null;
  to: string[];
  subject: string;
  date: Date | null;
  /** With its angle brackets, like every Message-ID here. */
  messageId: string | null;
  /** Message-IDs of original messages: In-Reply-To, References, and those of whatever was returned. At most 50. */
  references: string[];
  /** To whom the returned message was addressed, by its own headers. At most 50. */
  returnedRecipients: string[];
  /** URLs in the List-Unsubscribe of the returned message: the last token when everything else was redacted. At most 10. */
  returnedUnsubscribeUrls: string[];
  /** The mail was longer than what is read of one. */
  truncated: boolean;
}

export const deliveryActions = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const;
export type DeliveryAction = (typeof deliveryActions)[number];

export interface ReportedRecipient {
  /** In lower case; null when the report does not name anybody. */
  finalRecipient: string | null;
  originalRecipient: string | null;
  /** Only `failed` is a bounce. */
  action: DeliveryAction;
  /** The enhanced status as it was written, e.g. `5.1.1`. */
  status: string | null;
  /** `type` as in `smtp; 550 ...`; `text` for words that a report wrote for people. */
  diagnostic: { type: string; text: string } | null;
  /** What a report with fields says of them in its text. */
  explanation: string | null;
  remoteMta: string | null;
}

/** What became of a mail, by a mail server (RFC 3464, 6522, 6533) or in the words of one that writes no such report. */
export interface DeliveryReport extends MailHead {
  kind: 'delivery_report';
  /** Whether it had fields for machines, or was read from its text. */
  source: 'fields' | 'text';
  reportingMta: string | null;
  /** The ENVID of our MAIL FROM, if it was given. */
  originalEnvelopeId: string | null;
  arrivalDate: Date | null;
  /** At least one. At most 100. */
  recipients: ReportedRecipient[];
}

export const complaintTypes = [
  ...(['abuse', 'fraud', 'virus', 'opt-out', 'opt-out-list', 'not-spam', 'auth-failure', 'other'] as const),
] as const;
export type ComplaintType = (typeof complaintTypes)[number];

/** A complaint as providers send them (RFC 5965, 6430, 6449, 6591). */
export interface ComplaintReport extends MailHead {
  kind: 'complaint_report';
  /** `other` for types nobody registered. */
  feedbackType: ComplaintType;
  /** How many complaints this one stands for; at least 1. */
  incidents: number;
  /** Null where it was redacted. */
  originalMailFrom: string | null;
  /** Without what was redacted; may be empty. */
  originalRecipients: string[];
  originalEnvelopeId: string | null;
  arrivalDate: Date | null;
  sourceIp: string | null;
  reportingMta: string | null;
  userAgent: string | null;
  reportedDomains: string[];
  authFailure: string | null;
}

export type AutomaticReplySign = 'read_receipt' | 'challenge' | 'header' | 'bulk' | 'subject' | 'text';

/** A machine's answer: absence, receipt, ticket, challenge, list (RFC 3834, RFC 8098). Never a reply of the person. */
export interface AutomaticReply extends MailHead {
  kind: 'automatic_reply';
  /** What gave it away. */
  sign: AutomaticReplySign;
  text: string;
}

export interface Reply extends MailHead {
  kind: 'reply';
  /** What they wrote themselves: no quoted mail, no signature. At most 10,000 characters; may be empty. */
  newText: string;
}

/** Parts nested too deep, headers too long: only its address can say what it was about. */
export interface UnreadableMail extends MailHead {
  kind: 'unreadable';
  reason: string;
}
