import {
  type Channel,
  formatId,
  type LocalizedText,
  locales,
  type MessageClass,
  messageClasses,
} from '#common';
import { type TemplateContent } from '#templates';
import { type Definition, definition, type StepType, type Trigger } from './definition.js';
import { checkGraph } from './graph.js';
import { type ReadyMadeFiles } from './ready-made-files.js';
import { nameIncentive } from './wished-words.js';

/** A sequence that is written already, with its messages in every language: what a marketer installs and then edits. */
export interface ReadyMade {
  /** Its folder's name: `after-sales`. */
  key: string;
  name: Required<LocalizedText>;
  description: Required<LocalizedText>;
  templates: ReadonlyMap<string, ReadyMadeTemplate>;
  /** A rule for the segment that brings people in; null: it has none, or any will do. */
  segmentRule: Record<string, unknown> | null;
  /** Whether it can do without a segment: then people are brought by API. */
  withoutSegment: boolean;
  /** Whether its messages lead to the sender's web site. */
  needsWebsite: boolean;
  /** Whether it is about one product, which is named when it is installed. */
  needsProduct: boolean;
  /** Whether its messages have a place for what somebody gets for subscribing. */
  takesIncentive: boolean;
  definition: SymbolicDefinition;
}

export interface ReadyMadeTemplate {
  key: string;
  channel: Channel;
  name: Required<LocalizedText>;
  content: TemplateContent;
}

/**
 * A definition that names things by what they are for: a topic by its class (`"topicId": "service"`), a template by its key,
 * what is chosen when it is installed as `given`.
 */
export interface SymbolicDefinition extends Record<string, unknown> {
  trigger: { on: Trigger['on'] } & Record<string, unknown>;
  steps: SymbolicStep[];
}

export interface SymbolicStep extends Record<string, unknown> {
  id: string;
  type: StepType;
  channel?: Channel | 'either';
  topicId?: MessageClass;
  templateId?: string;
  smsTemplateId?: string;
}

/** What its names stand for, in one installation. */
export interface Chosen {
  topics: ReadonlyMap<MessageClass, string>;
  templates: ReadonlyMap<string, string>;
  segmentId?: string | undefined;
  shopId?: string | undefined;
  attribute?: string | undefined;
}

type Defaulted = 'segmentRule' | 'withoutSegment' | 'needsWebsite' | 'needsProduct';

interface ReadyMadeFile
  extends
    Omit<ReadyMade, 'key' | 'templates' | 'takesIncentive' | Defaulted>,
    Partial<Pick<ReadyMade, Defaulted>> {
  templates: Record<
    string,
    { name: Required<LocalizedText>; channel?: Channel; subject?: LocalizedText; preheader?: LocalizedText }
  >;
}

/** Each folder of `templates/sequences`: `sequence.json`, and the MJML or text of each message and language. */
export function readReadyMade(files: ReadyMadeFiles): ReadyMade[] {
  return [...files].map(([key, texts]) => {
    const file = JSON.parse(texts.get('sequence.json') ?? '') as ReadyMadeFile;
    const templates = Object.entries(file.templates).map(([name, about]): [string, ReadyMadeTemplate] => {
      const channel = about.channel ?? 'email';
      const content: TemplateContent = {};
      for (const locale of locales) {
        const place = `${name}.${locale}.${channel === 'email' ? 'mjml' : 'txt'}`;
        const text = texts.get(place);
        if (text === undefined) throw new Error(`templates/sequences/${key} lacks ${place}.`);
        content[locale] =
          channel === 'email'
            ? { subject: about.subject?.[locale], preheader: about.preheader?.[locale], mjml: text }
            : { text: text.trim() };
      }
      return [name, { key: name, channel, name: about.name, content }];
    });
    const readyMade: ReadyMade = {
      ...{ segmentRule: null, withoutSegment: false, needsWebsite: false, needsProduct: false },
      ...file,
      ...{ key, templates: new Map(templates) },
      takesIncentive: nameIncentive(templates.map(([, { content }]) => content)),
    };
    refuseUnsound(readyMade);
    return readyMade;
  });
}

/** Its steps without SMS: those that would go by either channel go by email alone. */
export function withoutSms({ steps, ...rest }: SymbolicDefinition): SymbolicDefinition {
  const byEmail = steps.map(step => {
    if (step.type !== 'send' || step.channel !== 'either') return step;
    const { smsTemplateId: _, ...others } = step;
    return { ...others, channel: 'email' as const };
  });
  return { ...rest, steps: byEmail } as SymbolicDefinition;
}

/** The classes of messages that it sends or listens to, so the topics that it needs. */
export function rolesOf({ trigger, steps }: SymbolicDefinition): MessageClass[] {
  const named = [trigger['topicId'], ...steps.map(({ topicId }) => topicId)];
  return messageClasses.filter(role => named.includes(role));
}

export function templatesOf({ steps }: SymbolicDefinition): string[] {
  const keys = steps.flatMap(({ templateId, smsTemplateId }) => [templateId, smsTemplateId]);
  return [...new Set(keys.filter(key => key !== undefined))];
}

/** The definition with everything named that it names. */
export function resolve({ trigger, steps, ...rest }: SymbolicDefinition, chosen: Chosen): Definition {
  const isBySegment = trigger.on !== 'segment.joined' || chosen.segmentId !== undefined;
  return definition.parse({
    ...rest,
    trigger: isBySegment ? without({ ...trigger, ...named(trigger, chosen) }) : { on: 'api' },
    steps: steps.map(step => without({ ...step, ...named(step, chosen) })),
  });
}

function named(part: Record<string, unknown>, chosen: Chosen): Record<string, string | undefined> {
  const found: Record<string, string | undefined> = {};
  if ('topicId' in part) found['topicId'] = chosen.topics.get(part['topicId'] as MessageClass);
  for (const key of ['templateId', 'smsTemplateId'])
    if (key in part) found[key] = chosen.templates.get(part[key] as string);
  for (const key of ['segmentId', 'shopId', 'attribute'] as const) if (key in part) found[key] = chosen[key];
  return found;
}

function without<T extends object>(part: T): T {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as T;
}

/** A slip of our own pen stops the start, and no marketer meets it. */
function refuseUnsound({ key, templates, definition: symbolic }: ReadyMade): void {
  const chosen: Chosen = {
    topics: new Map(messageClasses.map((role, at) => [role, formatId('topic', at + 1)])),
    templates: new Map([...templates.keys()].map((name, at) => [name, formatId('template', at + 1)])),
    ...{ segmentId: formatId('segment', 1), shopId: formatId('shop', 1), attribute: 'day' },
  };
  const faults = checkGraph(resolve(symbolic, chosen));
  const sent = templatesOf(symbolic);
  const missing = sent.filter(name => !templates.has(name));
  const unused = [...templates.keys()].filter(name => !sent.includes(name));
  const slip =
    (faults[0] && `${faults[0].path} ${faults[0].message}`) ??
    (missing.length > 0 ? `there is no template ${missing.join(', ')}.` : null) ??
    (unused.length > 0 ? `no step sends ${unused.join(', ')}.` : null);
  if (slip !== null) throw new Error(`templates/sequences/${key}: ${slip}`);
}
