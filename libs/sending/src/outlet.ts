import { type Channel } from '#common';
import { type MessageSubjects } from '#templates';
import { type EmailTransport, type Outcome, type OutgoingEmail, type Transport } from '#transports';
import { type Allowed } from './attempt.repository.js';
import { type EmailComposer, type EmailJob } from './email-composer.js';
import { type Settlement } from './settlement.js';

/** One person's message, about to leave. */
export interface Prepared<Message> {
  person: Allowed;
  /** @throws DomainError RENDER_FAILED: definite, nothing was sent. */
  make(): Message;
  /** Of an SMS: when hours or "not later than" end; what cannot arrive before does not begin. null: it may take its time. */
  endsAt?: Date | null;
  /** Of an SMS: its parts, and their price in millionths; null: no price is known. */
  parts?: number;
  cost?: number | null;
}

export interface Preparation<Message> {
  ready: Prepared<Message>[];
  /** What became of those that will not leave. */
  settled: Settlement[];
  /** The budget has room for nothing more: when to look again. null: it has, or there is none. */
  resumeAt: Date | null;
}

/** How the messages of one chunk leave: what is made for a person, and the transport that takes it. */
export interface Outlet<Message = unknown> {
  readonly channel: Channel;
  readonly transport: Transport<Message>;
  /** The domain that mails come from; null for what is no mail. */
  readonly fromEmail: string | null;
  /** Keys of the buckets that hold for it beside those of its sender and dispatch. */
  readonly limits: readonly string[];
  /** Asked of those that were allowed, before the first of them begins. */
  prepare(people: readonly Allowed[]): Promise<Preparation<Message>>;
  /** Told right after the transport answered. */
  saw?(message: Prepared<Message>, outcome: Outcome): void;
  /** Told once these are settled: what provably was not sent is not paid for. */
  settled(results: readonly Settlement[]): Promise<void>;
}

/** Mails are made one by one, as connections come free. */
export class EmailOutlet implements Outlet<OutgoingEmail> {
  readonly channel = 'email';

  constructor(
    readonly transport: EmailTransport,
    readonly limits: readonly string[],
    private readonly composer: EmailComposer,
    private readonly job: EmailJob,
    private readonly subjects: MessageSubjects,
  ) {}

  get fromEmail(): string | null {
    return this.job.sender.fromEmail;
  }

  async prepare(people: readonly Allowed[]): Promise<Preparation<OutgoingEmail>> {
    const { dispatch, template } = this.job;
    const ids = people.map(({ contactId }) => contactId);
    const about = await this.subjects.of(template, ids, { dispatchId: dispatch.id });
    const make = (person: Allowed) => () => this.composer.compose(this.job, person, about(person.contactId));
    return { ready: people.map(person => ({ person, make: make(person) })), settled: [], resumeAt: null };
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }
}
