import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import {
  type Channel,
  Clock,
  DomainError,
  type ErrorDetail,
  formatId,
  type Locale,
  type MessageClass,
  notFound,
  type Page,
} from '#common';
import { brokenForeignKey, brokenUnique, Database, type PageRequest, toPage } from '#database';
import { type CompiledTemplate } from './compiled-template.js';
import { Lru } from './lru.js';
import { type PromotionFault } from './promotion-lint.js';
import { type Starter } from './starters.js';
import { type TemplateContent } from './template-content.js';
import { type CompiledSms } from './sms/compiled-sms.js';
import { missingTexts, SmsEngine } from './sms/sms-engine.js';
import { missingParts } from './template-content.js';
import { TemplateEngine, type Wording } from './template-engine.js';
import { type Template, type TemplateVersion } from './template.entity.js';
import { TemplateRepository } from './template.repository.js';

export const STARTERS = Symbol('STARTERS');

export interface TemplateWithVersion {
  template: Template;
  version: TemplateVersion;
}

export interface SavedTemplate extends TemplateWithVersion {
  /** What is allowed and still worth mending. */
  warnings: ErrorDetail[];
}

/** Compiled templates kept in memory; each holds a few hundred KB. */
const COMPILED_KEPT = 200;

@Injectable()
export class TemplatesService {
  readonly #compiled = new Lru<Promise<CompiledTemplate>>(COMPILED_KEPT);
  readonly #compiledSms = new Lru<CompiledSms>(COMPILED_KEPT);

  constructor(
    private readonly templates: TemplateRepository,
    private readonly engine: TemplateEngine,
    private readonly smsEngine: SmsEngine,
    private readonly db: Database,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Inject(STARTERS) private readonly starters: readonly Starter[],
  ) {}

  listStarters(): readonly Starter[] {
    return this.starters;
  }

  /** @throws DomainError STARTER_NOT_FOUND */
  starter(key: string): Starter {
    const starter = this.starters.find(candidate => candidate.key === key);
    if (!starter) throw notFound('starter', key);
    return starter;
  }

