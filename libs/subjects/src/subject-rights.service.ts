import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { DomainError, formatId, notFound } from '#common';
import { LedgerRetention } from '#consent';
import { ContactsService } from '#contacts';
import { Database, isDeadlock, isLockUnavailable } from '#database';
import { EngagementRecords, FeedbackService } from '#feedback';
import { MessagesService } from '#sending';
import { HeldDataRepository } from './held-data.repository.js';
import { SubjectDocumentsService } from './subject-documents.service.js';
import { type SubjectExport } from './subject-export.js';
import { type SubjectRequest } from './subject-request.entity.js';
import { SubjectRequestsService } from './subject-requests.service.js';

/** A message of the person is being written this very moment: again, after so many milliseconds, so many times. */
const BUSY_MS = 20;
const BUSY_TRIES = 250;

/** What people may ask of whoever holds their data: a copy of it, and to be forgotten. */
@Injectable()
export class SubjectRightsService {
  constructor(
    private readonly db: Database,
    private readonly held: HeldDataRepository,
    private readonly documents: SubjectDocumentsService,
    private readonly requests: SubjectRequestsService,
    private readonly contacts: ContactsService,
    private readonly ledger: LedgerRetention,
    private readonly messages: MessagesService,
    private readonly engagement: EngagementRecords,
    private readonly feedback: FeedbackService,
    private readonly audit: AuditTrail,
  ) {}

  /**
   * Everything that is held of a person; that it was given out is noted in the register and the audit trail.
   * @param method how they asked: `api`, `preference_page`...
   * @throws DomainError CONTACT_NOT_FOUND when nothing is held under this number
   */
  async export(contactId: number, actor: string, method: string): Promise<SubjectExport> {
    return this.db.transaction(async () => {
      if (!(await this.held.knows(contactId))) throw notFound('contact', formatId('contact', contactId));
      const request = await this.requests.fulfil('export', contactId, method, actor);
      await this.audit.record(actor, 'contact.data_exported', formatId('contact', contactId), {
        request: formatId('subjectRequest', request.id),
      });
      return this.documents.export(contactId);
    });
  }

  /**
   * Forgets a person, whole or not at all: the profile, what they chose, their events and states, what their messages and
   * uploaded rows tell of them, what was measured of them. What stays: keyed hashes on the suppression list, a minimal proof kept apart until the
   * law lets it go, and rows that say only that there was somebody. Nothing is sent to them once this returns, but what
   * was handed to a relay before. Asked again, it changes nothing.
   * @throws DomainError CONTACT_NOT_FOUND when nobody was ever known by this number, CONTACT_BUSY
   */
  async erase(contactId: number, actor: string, method: string): Promise<SubjectRequest> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.db.transaction(() => this.#erase(contactId, actor, method));
      } catch (error) {
        if (!isLockUnavailable(error) && !isDeadlock(error)) throw error;
        if (tries === BUSY_TRIES) throw busy(error);
        await pause(BUSY_MS);
      }
    }
  }

  async #erase(contactId: number, actor: string, method: string): Promise<SubjectRequest> {
    const subject = formatId('contact', contactId);
    const contact = await this.contacts.hold(contactId);
    if (!contact) {
      const done = (await this.requests.ofContact(contactId)).find(
        request => request.kind === 'erasure' && request.doneAt !== null,
      );
      const isKnown = await this.held.knows(contactId);
      if (!isKnown && !done) throw notFound('contact', subject);
      if (!isKnown && done) return done;
    }
    const request = await this.requests.fulfil('erasure', contactId, method, actor);
    if (contact) await this.contacts.forgetTraces(contact);
    const messages = await this.messages.forget([contactId]);
    const engagement = await this.engagement.forget([contactId]);
    const feedback = await this.feedback.forget([contactId]);
    const { events, proofs, channels } = await this.ledger.erase(
      contactId,
      formatId('subjectRequest', request.id),
    );
    if (contact) await this.contacts.remove(contactId);
    await this.audit.record(actor, 'contact.erased', subject, {
      ...{
        request: formatId('subjectRequest', request.id),
        events,
        proofs,
        messages,
        engagement,
        feedback,
        channels,
      },
    });
    return request;
  }
}

function busy(cause: unknown): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'CONTACT_BUSY',
    message:
      'Messages to this contact are being written all the while. Nothing was erased; try again in a moment.',
    retryable: true,
    cause,
  });
}
