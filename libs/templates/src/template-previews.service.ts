import { Injectable } from '@nestjs/common';
import { Clock, type ErrorDetail, formatId, type Locale, type MessageClass, notFound } from '#common';
import { spokenLocale } from './choose-locale.js';
import { type RenderedEmail } from './compiled-template.js';
import { type FactName, factsIn, type MessageSubject } from './message-subject.js';
import { MessageSubjects } from './message-subjects.service.js';
import { type Person } from './person.js';
import { type PromotionFault } from './promotion-lint.js';
import { sampleContext, samplePerson, sampleSubject, unknownPerson } from './sample.js';
import { TemplateRepository } from './template.repository.js';
import { TemplatesService } from './templates.service.js';

export interface PreviewRequest {
  /** A version's number; the newest when absent. */
  number?: number | undefined;
  locale?: Locale | undefined;
  contactId?: number | undefined;
  /** Who to render for when no contact is named; what is missing counts as unknown. */
  person?: Partial<Person> | undefined;
  senderId?: number | undefined;
  /** As what it would be sent; marketing when absent. */
  messageClass?: MessageClass | undefined;
}

export interface Preview extends RenderedEmail {
  warnings: ErrorDetail[];
  /** What keeps it from being sent as that class. */
  promotions: PromotionFault[];
}

/** A mail as one person would get it. Nothing is sent. */
@Injectable()
export class TemplatePreviewsService {
  constructor(
    private readonly templates: TemplatesService,
    private readonly repository: TemplateRepository,
    private readonly subjects: MessageSubjects,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError also CONTACT_NOT_FOUND, SENDER_NOT_FOUND, RENDER_FAILED */
  async preview(id: number, request: PreviewRequest): Promise<Preview> {
    const version =
      request.number === undefined
        ? (await this.templates.get(id)).version
        : await this.templates.version(id, request.number);
    const compiled = await this.templates.compiled(version);
    const person = await this.person(request, version.defaultLocale);
    const sender = request.senderId === undefined ? null : await this.#sender(request.senderId);
    const spoken = request.locale ?? spokenLocale(person.locale) ?? version.defaultLocale;
    const messageClass = request.messageClass ?? 'marketing';
    const subject = await this.subject(request, compiled, spoken);
    const context = { ...sampleContext(spoken, this.clock.now(), sender, messageClass), subject };
    const rendered =
      request.locale === undefined
        ? compiled.render(person, context)
        : compiled.renderIn(request.locale, { ...person, locale: request.locale }, context);
    const warnings = await this.templates.warnings('email', version);
    return { ...rendered, warnings, promotions: this.templates.promotions(version, messageClass) };
  }

  /** Who a preview is for. @throws DomainError CONTACT_NOT_FOUND */
  async person(request: PreviewRequest, fallback: Locale): Promise<Person> {
    if (request.contactId !== undefined) {
      const person = await this.repository.person(request.contactId);
      if (!person) throw notFound('contact', formatId('contact', request.contactId));
      return person;
    }
    return request.person
      ? { ...unknownPerson, ...request.person }
      : samplePerson(request.locale ?? fallback);
  }

  /** What it is about: of a contact their own purchases and their newest order and event, of anybody else a sample. */
  async subject(
    { contactId }: PreviewRequest,
    template: { facts: ReadonlySet<FactName> },
    locale: Locale,
  ): Promise<MessageSubject | undefined> {
    if (contactId === undefined) return sampleSubject(locale, this.clock.now());
    return (await this.subjects.of(template, [contactId], 'newest'))(contactId);
  }

  /** What a version names of what a message may be about: who may not read it sees no preview of it for a contact. */
  async factsNamed(id: number, number: number | undefined): Promise<ReadonlySet<FactName>> {
    const { content } =
      number === undefined
        ? (await this.templates.get(id)).version
        : await this.templates.version(id, number);
    return factsIn(Object.values(content).flatMap(variant => Object.values(variant) as string[]));
  }

  async #sender(senderId: number) {
    const sender = await this.repository.sender(senderId);
    if (!sender) throw notFound('sender', formatId('sender', senderId));
    return sender;
  }
}
