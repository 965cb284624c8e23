import { Injectable } from '@nestjs/common';
import { Clock, DomainError, type ErrorDetail, formatId, parseId } from '#common';
import { messageClassOf, SendersService, type Topic } from '#consent';
import { AttributesService, parseAttribute } from '#contacts';
import { type Shop, ShopsService } from '#orders';
import { SegmentsService } from '#segments';
import { type TemplateVersion } from '#templates';
import { type Definition, type StepDefinition } from './definition.js';
import { checkGraph } from './graph.js';
import { minutesOf, type Plan, type PlanStep, type SendPlan } from './plan.js';
import { SendCheck } from './send-check.js';
import { planStep } from './step-plan.js';

/** What saving a definition writes besides: what it hears, what it sends. */
export interface Checked {
  plan: Plan;
  triggerTopicId: number | null;
  templateIds: number[];
  /** What steps say by SMS, by their names. */
  smsVersions: Map<string, TemplateVersion>;
}

/** Whether a definition can be run as it stands: its shape, and everything that it names. */
@Injectable()
export class DefinitionCheck {
  constructor(
    private readonly senders: SendersService,
    private readonly attributes: AttributesService,
    private readonly segments: SegmentsService,
    private readonly shops: ShopsService,
    private readonly sends: SendCheck,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError SEQUENCE_INVALID with the place and the reason of every fault */
  async check(definition: Definition): Promise<Checked> {
    const faults = [...checkGraph(definition), ...misfits(definition)];
    const smsVersions = new Map<string, TemplateVersion>();
    const sends = new Map<string, Omit<SendPlan, 'type' | 'next'>>();
    const templateIds = new Set<number>();
    for (const [at, step] of definition.steps.entries()) {
      faults.push(...(await this.#rulesOf(step, `steps.${at}`)));
      if (step.type === 'update') faults.push(...(await this.#attributeOf(step, `steps.${at}`)));
      if (step.type !== 'send') continue;
      const found = await this.sends.check(step, `steps.${at}`);
      faults.push(...found.faults);
      if (found.plan) sends.set(step.id, found.plan);
      if (found.smsVersion) smsVersions.set(step.id, found.smsVersion);
      for (const id of found.templateIds) templateIds.add(id);
    }
    const senderIds = new Set([...sends.values()].map(({ senderId }) => senderId));
    if (senderIds.size > 1) {
      const message = 'Its steps send in the name of several senders. Choose topics of one.';
      faults.push({ path: 'steps', code: 'SEVERAL_SENDERS', message });
    }
    const trigger = await this.#trigger(definition, faults);
    faults.push(...(await this.#rule(definition.exit?.goal, 'exit.goal')));
    const { topic, shop } = trigger;
    const [senderId = topic?.senderId ?? shop?.senderId ?? null] = senderIds;
    if (shop && shop.senderId !== senderId) {
      const message = 'The shop is of another sender than the steps send for. Choose one of the same.';
      faults.push({ path: 'trigger.shopId', code: 'SEVERAL_SENDERS', message });
    }
    if (faults.length > 0) throw invalid(faults);
    const steps: PlanStep[] = definition.steps.map((step, at) =>
      planStep(step, at, definition.steps, one => sends.get(one.id) as Omit<SendPlan, 'type' | 'next'>),
    );
    return {
      plan: { ...planOf(definition), senderId, steps },
      triggerTopicId: topic?.id ?? null,
      ...{ templateIds: [...templateIds], smsVersions },
    };
  }

  async #trigger(
    { trigger }: Definition,
    faults: ErrorDetail[],
  ): Promise<{ topic: Topic | null; shop: Shop | null }> {
    let topic: Topic | null = null;
    let shop: Shop | null = null;
    if ('where' in trigger) faults.push(...(await this.#rule(trigger.where, 'trigger.where')));
    if (trigger.on === 'segment.joined') {
      faults.push(
        ...(await this.#asked('trigger.segmentId', () =>
          this.segments.predicateFor(parseId('segment', trigger.segmentId), this.clock.now()),
        )),
      );
    }
    if ('shopId' in trigger && trigger.shopId !== undefined) {
      const { shopId } = trigger;
      faults.push(
        ...(await this.#asked('trigger.shopId', async () => {
          shop = await this.shops.get(parseId('shop', shopId));
        })),
      );
    }
    if (trigger.on === 'date' && (await this.attributes.types()).get(trigger.attribute) !== 'date') {
      const message = `"${trigger.attribute.slice(0, 60)}" is no attribute that holds a day.`;
      faults.push({ path: 'trigger.attribute', code: 'ATTRIBUTE_UNSUITABLE', message });
    }
    if (trigger.on !== 'consent.given') return { topic, shop };
    faults.push(
      ...(await this.#asked('trigger.topicId', async () => {
        topic = await this.senders.getTopic(parseId('topic', trigger.topicId));
        if (messageClassOf(topic) === null) throw forTracking();
      })),
    );
    return { topic, shop };
  }

  async #rulesOf(step: StepDefinition, path: string): Promise<ErrorDetail[]> {
    if (step.type === 'goal') return this.#rule(step.when, `${path}.when`);
    if (step.type !== 'branch') return [];
    const faults: ErrorDetail[] = [];
    for (const [n, { when }] of step.branches.entries())
      faults.push(...(await this.#rule(when, `${path}.branches.${n}.when`)));
    return faults;
  }

  async #rule(rule: unknown, path: string): Promise<ErrorDetail[]> {
    if (rule === undefined) return [];
    return this.#asked(path, () => this.segments.compile(rule, this.clock.now()));
  }

  async #attributeOf(
    step: Extract<StepDefinition, { type: 'update' }>,
    path: string,
  ): Promise<ErrorDetail[]> {
    const type = (await this.attributes.types()).get(step.attribute);
    if (type === undefined) {
      const message = `There is no attribute "${step.attribute}". Make it first: POST /v1/attributes.`;
      return [{ path: `${path}.attribute`, code: 'ATTRIBUTE_UNKNOWN', message }];
    }
    const value = parseAttribute(step.attribute, type, step.value);
    return value.ok ? [] : [{ path: `${path}.value`, code: value.code, message: value.message }];
  }

  /** What keeps this from being looked up, as a fault at its place; an error's own places come behind it. */
  async #asked(path: string, look: () => Promise<unknown>): Promise<ErrorDetail[]> {
    try {
      await look();
      return [];
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (error.details.length === 0) return [{ path, code: error.code, message: error.message }];
      return error.details.map(detail => ({
        ...detail,
        path: detail.path ? `${path}.${detail.path}` : path,
      }));
    }
  }
}

/** What does not go together, though each part is right. */
function misfits({ trigger, reentry, exit, steps }: Definition): ErrorDetail[] {
  const hasOrder = trigger.on === 'order.placed' || trigger.on === 'order.fulfilled';
  const faults: ErrorDetail[] = [];
  const needsOrder = (path: string): void => {
    const message =
      'Only a sequence that an order brings people into knows of one. Choose another trigger, or leave this out.';
    faults.push({ path, code: 'NEEDS_ORDER', message });
  };
  if (reentry === 'per_order' && !hasOrder) needsOrder('reentry');
  if (exit?.orderEnded === true && !hasOrder) needsOrder('exit.orderEnded');
  if (exit?.leftSegment === true && trigger.on !== 'segment.joined') {
    const message = 'People leave a segment only where they enter by joining one.';
    faults.push({ path: 'exit.leftSegment', code: 'NEEDS_SEGMENT', message });
  }
  for (const [at, step] of steps.entries()) {
    if (step.type === 'wait-for-replenishment' && !hasOrder) needsOrder(`steps.${at}.type`);
    if (step.type === 'send' && step.productCategories === 'order' && !hasOrder)
      needsOrder(`steps.${at}.productCategories`);
    if (step.type === 'split' && step.arms.every(({ weight }) => weight === 0))
      faults.push({
        path: `steps.${at}.arms`,
        code: 'WEIGHTS_ZERO',
        message: 'At least one arm needs a weight above 0.',
      });
  }
  return faults;
}

function planOf({ trigger, reentry, exit }: Definition): Omit<Plan, 'steps' | 'senderId'> {
  return {
    reentry: typeof reentry === 'object' ? { mode: 'after', days: reentry.afterDays } : { mode: reentry },
    where: ('where' in trigger ? trigger.where : undefined) ?? null,
    data: trigger.on === 'event' ? (trigger.data ?? null) : null,
    segmentId: trigger.on === 'segment.joined' ? parseId('segment', trigger.segmentId) : null,
    takesPresent: trigger.on === 'segment.joined' && trigger.members === 'present',
    day:
      trigger.on === 'date'
        ? {
            ...{ attribute: trigger.attribute, yearly: trigger.yearly, daysBefore: trigger.daysBefore ?? 0 },
            minutes: minutesOf(trigger.at ?? '09:00'),
          }
        : null,
    exit: {
      ...{ purchase: exit?.purchase ?? false, orderEnded: exit?.orderEnded ?? false },
      ...{ goal: exit?.goal ?? null, leftSegment: exit?.leftSegment ?? false },
    },
  };
}

function forTracking(): DomainError {
  return new DomainError({
    ...{ kind: 'unprocessable', code: 'TOPIC_FOR_TRACKING' },
    message: `Of this topic people agree to being measured. Choose a topic of messages such as ${formatId('topic', 1)}.`,
  });
}

function invalid(details: ErrorDetail[]): DomainError {
  const [first] = details as [ErrorDetail];
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
  return new DomainError({
    ...{ kind: 'unprocessable', code: 'SEQUENCE_INVALID' },
    message: `The sequence cannot be run like this. ${first.path}: ${first.message}${more}`,
    details: details.slice(0, 100),
  });
}
