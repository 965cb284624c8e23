import { Injectable } from '@nestjs/common';
import { type Channel, Clock, DomainError, formatId, notFound, parseId } from '#common';
import { Gate, type GateRow } from '#consent';
import { SegmentsService } from '#segments';
import { type DryRun, tallied } from './dry-run.js';
import { EnrolmentViewRepository } from './enrolment-view.repository.js';
import { type PlanStep } from './plan.js';
import { SequencesService } from './sequences.service.js';
import { SimulatedWalker } from './simulation.js';
import { StepRules } from './step-rules.js';
import { StepWaits } from './step-waits.js';
import { StepWorldRepository } from './step-world.repository.js';
import { type SequenceVersion } from './sequence.js';

type SendStep = Extract<PlanStep, { type: 'send' }>;
type ListenStep = Extract<PlanStep, { type: 'listen' }>;

const DAY_MS = 86_400_000;
/** Entries of one simulated way; a circle may go on for ever. */
const MOST_MOVES = 500;
/** Whom a dry run imagines, at most. */
const MOST_PEOPLE = 1000;

/** What is assumed, because it is not known yet. */
export interface Assumptions {
  /** When they would enter. */
  startsAt: Date;
  /** How far into the future, in days. */
  days: number;
  /** The order that would have brought them in, of one person; null: their newest that would. */
  orderId: number | null;
  /** Listening steps at which they would do it, at once. */
  did: readonly string[];
}

/**
 * Ways that nobody takes: what would happen to somebody, by what is known of them now and the law as it will be. Rules are asked
 * about people as they are; who would listen is told by the assumptions. Nothing is written.
 */
@Injectable()
export class Simulations {
  constructor(
    private readonly sequences: SequencesService,
    private readonly views: EnrolmentViewRepository,
    private readonly waits: StepWaits,
    private readonly rules: StepRules,
    private readonly world: StepWorldRepository,
    private readonly segments: SegmentsService,
    private readonly gate: Gate,
    private readonly clock: Clock,
  ) {}

  /** One person through time. @throws DomainError SEQUENCE_NOT_FOUND, CONTACT_NOT_FOUND, ORDER_NOT_FOUND, STEP_UNKNOWN */
  async simulate(
    sequenceId: number,
    contactId: number,
    assumed: Partial<Assumptions>,
  ): Promise<SimulatedWalker> {
    const { version } = await this.sequences.get(sequenceId);
    if ((await this.views.missingContacts([contactId])).length > 0)
      throw notFound('contact', formatId('contact', contactId));
    const assumptions = this.#assumptions(version, assumed);
    const orders = await this.#ordersOf(version, [contactId], assumptions.orderId);
    if (assumptions.orderId !== null && orders.get(contactId) !== assumptions.orderId)
      throw notFound('order', `${formatId('order', assumptions.orderId)} of this person`);
    const [walker] = await this.#walk(version, [contactId], orders, assumptions);
    return walker as SimulatedWalker;
  }

  /**
   * Real people, as if they entered now, each with their newest order where an order brings people in: those of a segment, at
   * most a thousand of them.
   * @throws DomainError SEQUENCE_NOT_FOUND, SEGMENT_NOT_FOUND, SEGMENT_BROKEN, STEP_UNKNOWN
   */
  async dryRun(sequenceId: number, segmentId: number | null, assumed: Partial<Assumptions>): Promise<DryRun> {
    const { version } = await this.sequences.get(sequenceId);
    const now = this.clock.now();
    const predicate =
      segmentId === null
        ? { sql: 'true', parameters: [] }
        : await this.segments.predicateFor(segmentId, now, 2);
    const asked = await this.views.somePeople(predicate, MOST_PEOPLE);
    const { where } = version.plan;
    const fitting =
      where === null
        ? new Set(asked)
        : await this.world.matching(asked, await this.segments.compile(where, now, 2));
    const assumptions = this.#assumptions(version, assumed);
    const orders = await this.#ordersOf(version, [...fitting], null);
    const entering = [...fitting].filter(id => !bringsOrder(version) || orders.has(id));
    const walkers = await this.#walk(version, entering, orders, assumptions);
    return {
      ...{ people: asked.length, turnedAway: asked.length - entering.length },
      at: new Date(assumptions.startsAt.getTime() + assumptions.days * DAY_MS),
      ...tallied(version, walkers),
    };
  }

