import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { DomainError, formatId, notFound } from '#common';
import { Database } from '#database';
import { type FaqEntry } from './faq-entry.js';
import { lintFaq } from './faq-lint.js';
import { FaqRepository } from './faq.repository.js';
import { MAIL_FILES, type MailFiles } from './mail-files.js';

/** What customers ask a sender most: shown in after-sales mails, which are service. */
@Injectable()
export class FaqsService {
  constructor(
    private readonly db: Database,
    private readonly repository: FaqRepository,
    private readonly audit: AuditTrail,
    @Inject(MAIL_FILES) private readonly files: MailFiles,
  ) {}

  /** @throws DomainError SENDER_NOT_FOUND */
  async get(senderId: number): Promise<FaqEntry[]> {
    if (!(await this.repository.hasSender(senderId))) throw notFound('sender', formatId('sender', senderId));
    return this.repository.entries(senderId);
  }

  /** What mails show now. */
  entries(senderId: number): Promise<FaqEntry[]> {
    return this.repository.entries(senderId);
  }

  /**
   * Replaces them all; mails that are made from now on show them.
   * @throws DomainError SENDER_NOT_FOUND, FAQ_PROMOTES with every place that promises, presses or names a price
   */
  async replace(senderId: number, entries: readonly FaqEntry[], actor: string): Promise<FaqEntry[]> {
    const details = lintFaq(entries, this.files);
    if (details[0]) {
      throw new DomainError({
        ...{ kind: 'unprocessable', code: 'FAQ_PROMOTES', details: details.slice(0, 100) },
        message: `The FAQ stands in service messages and cannot be kept like this. ${details[0].message}`,
      });
    }
    return this.db.transaction(async () => {
      const subject = formatId('sender', senderId);
      if (!(await this.repository.lockSender(senderId))) throw notFound('sender', subject);
      await this.repository.replace(senderId, entries);
      await this.audit.record(actor, 'sender.faq_changed', subject, { entries: entries.length });
      return this.repository.entries(senderId);
    });
  }
}
