import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock, LOGGER, type Logger, TokenSigner } from '#common';
import { SubscriptionLinks } from '#consent';
import { Database } from '#database';
import { JobQueue } from '#queue';
import { type MessageKey, readMessageIdHeader, ReturnAddresses } from '#sending';
import { FeedbackService } from './feedback.service.js';
import { toFeedback } from './inbound-feedback.js';
import { InboundMailRepository, type StoredMail } from './inbound-mail.repository.js';
import { type InboundMail } from './mail/inbound-mail.js';
import { readInboundMail } from './mail/read-inbound-mail.js';

/** Waits before a mail that could not be read is read again, in milliseconds; after the last one it is left. */
const RETRY_MS = [1_000, 60_000, 600_000];
/** How long a mail's fingerprint is kept, so that the same one again is no news: longer than any server tries (RFC 5321
 * section 4.5.4.1 asks for four to five days). */
const KEPT_MS = 30 * 24 * 3_600_000;

/** Names every domain with mail has (RFC 2142), and where receivers send complaints. */
const commonNames = new Set(['postmaster', 'abuse', 'complaints', 'fbl']);

/** Mail that comes back to us: kept when it arrives, read by a worker. */
@Injectable()
export class InboundMailService {
  constructor(
    private readonly db: Database,
    private readonly repository: InboundMailRepository,
    private readonly addresses: ReturnAddresses,
    private readonly feedback: FeedbackService,
    private readonly links: SubscriptionLinks,
    private readonly signer: TokenSigner,
    private readonly queue: JobQueue,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Whether mail for an address is ours to take: one that we made, or one that every domain has. */
  takes(address: string): boolean {
    if (this.addresses.read(address)) return true;
    return (
      this.addresses.isOurs(address) && commonNames.has(address.slice(0, address.indexOf('@')).toLowerCase())
    );
  }

  /** Keeps a mail for each of its addresses; once this returns, it cannot be lost. The same one again changes nothing. */
  async accept(envelopeFrom: string, recipients: readonly string[], raw: Buffer): Promise<void> {
    const addresses = [...new Set(recipients.map(address => address.toLowerCase()))].sort();
    const personal = addresses.filter(address => this.addresses.read(address));
    // To all common names it is one mail.
    const common = addresses.filter(address => !personal.includes(address)).slice(0, 1);
    const mails = [...personal, ...common].map(recipient => ({
      ...{ envelopeFrom, recipient },
      digest: createHash('sha256').update(recipient).update('\0').update(raw).digest(),
    }));
    await this.repository.insert(mails, raw, this.clock.now());
    await this.queue.wake('read-inbound-mail', {});
  }

  /** Reads the next mail that is due. @returns false when there is none */
  async readNext(): Promise<boolean> {
    let failed: StoredMail | null = null;
    try {
      const isRead = await this.db.transaction(async () => {
        const mail = await this.repository.next(this.clock.now());
        if (!mail) return false;
        failed = mail;
        await this.#read(mail);
        await this.repository.markRead(mail.id);
        return true;
      });
      if (isRead) await this.feedback.announce();
      return isRead;
    } catch (error) {
      if (!failed) throw error;
      await this.#fail(failed, error);
      return true;
    }
  }

  forgetOld(): Promise<number> {
    return this.repository.forgetBefore(new Date(this.clock.now().getTime() - KEPT_MS));
  }

  async #read({ raw, digest, envelopeFrom, recipient, receivedAt }: StoredMail): Promise<void> {
    const mail = await readInboundMail(raw);
    const events = toFeedback(mail, {
      ...{ eventId: digest.toString('hex'), envelopeFrom, receivedAt },
      ...{ address: this.addresses.read(recipient), quoted: this.#quoted(mail) },
    });
    await this.feedback.keep(events);
  }

  /** The message of ours that a mail quotes: by a Message-ID that we signed, or by the unsubscribe link of its reader. */
  #quoted(mail: InboundMail): MessageKey | null {
    for (const reference of mail.references) {
      const key = readMessageIdHeader(this.signer, reference);
      if (key) return key;
    }
    for (const url of mail.returnedUnsubscribeUrls) {
      const link = this.links.read(/\/u\/([A-Za-z0-9_-]+)/.exec(url)?.[1] ?? '');
      if (link && link.dispatchId > 0) return { dispatchId: link.dispatchId, contactId: link.contactId };
    }
    return null;
  }

  async #fail(mail: StoredMail, error: unknown): Promise<void> {
    const wait = RETRY_MS[mail.tries];
    const dueAt = wait === undefined ? null : new Date(this.clock.now().getTime() + wait);
    this.logger.error({ inboundMail: mail.id, err: error }, 'a mail that came back could not be read');
    await this.repository.markFailed(mail.id, dueAt);
  }
}
