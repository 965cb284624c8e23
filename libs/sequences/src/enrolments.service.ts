import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, formatId, notFound, type Page } from '#common';
import { decodeCursor, Database, type PageRequest, toPage } from '#database';
import { ArrivalRepository } from './arrival.repository.js';
import { type Move } from './enrolment.js';
import { hasOccasion, type Trigger } from './definition.js';
import { EnrolmentRepository } from './enrolment.repository.js';
import {
  type EnrolmentRow,
  type EnrolmentFilter,
  type PlaceCount,
  EnrolmentViewRepository,
} from './enrolment-view.repository.js';
import { SequencesService } from './sequences.service.js';

/** People on their way through sequences, for whoever looks, adds or removes one. */
@Injectable()
export class EnrolmentsService {
  constructor(
    private readonly db: Database,
    private readonly sequences: SequencesService,
    private readonly arrivals: ArrivalRepository,
    private readonly enrolments: EnrolmentRepository,
    private readonly views: EnrolmentViewRepository,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Brings people to the entrance; its rule and its word on re-entry hold for them too. They enter a moment later.
   * @throws DomainError SEQUENCE_NOT_FOUND, SEQUENCE_STATE unless it lets people in, CONTACT_NOT_FOUND, SEQUENCE_NEEDS_OCCASION of
   * one whose messages are about an order or an event
   */
  async add(sequenceId: number, contactIds: readonly number[], actor: string): Promise<void> {
    await this.db.transaction(async () => {
      const { sequence, version } = await this.sequences.get(sequenceId);
      if (sequence.state !== 'running' && sequence.state !== 'paused') {
        throw new DomainError({
          ...{ kind: 'conflict', code: 'SEQUENCE_STATE' },
          message: `The sequence is ${sequence.state} and lets nobody in. Start it first.`,
        });
      }
      if (hasOccasion(version.definition.trigger)) throw needsOccasion(version.definition.trigger);
      const [missing] = await this.views.missingContacts(contactIds);
      if (missing !== undefined) throw notFound('contact', formatId('contact', missing));
      const occasion = `api ${randomUUID()}`;
      const happenedAt = this.clock.now();
      await this.arrivals.add(
        sequenceId,
        [...new Set(contactIds)].map(contactId => ({
          contactId,
          occasion,
          orderId: null,
          eventId: null,
          happenedAt,
        })),
      );
      await this.audit.record(actor, 'sequence.people_added', formatId('sequence', sequenceId), {
        people: contactIds.length,
      });
    });
    await this.sequences.wake();
  }

  /** Takes somebody out at once. @throws DomainError ENROLMENT_NOT_FOUND, ENROLMENT_ENDED */
  async remove(id: number, actor: string): Promise<EnrolmentRow> {
    return this.db.transaction(async () => {
      await this.get(id);
      if ((await this.enrolments.leave([id], 'REMOVED', this.clock.now())) === 0) {
        throw new DomainError({
          ...{ kind: 'conflict', code: 'ENROLMENT_ENDED' },
          message: 'Their way has ended already.',
        });
      }
      await this.audit.record(actor, 'enrolment.removed', formatId('enrolment', id), {});
      return this.get(id);
    });
  }

  /** @throws DomainError ENROLMENT_NOT_FOUND */
  async get(id: number): Promise<EnrolmentRow> {
    const [row] = await this.views.list({ id }, { limit: 1, after: 0 });
    if (!row) throw notFound('enrolment', formatId('enrolment', id));
    return row;
  }

  async list(filter: EnrolmentFilter, { limit, cursor }: PageRequest): Promise<Page<EnrolmentRow>> {
    return toPage(
      await this.views.list(filter, { limit, after: decodeCursor(cursor) ?? 0 }),
      limit,
      row => row,
    );
  }

  /** The way somebody took, from its beginning. @throws DomainError ENROLMENT_NOT_FOUND */
  async path(id: number): Promise<{ enrolment: EnrolmentRow; moves: Move[] }> {
    return { enrolment: await this.get(id), moves: await this.views.moves(id) };
  }

  /** How many are where, now; and how many ways ended, by how. @throws DomainError SEQUENCE_NOT_FOUND */
  async places(sequenceId: number): Promise<PlaceCount[]> {
    await this.sequences.get(sequenceId);
    return this.views.places(sequenceId);
  }
}

function needsOccasion({ on }: Trigger): DomainError {
  const how = on === 'event' ? 'Tell the event (POST /v1/events)' : 'Tell the order (POST /v1/orders)';
  return new DomainError({
    ...{ kind: 'conflict', code: 'SEQUENCE_NEEDS_OCCASION' },
    message: `What this sequence sends is about what brought people in (${on}). ${how}; they enter by it.`,
  });
}