  /** @throws DomainError TEMPLATE_TOO_LARGE, TEMPLATE_INVALID, TEMPLATE_NAME_TAKEN */
  async create(name: string, channel: Channel, wording: Wording, actor: string): Promise<SavedTemplate> {
    const warnings = await this.#check(channel, wording);
    const at = this.clock.now();
    return this.#uniquely(name, async () => {
      const template = await this.templates.insert({ name, channel, createdAt: at, updatedAt: at });
      const version = await this.#addVersion(template.id, 1, wording, at);
      await this.audit.record(actor, 'template.created', formatId('template', template.id), {});
      return { template, version, warnings };
    });
  }

  /**
   * Replaces name and wording. A version that was used stays as it was sent, and a new one is made.
   * @throws DomainError TEMPLATE_NOT_FOUND, TEMPLATE_TOO_LARGE, TEMPLATE_INVALID, TEMPLATE_NAME_TAKEN
   */
  async update(id: number, name: string, wording: Wording, actor: string): Promise<SavedTemplate> {
    const { channel } = (await this.get(id)).template;
    const warnings = await this.#check(channel, wording);
    const at = this.clock.now();
    return this.#uniquely(name, async () => {
      const template = await this.templates.lock(id);
      const newest = await this.templates.newest(id);
      if (!template || !newest) throw notFound('template', formatId('template', id));
      await this.templates.rename(id, name, at);
      // Asked again by the UPDATE itself: a launch may mark the version used at this moment.
      const replaced = newest.usedAt === null && (await this.templates.replaceVersion(newest.id, wording));
      const version = replaced
        ? { ...newest, ...wording }
        : await this.#addVersion(id, newest.number + 1, wording, at);
      await this.audit.record(actor, 'template.updated', formatId('template', id), {
        version: version.number,
      });
      return { template: { ...template, name, updatedAt: at }, version, warnings };
    });
  }

  /** The template with its newest version. @throws DomainError TEMPLATE_NOT_FOUND */
  async get(id: number): Promise<TemplateWithVersion> {
    const template = await this.templates.find(id);
    const version = await this.templates.newest(id);
    if (!template || !version) throw notFound('template', formatId('template', id));
    return { template, version };
  }

  async list(request: PageRequest): Promise<Page<Template>> {
    return toPage(await this.templates.list(request), request.limit, template => template);
  }

  isNameTaken(name: string): Promise<boolean> {
    return this.templates.isNamed(name);
  }

  /** @throws DomainError TEMPLATE_NOT_FOUND */
  async versions(id: number, request: PageRequest): Promise<Page<TemplateVersion>> {
    await this.get(id);
    return toPage(await this.templates.versions(id, request), request.limit, version => version);
  }

  /** @throws DomainError TEMPLATE_NOT_FOUND, TEMPLATE_VERSION_NOT_FOUND */
  async version(id: number, number: number): Promise<TemplateVersion> {
    await this.get(id);
    const version = await this.templates.findNumber(id, number);
    if (!version) throw notFound('template version', number);
    return version;
  }

  /** @throws DomainError TEMPLATE_NOT_FOUND, TEMPLATE_IN_USE */
  async delete(id: number, actor: string): Promise<void> {
    const inUse = new DomainError({
      kind: 'conflict',
      code: 'TEMPLATE_IN_USE',
      message: 'This template was sent or belongs to a campaign, so it is kept as evidence of what was sent.',
    });
    try {
      await this.db.transaction(async () => {
        if (!(await this.templates.lock(id))) throw notFound('template', formatId('template', id));
        if (await this.templates.isUsed(id)) throw inUse;
        await this.templates.delete(id);
        await this.audit.record(actor, 'template.deleted', formatId('template', id), {});
      });
    } catch (error) {
      throw brokenForeignKey(error) === null ? error : inUse;
    }
  }

  /** From now on this version never changes. Called in the transaction that begins to use it; repeating it is harmless. */
  async markUsed(versionId: number, at: Date): Promise<void> {
    if (await this.templates.markUsed(versionId, at)) return;
    if (!(await this.templates.findVersion(versionId))) {
      throw notFound('template version', formatId('templateVersion', versionId));
    }
  }

  /**
   * A version ready to render. Used versions are kept in memory: they cannot change.
   * @throws DomainError TEMPLATE_VERSION_NOT_FOUND, TEMPLATE_INCOMPLETE, TEMPLATE_INVALID
   */
  async compile(versionId: number): Promise<CompiledTemplate> {
    const used = this.#compiled.get(`used ${versionId}`);
    if (used) return used;
    const version = await this.templates.findVersion(versionId);
    if (!version) throw notFound('template version', formatId('templateVersion', versionId));
    return this.compiled(version);
  }

  /**
   * The same of an SMS template.
   * @throws DomainError TEMPLATE_VERSION_NOT_FOUND, TEMPLATE_INCOMPLETE, TEMPLATE_INVALID
   */
  async compileSms(versionId: number): Promise<CompiledSms> {
    const used = this.#compiledSms.get(`used ${versionId}`);
    if (used) return used;
    const version = await this.templates.findVersion(versionId);
    if (!version) throw notFound('template version', formatId('templateVersion', versionId));
    return this.compiledSms(version);
  }

  /** The same of a version that is at hand. */
  compiledSms(version: TemplateVersion): CompiledSms {
    return this.#compiledSms.remember(keyOf(version), () => this.smsEngine.compile(version));
  }

  /** What an author should know of a version. @throws DomainError TEMPLATE_INVALID */
  warnings(channel: Channel, version: TemplateVersion): Promise<ErrorDetail[]> {
    return this.#check(channel, version);
  }

  /** What in a version makes it marketing, and keeps it from being sent as this class; empty for marketing. */
  promotions(version: Pick<TemplateVersion, 'content'>, messageClass: MessageClass): PromotionFault[] {
    return this.engine.promotions(version, messageClass);
  }

  async #check(channel: Channel, wording: Wording): Promise<ErrorDetail[]> {
    return channel === 'sms' ? this.smsEngine.check(wording) : this.engine.check(wording);
  }

  /** A version that is at hand, ready to render. @throws DomainError TEMPLATE_INCOMPLETE, TEMPLATE_INVALID */
  async compiled(version: TemplateVersion): Promise<CompiledTemplate> {
    const key = keyOf(version);
    const compiled = this.#compiled.remember(key, () => this.engine.compile(version));
    try {
      return await compiled;
    } catch (error) {
      this.#compiled.delete(key);
      throw error;
    }
  }

  #addVersion(templateId: number, number: number, wording: Wording, at: Date): Promise<TemplateVersion> {
    const { defaultLocale, content } = wording;
    return this.templates.insertVersion({
      templateId,
      number,
      defaultLocale,
      content,
      createdAt: at,
      usedAt: null,
    });
  }

  async #uniquely<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await this.db.transaction(work);
    } catch (error) {
      if (brokenUnique(error) !== 'template_name_key') throw error;
      throw new DomainError({
        kind: 'conflict',
        code: 'TEMPLATE_NAME_TAKEN',
        message: `There is a template named "${name}" already. Choose another name.`,
      });
    }
  }
}

/** What keeps a version from being sent by this channel, as paths. */
export function missingIn(channel: Channel, version: Wording): string[] {
  return channel === 'sms' ? missingTexts(version) : missingParts(version);
}

/** A draft may change, in this process or another: it is known by what it says. */
function keyOf(version: TemplateVersion): string {
  return version.usedAt === null ? `draft ${fingerprint(version)}` : `used ${version.id}`;
}

function fingerprint({
  defaultLocale,
  content,
}: {
  defaultLocale: Locale;
  content: TemplateContent;
}): string {
  return createHash('sha256')
    .update(JSON.stringify([defaultLocale, content]))
    .digest('base64url');
}
