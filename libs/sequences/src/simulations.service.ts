import { Injectable } from '@nestjs/common';
import { type Channel, Clock, formatId, notFound } from '#common';
import { Gate, type GateRow } from '#consent';
import { SegmentsService } from '#segments';
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
  orderId: number | null;
  eventId: number | null;
  /** Listening steps at which they would do it, at once. */
  did: readonly string[];
}

/** Where people would be, after so many days, and what they would have got by then. */
export interface DryRun {
  people: number;
  /** Those whom the sequence's entrance would turn away. */
  turnedAway: number;
  at: Date;
  places: { step: string; people: number }[];
  ends: { reason: string; people: number }[];
  messages: {
    step: string;
    channel: Channel | null;
    denial: string | null;
    people: number;
    deferred: number;
  }[];
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

  /** One person through time. @throws DomainError SEQUENCE_NOT_FOUND, CONTACT_NOT_FOUND */
  async simulate(
    sequenceId: number,
    contactId: number,
    assumed: Partial<Assumptions>,
  ): Promise<SimulatedWalker> {
    const { version } = await this.sequences.get(sequenceId);
    if ((await this.views.missingContacts([contactId])).length > 0)
      throw notFound('contact', formatId('contact', contactId));
    const [walker] = await this.#walk(version, [contactId], this.#assumptions(assumed));
    return walker as SimulatedWalker;
  }

  /**
   * Real people, as if they entered now: those of a segment, at most a thousand of them.
   * @throws DomainError SEQUENCE_NOT_FOUND, SEGMENT_NOT_FOUND, SEGMENT_BROKEN
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
    const assumptions = this.#assumptions(assumed);
    const walkers = await this.#walk(version, [...fitting], assumptions);
    return {
      ...{ people: asked.length, turnedAway: asked.length - fitting.size },
      at: new Date(assumptions.startsAt.getTime() + assumptions.days * DAY_MS),
      ...tallied(version, walkers),
    };
  }

  #assumptions({
    startsAt,
    days = 90,
    orderId = null,
    eventId = null,
    did = [],
  }: Partial<Assumptions>): Assumptions {
    return { startsAt: startsAt ?? this.clock.now(), days, orderId, eventId, did };
  }

  async #walk(
    version: SequenceVersion,
    contactIds: readonly number[],
    assumed: Assumptions,
  ): Promise<SimulatedWalker[]> {
    const until = new Date(assumed.startsAt.getTime() + assumed.days * DAY_MS);
    const walkers = contactIds.map(id => new SimulatedWalker(id, version.plan, assumed.startsAt, assumed));
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
    const moments = new Map<number, SimulatedWalker[]>();
    for (const walker of group) {
      const at = walker.enrolment.since.getTime();
      moments.set(at, [...(moments.get(at) ?? []), walker]);
    }
    for (const [at, walkers] of moments) {
      const orderId = walkers[0]?.enrolment.orderId ?? 0;
      const categories = step.categories === 'order' ? (bought?.get(orderId) ?? []) : step.categories;
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

function tallied(
  { plan }: SequenceVersion,
  walkers: readonly SimulatedWalker[],
): Pick<DryRun, 'places' | 'ends' | 'messages'> {
  const nameOf = (step: number | null): string => plan.steps[step ?? 0]?.id ?? '';
  const places = new Map<string, number>();
  const ends = new Map<string, number>();
  const messages = new Map<string, DryRun['messages'][number]>();
  const add = (counts: Map<string, number>, key: string): void =>
    void counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const walker of walkers) {
    if (walker.end) add(ends, walker.end.reason);
    else add(places, nameOf(walker.enrolment.step));
    for (const { step, message } of walker.path) {
      if (!message) continue;
      // Sorts by the step, then what would be sent before what would not.
      const key = `${String(step ?? 0).padStart(3, '0')} ${message.denial ?? ''} ${message.channel ?? ''}`;
      const known = messages.get(key) ?? {
        ...{ step: nameOf(step), channel: message.channel, denial: message.denial },
        ...{ people: 0, deferred: 0 },
      };
      known.people++;
      if (message.deferral) known.deferred++;
      messages.set(key, known);
    }
  }
  return {
    places: [...places].map(([step, people]) => ({ step, people })),
    ends: [...ends].map(([reason, people]) => ({ reason, people })),
    messages: [...messages.entries()].sort(inOrder).map(([, message]) => message),
  };
}

function inOrder([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
