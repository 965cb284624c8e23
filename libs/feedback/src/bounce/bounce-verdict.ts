/**
 * What a refusal means for the address it was about. `hard`: it will never take mail. `soft`: not now. `block`: it may
 * well exist, but this mail, its sender or its server was refused. `auto_reply`: a person's machine answered.
 * `none`: nothing was refused.
 */
export type BounceClass = 'hard' | 'soft' | 'block' | 'auto_reply' | 'none';

export const bounceReasons = [
  ...(['no_such_mailbox', 'no_such_domain', 'mailbox_disabled', 'moved'] as const),
  ...(['mailbox_full', 'greylisted', 'connection', 'system', 'rate'] as const),
  ...(['policy', 'spam_content', 'content', 'reputation', 'authentication', 'size', 'relaying'] as const),
  ...(['automatic_reply', 'not_a_failure', 'unknown'] as const),
] as const;
export type BounceReason = (typeof bounceReasons)[number];

export interface BounceVerdict {
  class: BounceClass;
  reason: BounceReason;
}

/** What is known of one refusal. Nothing of it is proof of anything: whoever wrote the report wrote this too. */
export interface BounceFacts {
  /** The enhanced status (RFC 3463), e.g. `5.1.1`; also without dots, as some servers write it. */
  status?: string | null;
  /** The reply code of SMTP, e.g. 550. */
  code?: number | null;
  /** The server's words, in any language. */
  diagnostic?: string | null;
  /** Whether the diagnostic was written for people too, who are told of what may be. */
  isForPeople?: boolean;
  /** What the report says for people; read only where the server's words and status say nothing. */
  explanation?: string | null;
  /** RFC 3464 2.3.3; only `failed` is a refusal, and so is a report that does not say. */
  action?: string | null;
  remoteMta?: string | null;
}
