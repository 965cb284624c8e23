import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest } from '#database';
import { IsNull, MoreThan, Not } from 'typeorm';
import { SubjectRequest, type SubjectRequestKind } from './subject-request.entity.js';

export interface SubjectRequestFilter {
  contactId?: number;
  kind?: SubjectRequestKind;
  /** Whether it was answered. */
  done?: boolean;
}

@Injectable()
export class SubjectRequestRepository {
  constructor(private readonly db: Database) {}

  async insert(request: Omit<SubjectRequest, 'id'>): Promise<SubjectRequest> {
    const requests = this.db.repository(SubjectRequest);
    return requests.save(requests.create(request));
  }

  find(id: number): Promise<SubjectRequest | null> {
    return this.db.repository(SubjectRequest).findOneBy({ id });
  }

  /** Held until the open transaction ends. */
  lock(id: number): Promise<SubjectRequest | null> {
    return this.db.repository(SubjectRequest).findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  list(
    { limit, cursor }: PageRequest,
    { contactId, kind, done }: SubjectRequestFilter,
  ): Promise<SubjectRequest[]> {
    const after = decodeCursor(cursor);
    return this.db.repository(SubjectRequest).find({
      where: {
        ...(after === null ? {} : { id: MoreThan(after) }),
        ...(contactId === undefined ? {} : { contactId }),
        ...(kind === undefined ? {} : { kind }),
        ...(done === undefined ? {} : { doneAt: done ? Not(IsNull()) : IsNull() }),
      },
      order: { id: 'ASC' },
      take: limit + 1,
    });
  }

  ofContact(contactId: number): Promise<SubjectRequest[]> {
    return this.db.repository(SubjectRequest).find({ where: { contactId }, order: { id: 'ASC' } });
  }

  async markDone(id: number, doneAt: Date, doneBy: string): Promise<void> {
    await this.db.repository(SubjectRequest).update({ id, doneAt: IsNull() }, { doneAt, doneBy });
  }

  /** Whoever was erased since then. */
  async erasedSince(since: Date): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT DISTINCT contact_id AS id FROM subject_request WHERE kind = 'erasure' AND done_at >= $1 ORDER BY 1`,
      [since],
    );
    return rows.map(row => row.id);
  }
}
