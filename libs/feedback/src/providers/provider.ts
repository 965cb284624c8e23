/** A request as a provider sent it; the body to the byte, because signatures are over bytes. */
export interface ProviderRequest {
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  path?: string;
  query?: Readonly<Record<string, unknown>>;
  ip?: string;
}

/** What tells a provider's requests from anybody's. Several of each, so that one can be exchanged without a gap. */
export interface ProviderSecrets {
  /** Topics of Amazon SNS that we subscribed to; nobody else's topic is listened to. */
  sesTopicArns: readonly string[];
  /** Only for raw message delivery, which Amazon does not sign. */
  sesSecrets: readonly string[];
  /** Public keys of P-256: SubjectPublicKeyInfo in DER, as base64. */
  sendgridKeys: readonly string[];
  mailgunKeys: readonly string[];
  postmarkSecrets: readonly string[];
  brevoSecrets: readonly string[];
}

/**
 * `rejected`: the provider itself refused to send (its own suppression list, a virus, a template it could not fill), so
 * no receiving server ever spoke. `bounced`: the receiving server said no, or it was given up.
 */
export const providerEventKinds = [
  ...['accepted', 'delivered', 'deferred', 'bounced', 'rejected', 'complained'],
  ...['unsubscribed', 'opened', 'clicked', 'other'],
] as const;
export type ProviderEventKind =
  | 'accepted'
  | 'delivered'
  | 'deferred'
  | 'bounced'
  | 'rejected'
  | 'complained'
  | 'unsubscribed'
  | 'opened'
  | 'clicked'
  | 'other';

/** One thing that happened to one recipient. Every text is bounded, and such as PostgreSQL can keep. */
export interface ProviderEvent {
  provider: string;
  /** Unique per provider, event and recipient: the same when the provider says it again. At most 200 characters. */
  eventId: string;
  kind: ProviderEventKind;
  /** As the provider says; when it says nothing we can believe, when we heard. */
  occurredAt: Date;
  /** Lower-cased; null where the provider names nobody, or several for one opening. */
  recipient: string | null;
  /** Our Message-ID header without its angle brackets, where the provider gives it back (README). */
  messageId: string | null;
  /** The provider's own name for the message, which its SMTP answer often bears too. */
  providerMessageId: string | null;
  /** Enhanced status (RFC 3463), e.g. `5.1.1`. */
  status: string | null;
  /** SMTP reply code (RFC 5321), e.g. 550. */
  code: number | null;
  /** What the receiving server said, or the provider about it. */
  diagnostic: string | null;
  /** The provider's own words for the kind, e.g. `Permanent/General`; also where it says why it refused to send. */
  bounceType: string | null;
  /** Of a complaint: `abuse`, `fraud`, `not-spam`... */
  feedbackType: string | null;
  /** Of an opening or a click: whether the provider says that no person did it; null where it does not say. */
  machine: boolean | null;
  url: string | null;
  userAgent: string | null;
  ip: string | null;
}

export type RefusalCode =
  | 'WEBHOOK_NOT_CONFIGURED'
  | 'WEBHOOK_UNSIGNED'
  | 'WEBHOOK_SIGNATURE_INVALID'
  | 'WEBHOOK_TOO_OLD'
  | 'WEBHOOK_TOPIC_UNKNOWN'
  | 'WEBHOOK_CERTIFICATE_REFUSED'
  | 'WEBHOOK_CERTIFICATE_UNAVAILABLE'
  | 'WEBHOOK_TOO_LARGE'
  | 'WEBHOOK_UNREADABLE';

export interface Refusal {
  kind: 'refused';
  code: RefusalCode;
  /** A sentence for the operator, without anything of a person. */
  reason: string;
}

export type Received =
  | {
      kind: 'events';
      events: ProviderEvent[];
      /**
       * A token that stands for these events alone, where the signature covers it and not the events (Mailgun): a store
       * that has seen it refuses it for others.
       */
      onceToken: string | null;
    }
  /** Amazon asks whether we want this topic: fetching the URL says yes. It is Amazon's, and the topic is ours. */
  | { kind: 'confirm'; url: string }
  | Refusal;

/** One provider's way to tell what became of mails. */
export interface WebhookProvider {
  readonly name: string;
  /** Verifies one request and reads its events. Never throws for what a caller can send. */
  receive(request: ProviderRequest, secrets: ProviderSecrets, now: Date): Promise<Received>;
}

export function refused(code: RefusalCode, reason: string): Refusal {
  return { kind: 'refused', code, reason };
}

export const notConfigured = (variable: string): Refusal =>
  refused('WEBHOOK_NOT_CONFIGURED', `This provider is not set up here. Set ${variable} first.`);