  #assumptions(
    { plan }: SequenceVersion,
    { startsAt, days = 90, orderId = null, did = [] }: Partial<Assumptions>,
  ): Assumptions {
    const unknown = did.find(id => !plan.steps.some(step => step.id === id && step.type === 'listen'));
    if (unknown !== undefined) throw noListening(unknown);
    return { startsAt: startsAt ?? this.clock.now(), days, orderId, did };
  }

  /** The order that would have brought each one in. */
  async #ordersOf(
    version: SequenceVersion,
    contactIds: readonly number[],
    orderId: number | null,
  ): Promise<Map<number, number>> {
    if (!bringsOrder(version) && orderId === null) return new Map();
    const { trigger } = version.definition;
    const shopId =
      'shopId' in trigger && trigger.shopId !== undefined ? parseId('shop', trigger.shopId) : null;
    return this.world.newestOrders(contactIds, { orderId, shopId, senderId: version.plan.senderId });
  }

  async #walk(
    version: SequenceVersion,
    contactIds: readonly number[],
    orders: ReadonlyMap<number, number>,
    assumed: Assumptions,
  ): Promise<SimulatedWalker[]> {
    const until = new Date(assumed.startsAt.getTime() + assumed.days * DAY_MS);
    const walkers = contactIds.map(
      id => new SimulatedWalker(id, version.plan, assumed.startsAt, orders.get(id) ?? null),
    );
    await this.rules.endThoseAtTheirGoal(walkers, assumed.startsAt);
    for (;;) {
      const going = walkers.filter(walker => !walker.rests && walker.moves.length < MOST_MOVES);
      const [first] = going;
      if (!first) return walkers;
      const group = going.filter(({ enrolment }) => enrolment.step === first.enrolment.step);
      await this.#take(first.step, group, until, assumed);
    }
  }

  async #take(
    step: PlanStep | undefined,
    group: readonly SimulatedWalker[],
    until: Date,
    assumed: Assumptions,
  ): Promise<void> {
    switch (step?.type) {
      case 'send':
        return this.#send(step, group, until);
      case 'listen':
        return listen(step, group, until, assumed.did);
      case 'wait':
      case 'wait-until':
      case 'wait-for-replenishment':
        // What is due by then has passed by then.
        return this.waits.take(step, group, until);
      case 'branch':
      case 'split':
      case 'goal':
        return this.rules.take(step, group, assumed.startsAt);
      case 'update':
      case 'webhook':
        for (const walker of group) {
          walker.note(
            step.type === 'update' ? 'updated' : 'told',
            step.type === 'update' ? step.attribute : null,
          );
          walker.goOn(step.next, walker.enrolment.since);
        }
        return;
      case 'end':
      case undefined:
        for (const walker of group) walker.finish('COMPLETED');
    }
  }

  /** The gate is asked as of the moment at which the message would leave. */
  async #send(step: SendStep, group: readonly SimulatedWalker[], until: Date): Promise<void> {
    const bought =
      step.categories === 'order'
        ? await this.world.categoriesOf(group.flatMap(w => w.enrolment.orderId ?? []))
        : null;
    // The gate answers for one moment and one offer.
    const questions = new Map<string, { at: number; categories: string[]; walkers: SimulatedWalker[] }>();
    for (const walker of group) {
      const { orderId, since } = walker.enrolment;
      const at = since.getTime();
      const categories = step.categories === 'order' ? (bought?.get(orderId ?? 0) ?? []) : step.categories;
      const key = JSON.stringify([at, categories]);
      const known = questions.get(key);
      if (known) known.walkers.push(walker);
      else questions.set(key, { at, categories, walkers: [walker] });
    }
    for (const { at, categories, walkers } of questions.values()) {
      const ask = async (
        channel: Channel,
        asked: readonly SimulatedWalker[],
      ): Promise<Map<number, GateRow>> => {
        const { senderId, topicId, messageClass } = step;
        const contactIds = asked.map(({ contactId }) => contactId);
        const question = {
          contactIds,
          channel,
          senderId,
          topicId,
          messageClass,
          productCategories: categories,
        };
        return new Map((await this.gate.decide(question, new Date(at))).map(row => [row.contactId, row]));
      };
      const own = await ask(step.channel, walkers);
      const others =
        step.smsVersionId === null
          ? []
          : walkers.filter(({ contactId }) => own.get(contactId)?.denial !== null);
      const sms = others.length > 0 ? await ask('sms', others) : new Map<number, GateRow>();
      for (const walker of walkers) {
        const mail = own.get(walker.contactId);
        const other = sms.get(walker.contactId);
        const row = mail?.denial !== null && other?.denial === null ? other : mail;
        settle(walker, step, row, row === other && other !== undefined ? 'sms' : step.channel, until);
      }
    }
  }
}

function settle(
  walker: SimulatedWalker,
  step: SendStep,
  row: GateRow | undefined,
  channel: Channel,
  until: Date,
): void {
  const { since } = walker.enrolment;
  if (!row || row.denial !== null) {
    walker.noteMessage({ channel: null, denial: row?.denial ?? 'CONTACT_GONE', deferral: null });
    walker.goOn(step.next, since);
    return;
  }
  const leavesAt = row.deferUntil ?? since;
  if (leavesAt > until) {
    walker.lookAgain(leavesAt);
    return;
  }
  if (step.patienceMs !== null && leavesAt.getTime() > since.getTime() + step.patienceMs) {
    walker.note('too_late');
    walker.goOn(step.next, since);
    return;
  }
  const deferral = row.deferUntil === null ? null : { reason: row.deferReason ?? '', until: row.deferUntil };
  walker.enrolment.since = leavesAt;
  walker.noteMessage({ channel, denial: null, deferral });
  walker.goOn(step.next, leavesAt);
}

function listen(
  step: ListenStep,
  group: readonly SimulatedWalker[],
  until: Date,
  did: readonly string[],
): void {
  for (const walker of group) {
    const givesUp = new Date(walker.enrolment.since.getTime() + step.ms);
    if (did.includes(step.id)) {
      walker.note('did');
      walker.goOn(step.next, walker.enrolment.since);
    } else if (givesUp <= until) {
      walker.note('did_not');
      walker.goOn(step.otherwise, givesUp);
    } else walker.listenUntil(givesUp, step.for, givesUp);
  }
}

function bringsOrder({ definition: { trigger } }: SequenceVersion): boolean {
  return trigger.on === 'order.placed' || trigger.on === 'order.fulfilled';
}

function noListening(stepId: string): DomainError {
  const message = `No step "${stepId}" listens. Name steps of the type listen.`;
  return new DomainError({
    ...{ kind: 'unprocessable', code: 'STEP_UNKNOWN', message },
    details: [{ path: 'did', code: 'STEP_UNKNOWN', message }],
  });
}
