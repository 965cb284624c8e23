import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, formatId, notFound, type Page } from '#common';
import { LawInForce, missingSenderFields, type Sender, SendersService, type Topic } from '#consent';
import { brokenForeignKey, Database, type PageRequest, toPage } from '#database';
import { missingParts, TemplatesService } from '#templates';
import { SmsSourcesService } from '#sending';
import { SERVED_CHANNELS, type ServedChannels } from '#transports';
import { completeWording, type FormChoice, type FormDraft, type FormWording } from './form-wording.js';
import { type FormState, type SignUpForm } from './form.entity.js';
import {
  choiceTwice,
  formInUse,
  incentiveUnready,
  referenceGone,
  senderIncomplete,
  topicOfAnotherSender,
} from './form.errors.js';
import { FormRepository, type FormVersion } from './form.repository.js';

/** A form with one of its versions. */
export interface Form extends SignUpForm {
  wording: FormWording;
}

export interface FormChanges {
  name?: string | undefined;
  state?: FormState | undefined;
  allowedOrigins?: string[] | undefined;
  remind?: boolean | undefined;
  wording?: FormDraft | undefined;
}

/** The forms that people sign up with. A wording never changes: an edit makes the next version. */
@Injectable()
export class FormsService {
  constructor(
    private readonly db: Database,
    private readonly repository: FormRepository,
    private readonly senders: SendersService,
    private readonly laws: LawInForce,
    private readonly templates: TemplatesService,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    private readonly sources: SmsSourcesService,
    @Inject(SERVED_CHANNELS) private readonly served: ServedChannels,
  ) {}

  /**
   * @throws DomainError SENDER_NOT_FOUND, SENDER_INCOMPLETE, TOPIC_NOT_FOUND, TOPIC_OF_ANOTHER_SENDER, CHOICE_TWICE,
   * TEMPLATE_NOT_FOUND, INCENTIVE_NOT_READY
   */
  async create(
    { senderId, name, allowedOrigins = [], remind = true }: FormChanges & { senderId: number; name: string },
    draft: FormDraft,
    actor: string,
  ): Promise<Form> {
    const wording = await this.#checked(await this.senders.get(senderId), draft);
    const now = this.clock.now();
    return this.db.transaction(async () => {
      const form = await this.repository.insert({
        ...{ senderId, name, state: 'active', allowedOrigins, remind, version: 1 },
        ...{ createdAt: now, updatedAt: now },
      });
      await this.#addVersion(form.id, { number: 1, wording, createdAt: now });
      await this.audit.record(actor, 'form.created', formatId('form', form.id), {});
      return { ...form, wording };
    });
  }

