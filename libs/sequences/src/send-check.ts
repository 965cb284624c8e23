import { Injectable } from '@nestjs/common';
import { type Channel, DomainError, type ErrorDetail, parseId } from '#common';
import { messageClassOf, SendersService, type Topic } from '#consent';
import {
  missingIn,
  promotionPath,
  TemplatesService,
  type TemplateVersion,
  type TemplateWithVersion,
} from '#templates';
import { type StepDefinition } from './definition.js';
import { parseDuration } from './duration.js';
import { type SendPlan } from './plan.js';

type SendStep = Extract<StepDefinition, { type: 'send' }>;

export interface CheckedSend {
  faults: ErrorDetail[];
  /** null: something keeps it from being sent. */
  plan: Omit<SendPlan, 'type' | 'next'> | null;
  templateIds: number[];
  /** What it says by SMS; null: nothing. */
  smsVersion: TemplateVersion | null;
}

/** What a step sends: a topic that bears messages, templates of its channels that are whole and fit the topic's class. */
@Injectable()
export class SendCheck {
  constructor(
    private readonly senders: SendersService,
    private readonly templates: TemplatesService,
  ) {}

  async check(step: SendStep, path: string): Promise<CheckedSend> {
    const faults: ErrorDetail[] = [];
    const add = (at: string, code: string, message: string): void =>
      void faults.push({ path: `${path}.${at}`, code, message });
    const topic = await found(
      () => this.senders.getTopic(parseId('topic', step.topicId)),
      (code, message) => add('topicId', code, message),
    );
    const messageClass = topic && messageClassOf(topic);
    if (topic && messageClass === null)
      add(
        'topicId',
        'TOPIC_FOR_TRACKING',
        'Of this topic people agree to being measured. Choose a topic of messages.',
      );
    const email = await this.#template(step, 'email', add);
    const sms = await this.#template(step, 'sms', add);
    for (const [at, given] of [
      ['templateId', email],
      ['smsTemplateId', sms],
    ] as const) {
      if (!given || !messageClass) continue;
      for (const fault of this.templates.promotions(given.version, messageClass))
        add(`${at}.${promotionPath(fault)}`, fault.code, fault.message);
    }
    if (step.utm && messageClass && messageClass !== 'marketing')
      add(
        'utm',
        'UTM_FOR_MARKETING',
        'utm_ tags measure a campaign; service and transactional messages bear none.',
      );
    const templates = [email, sms].filter(one => one !== null);
    return {
      ...{ faults, templateIds: templates.map(({ template }) => template.id) },
      smsVersion: sms?.version ?? null,
      plan:
        faults.length === 0 && topic && messageClass ? planOf(step, topic, messageClass, email, sms) : null,
    };
  }

  async #template(
    step: SendStep,
    channel: Channel,
    add: (at: string, code: string, message: string) => void,
  ): Promise<TemplateWithVersion | null> {
    const at = channel === 'email' ? 'templateId' : 'smsTemplateId';
    const id = step[at];
    const isWanted = step.channel === 'either' || step.channel === channel;
    if (id === undefined || !isWanted) {
      if (isWanted) add(at, 'MISSING', `Choose a template of ${channel === 'email' ? 'emails' : 'SMS'}.`);
      else if (id !== undefined)
        add(at, 'NOT_FOR_CHANNEL', `A step by ${step.channel} does not send it. Leave it out.`);
      return null;
    }
    const given = await found(
      () => this.templates.get(parseId('template', id)),
      (code, message) => add(at, code, message),
    );
    if (!given) return null;
    if (given.template.channel !== channel) {
      add(at, 'TEMPLATE_OF_OTHER_CHANNEL', `Choose a template whose channel is ${channel}.`);
      return null;
    }
    const missing = missingIn(channel, given.version);
    if (missing.length > 0) add(at, 'TEMPLATE_INCOMPLETE', `The template has no ${missing.join(', ')}.`);
    return given;
  }
}

function planOf(
  step: SendStep,
  topic: Topic,
  messageClass: SendPlan['messageClass'],
  email: TemplateWithVersion | null,
  sms: TemplateWithVersion | null,
): Omit<SendPlan, 'type' | 'next'> {
  const isSms = step.channel === 'sms';
  return {
    channel: isSms ? 'sms' : 'email',
    ...{ senderId: topic.senderId, topicId: topic.id, messageClass },
    templateVersionId: ((isSms ? sms : email) as TemplateWithVersion).version.id,
    smsVersionId: isSms ? null : (sms?.version.id ?? null),
    patienceMs: step.notLaterThan === undefined ? null : parseDuration(step.notLaterThan),
    categories: step.productCategories ?? [],
    utm: step.utm ?? null,
  };
}

async function found<T>(
  look: () => Promise<T>,
  missing: (code: string, message: string) => void,
): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    missing(error.code, error.message);
    return null;
  }
}
