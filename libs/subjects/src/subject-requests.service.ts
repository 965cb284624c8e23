import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, formatId, notFound, type Page } from '#common';
import { RightsLaw } from '#consent';
import { Database, type PageRequest, toPage } from '#database';
import { HeldDataRepository } from './held-data.repository.js';
import { SubjectRequest, type SubjectRequestKind } from './subject-request.entity.js';
import { type SubjectRequestFilter, SubjectRequestRepository } from './subject-request.repository.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Clocks of other systems run ahead; more than this is a mistake. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** The register of what people asked under data protection law, and whether it was answered in time. */
@Injectable()
export class SubjectRequestsService {
  constructor(
    private readonly db: Database,
    private readonly repository: SubjectRequestRepository,
    private readonly held: HeldDataRepository,
    private readonly law: RightsLaw,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Notes a request that came by letter, by phone, or any other way.
   * @param requestedAt when it reached us; now when null
   * @throws DomainError CONTACT_NOT_FOUND, TIME_IN_FUTURE
   */
  async open(
    kind: SubjectRequestKind,
    contactId: number,
    method: string,
    requestedAt: Date | null,
    actor: string,
  ): Promise<SubjectRequest> {
    const now = this.clock.now();
    if (requestedAt && requestedAt.getTime() > now.getTime() + CLOCK_SKEW_MS) throw inFuture();
    return this.db.transaction(async () => {
      if (!(await this.held.knows(contactId))) throw notFound('contact', formatId('contact', contactId));
      const request = await this.#insert(kind, contactId, method, requestedAt ?? now, actor, null);
      await this.audit.record(actor, 'subject_request.opened', formatId('subjectRequest', request.id), {
        kind,
      });
      return request;
    });
  }

  /**
   * Notes what was done, inside the caller's transaction: closes the person's open requests of that kind, or notes a new
   * one, asked and answered now.
   * @returns the first of them
   */
  async fulfil(
    kind: SubjectRequestKind,
    contactId: number,
    method: string,
    actor: string,
  ): Promise<SubjectRequest> {
    const now = this.clock.now();
    const open = (await this.repository.ofContact(contactId)).filter(
      request => request.kind === kind && request.doneAt === null,
    );
    for (const { id } of open) await this.repository.markDone(id, now, actor);
    const [first] = open;
    return first
      ? { ...first, doneAt: now, doneBy: actor }
      : this.#insert(kind, contactId, method, now, actor, now);
  }

  /**
   * Says that a request was answered, by whatever means. An erasure is answered by erasing and by nothing else.
   * @throws DomainError SUBJECT_REQUEST_NOT_FOUND, SUBJECT_REQUEST_DONE, ERASURE_NOT_DONE
   */
  async close(id: number, actor: string): Promise<SubjectRequest> {
    return this.db.transaction(async () => {
      const request = await this.repository.lock(id);
      if (!request) throw notFound('subject request', formatId('subjectRequest', id));
      if (request.doneAt !== null) throw done();
      if (request.kind === 'erasure' && (await this.held.knows(request.contactId))) throw notErased();
      const now = this.clock.now();
      await this.repository.markDone(id, now, actor);
      await this.audit.record(actor, 'subject_request.closed', formatId('subjectRequest', id), {
        kind: request.kind,
      });
      return { ...request, doneAt: now, doneBy: actor };
    });
  }

  /** @throws DomainError SUBJECT_REQUEST_NOT_FOUND */
  async get(id: number): Promise<SubjectRequest> {
    const request = await this.repository.find(id);
    if (!request) throw notFound('subject request', formatId('subjectRequest', id));
    return request;
  }

  async list(request: PageRequest, filter: SubjectRequestFilter): Promise<Page<SubjectRequest>> {
    return toPage(await this.repository.list(request, filter), request.limit, found => found);
  }

  ofContact(contactId: number): Promise<SubjectRequest[]> {
    return this.repository.ofContact(contactId);
  }

  erasedSince(since: Date): Promise<number[]> {
    return this.repository.erasedSince(since);
  }

  async #insert(
    kind: SubjectRequestKind,
    contactId: number,
    method: string,
    requestedAt: Date,
    actor: string,
    doneAt: Date | null,
  ): Promise<SubjectRequest> {
    const { law, responseDays } = await this.law.shortestAnswer(await this.held.placesOf(contactId));
    return this.repository.insert({
      ...{ kind, contactId, method, actor, requestedAt, law },
      dueAt: new Date(requestedAt.getTime() + responseDays * DAY_MS),
      ...{ doneAt, doneBy: doneAt && actor },
    });
  }
}

function done(): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'SUBJECT_REQUEST_DONE',
    message: 'This request was answered already; there is nothing left to do.',
  });
}

function notErased(): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'ERASURE_NOT_DONE',
    message:
      'The person’s data is still here. Erase it (POST /v1/contacts/:id/erasure); that closes the request.',
  });
}

function inFuture(): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'TIME_IN_FUTURE',
    message: 'requestedAt lies in the future. Send the time at which the request reached you, in UTC.',
  });
}