  /** Throws as `create`, and FORM_NOT_FOUND. */
  async update(id: number, { wording: draft, ...changes }: FormChanges, actor: string): Promise<Form> {
    return this.db.transaction(async () => {
      const form = await this.repository.lock(id);
      if (!form) throw notFound('form', formatId('form', id));
      const now = this.clock.now();
      const current = (await this.#version(form, form.version)).wording;
      const wording = draft ? await this.#checked(await this.senders.get(form.senderId), draft) : current;
      const changed = !isDeepStrictEqual(JSON.parse(JSON.stringify(wording)), current);
      const version = changed ? form.version + 1 : form.version;
      if (changed) await this.#addVersion(id, { number: version, wording, createdAt: now });
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      const saved = await this.repository.save({ ...form, ...given, version, updatedAt: now });
      await this.audit.record(actor, 'form.updated', formatId('form', id), {
        fields: [...Object.keys(given), ...(changed ? ['wording'] : [])],
      });
      return { ...saved, wording };
    });
  }

  /** The form with the wording it shows now, or with an older one. @throws DomainError FORM_NOT_FOUND */
  async get(id: number, version?: number): Promise<Form> {
    const form = await this.repository.find(id);
    if (!form) throw notFound('form', formatId('form', id));
    return { ...form, wording: (await this.#version(form, version ?? form.version)).wording };
  }

  async list(request: PageRequest, senderId: number | null): Promise<Page<Form>> {
    const forms = await this.repository.list(request, senderId);
    const wordings = await this.repository.currentWordings(forms);
    return toPage(forms, request.limit, form => ({ ...form, wording: wordings.get(form.id) as FormWording }));
  }

  /** Every version, oldest first. @throws DomainError FORM_NOT_FOUND */
  async versions(id: number): Promise<FormVersion[]> {
    await this.get(id);
    return this.repository.versions(id);
  }

  /** @throws DomainError FORM_NOT_FOUND, FORM_IN_USE once somebody signed up with it */
  async delete(id: number, actor: string): Promise<void> {
    try {
      await this.db.transaction(async () => {
        if (!(await this.repository.lock(id))) throw notFound('form', formatId('form', id));
        await this.repository.delete(id);
        await this.audit.record(actor, 'form.deleted', formatId('form', id), {});
      });
    } catch (error) {
      throw brokenForeignKey(error) === null ? error : formInUse();
    }
  }

  /** The boxes to show: only for channels that messages of the sender can leave by. */
  async offered({
    senderId,
    wording: { choices },
  }: Pick<Form, 'senderId' | 'wording'>): Promise<FormChoice[]> {
    const served = choices.filter(({ channel }) => this.served.includes(channel));
    if (!served.some(({ channel }) => channel === 'sms')) return served;
    const canText = (await this.sources.of(senderId)).length > 0;
    return served.filter(({ channel }) => channel !== 'sms' || canText);
  }

  /** A topic or template may be deleted between the look at it and this. */
  async #addVersion(formId: number, version: FormVersion): Promise<void> {
    try {
      await this.repository.addVersion(formId, version);
    } catch (error) {
      throw brokenForeignKey(error) === null ? error : referenceGone();
    }
  }

  async #version(form: SignUpForm, number: number): Promise<FormVersion> {
    const version = await this.repository.findVersion(form.id, number);
    if (!version) throw notFound('form version', String(number));
    return version;
  }

  async #checked(sender: Sender, draft: FormDraft): Promise<FormWording> {
    // Who asks for phones alone needs no address that mails come from.
    const channel = draft.choices.some(choice => choice.channel === 'email') ? 'email' : 'sms';
    const missing = missingSenderFields(sender, await this.laws.senderRequirements(channel));
    if (missing.length > 0) throw senderIncomplete(missing);
    const topics = new Map<number, Topic>();
    for (const { topicId } of draft.choices) {
      if (!topics.has(topicId)) topics.set(topicId, await this.senders.getTopic(topicId));
      if (topics.get(topicId)?.senderId !== sender.id) throw topicOfAnotherSender(topicId);
    }
    const keys = draft.choices.map(({ topicId, channel }) => `${topicId}.${channel}`);
    if (new Set(keys).size < keys.length) throw choiceTwice();
    const templateId = draft.incentive?.templateId ?? null;
    if (templateId !== null) await this.#checkTemplate(templateId, draft, topics);
    const names = new Map([...topics].map(([id, { name }]) => [id, name]));
    return completeWording(draft, sender.tradingName ?? sender.legalName ?? '', names);
  }

  /** The incentive's mail is marketing: it goes out on a marketing topic of the form, through the gate. */
  async #checkTemplate(
    templateId: number,
    { choices }: FormDraft,
    topics: Map<number, Topic>,
  ): Promise<void> {
    const { template, version } = await this.templates.get(templateId);
    const path = 'wording.incentive.templateId';
    const lacks = missingParts(version);
    if (lacks.length > 0) {
      throw incentiveUnready(path, `The template lacks ${lacks.join(', ')}. Complete it first.`);
    }
    const bears = choices.some(
      ({ topicId, channel }) => channel === 'email' && topics.get(topicId)?.purpose === 'marketing',
    );
    if (!bears || template.channel !== 'email') {
      throw incentiveUnready(
        path,
        'The incentive comes by an email of marketing, so the form must offer a marketing topic by email.',
      );
    }
  }
}
