import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, formatId, type Locale, notFound, type Page } from '#common';
import { Database, type PageRequest, toPage } from '#database';
import { EventsService } from '#events';
import { compileRule } from './compile-rule.js';
import { type Predicate } from './condition.js';
import { FieldCatalogue, type QueryBuilderField, type Seen, toQueryBuilderField } from './field-catalogue.js';
import { maskedEmail, maskedPhone } from './masked.js';
import { readRule } from './read-rule.js';
import { segmentBroken } from './segment.errors.js';
import { type Segment } from './segment.entity.js';
import { type SamplePerson, SegmentRepository } from './segment.repository.js';

/** Longest that a statement of a preview may take. An exact count of a million takes about one second. */
const PREVIEW_LIMIT_MS = 10_000;
const SAMPLE_SIZE = 10;

/** How many contacts a rule means now, and a few of them; addresses are masked. */
export interface Preview {
  count: number;
  sample: SamplePerson[];
}

/** Named rules over contacts: kept, checked, previewed, and compiled to SQL for whoever sends. */
@Injectable()
export class SegmentsService {
  constructor(
    private readonly db: Database,
    private readonly segments: SegmentRepository,
    private readonly events: EventsService,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError RULE_INVALID, SEGMENT_NAME_TAKEN */
  async create(name: string, rule: unknown, actor: string): Promise<Segment> {
    const now = this.clock.now();
    await this.compile(rule, now);
    return this.db.transaction(async () => {
      const segment = await this.segments.save({
        name,
        rule: readRule(rule),
        createdAt: now,
        updatedAt: now,
      });
      await this.audit.record(actor, 'segment.created', formatId('segment', segment.id), { name });
      return segment;
    });
  }

  /** @throws DomainError SEGMENT_NOT_FOUND */
  async get(id: number): Promise<Segment> {
    const segment = await this.segments.find(id);
    if (!segment) throw notFound('segment', formatId('segment', id));
    return segment;
  }

  async list(request: PageRequest): Promise<Page<Segment>> {
    return toPage(await this.segments.list(request), request.limit, segment => segment);
  }

  /**
   * Changes the name, the rule, or both. An audience that was frozen before stays as it was.
   * @throws DomainError SEGMENT_NOT_FOUND, RULE_INVALID, SEGMENT_NAME_TAKEN
   */
  async update(
    id: number,
    changes: { name?: string | undefined; rule?: unknown },
    actor: string,
  ): Promise<Segment> {
    const now = this.clock.now();
    if (changes.rule !== undefined) await this.compile(changes.rule, now);
    return this.db.transaction(async () => {
      const current = await this.get(id);
      const segment = await this.segments.save({
        ...current,
        ...(changes.name === undefined ? {} : { name: changes.name }),
        ...(changes.rule === undefined ? {} : { rule: readRule(changes.rule) }),
        updatedAt: now,
      });
      await this.audit.record(actor, 'segment.updated', formatId('segment', id), {
        changed: Object.keys(changes),
      });
      return segment;
    });
  }

  /** @throws DomainError SEGMENT_NOT_FOUND, SEGMENT_IN_USE */
  async delete(id: number, actor: string): Promise<void> {
    await this.db.transaction(async () => {
      if (!(await this.segments.delete(id))) throw notFound('segment', formatId('segment', id));
      await this.audit.record(actor, 'segment.deleted', formatId('segment', id), {});
    });
  }

  /** The fields a rule may name, as react-querybuilder's `fields` prop takes them. */
  async fields(locale: Locale): Promise<QueryBuilderField[]> {
    const catalogue = await this.catalogue({
      events: await this.events.namesSeen(),
      currencies: await this.segments.currencies(),
    });
    return catalogue.fields.map(field => toQueryBuilderField(field, locale));
  }

  /** @throws DomainError RULE_INVALID, PREVIEW_TOO_SLOW */
  async preview(rule: unknown): Promise<Preview> {
    return this.previewOf(await this.compile(rule, this.clock.now()));
  }

  /** @throws DomainError SEGMENT_NOT_FOUND, SEGMENT_BROKEN, PREVIEW_TOO_SLOW */
  async previewSegment(id: number): Promise<Preview> {
    return this.previewOf(await this.predicateFor(id, this.clock.now()));
  }

  /**
   * A rule as a predicate over the alias `c` of contact, for a WHERE clause (see `compileRule` for what null means).
   * @param firstParameter the number of its first placeholder.
   * @param few the statement asks of few people by their numbers (`c.id = ANY ($1)`).
   * @throws DomainError RULE_INVALID
   */
  async compile(rule: unknown, now: Date, firstParameter = 1, few = false): Promise<Predicate> {
    return compileRule(rule, await this.catalogue(), { now, firstParameter, few });
  }

  /**
   * The same for a stored segment.
   * @throws DomainError SEGMENT_NOT_FOUND, SEGMENT_BROKEN
   */
  async predicateFor(id: number, now: Date, firstParameter = 1, few = false): Promise<Predicate> {
    const { rule } = await this.get(id);
    try {
      return await this.compile(rule, now, firstParameter, few);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'RULE_INVALID') throw segmentBroken(id, error);
      throw error;
    }
  }

  private async catalogue(seen?: Seen): Promise<FieldCatalogue> {
    return new FieldCatalogue(await this.segments.attributes(), await this.segments.topics(), seen);
  }

  private async previewOf(predicate: Predicate): Promise<Preview> {
    const { count, sample } = await this.segments.preview(predicate, SAMPLE_SIZE, PREVIEW_LIMIT_MS);
    return {
      count,
      sample: sample.map(person => ({
        ...person,
        email: maskedEmail(person.email),
        phone: maskedPhone(person.phone),
      })),
    };
  }
}
