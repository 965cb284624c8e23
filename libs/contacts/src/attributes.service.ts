import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, formatId, notFound, type Page } from '#common';
import { Database, type PageRequest, toPage } from '#database';
import { ATTRIBUTE_KEY, type AttributeType, type AttributeTypes, RESERVED_KEYS } from './attribute-values.js';
import { type Attribute } from './attribute.entity.js';
import { AttributeRepository } from './attribute.repository.js';
import { invalidContact } from './contact.errors.js';
import { parseText } from './plain-text.js';

export const MOST_ATTRIBUTES = 200;
const LONGEST_DESCRIPTION = 500;

/** The definitions of attributes. */
@Injectable()
export class AttributesService {
  constructor(
    private readonly db: Database,
    private readonly attributes: AttributeRepository,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError ATTRIBUTE_KEY_INVALID, ATTRIBUTE_KEY_TAKEN, TOO_MANY_ATTRIBUTES */
  async create(key: string, type: AttributeType, description: string, actor: string): Promise<Attribute> {
    if (!ATTRIBUTE_KEY.test(key) || RESERVED_KEYS.includes(key)) {
      throw new DomainError({
        kind: 'invalid',
        code: 'ATTRIBUTE_KEY_INVALID',
        message:
          'A key is a lower-case letter, then up to 39 lower-case letters, digits or underscores, as in favourite_size' +
          ` (not ${RESERVED_KEYS.join(' or ')}).`,
      });
    }
    const text = checkedDescription(description);
    return this.db.transaction(async () => {
      await this.attributes.lockAlone();
      if ((await this.attributes.count()) >= MOST_ATTRIBUTES) {
        throw new DomainError({
          kind: 'conflict',
          code: 'TOO_MANY_ATTRIBUTES',
          message: `There can be at most ${MOST_ATTRIBUTES} attributes. Delete one that is no longer used.`,
        });
      }
      const createdAt = this.clock.now();
      const attribute = await this.attributes.insert({ key, type, description: text, createdAt });
      if (!attribute) {
        throw new DomainError({
          kind: 'conflict',
          code: 'ATTRIBUTE_KEY_TAKEN',
          message: `There is an attribute "${key}" already. Use it, or choose another key.`,
        });
      }
      await this.audit.record(actor, 'attribute.created', formatId('attribute', attribute.id), { key, type });
      return attribute;
    });
  }

  /** @throws DomainError ATTRIBUTE_NOT_FOUND */
  async get(id: number): Promise<Attribute> {
    const attribute = await this.attributes.find(id);
    if (!attribute) throw notFound('attribute', formatId('attribute', id));
    return attribute;
  }

  async list(request: PageRequest): Promise<Page<Attribute>> {
    return toPage(await this.attributes.list(request), request.limit, attribute => attribute);
  }

  /** Every definition, in the order they were made. */
  all(): Promise<Attribute[]> {
    return this.attributes.all();
  }

  /** The types by key, e.g. to check a rule or a template against. */
  async types(): Promise<AttributeTypes> {
    return new Map((await this.attributes.all()).map(({ key, type }) => [key, type]));
  }

  /** The same, inside a transaction that will store values: no definition goes away before it ends. */
  async typesForWriting(): Promise<AttributeTypes> {
    await this.attributes.lockForValues();
    return this.types();
  }

  /** Key and type never change. @throws DomainError ATTRIBUTE_NOT_FOUND */
  async describe(id: number, description: string): Promise<Attribute> {
    const attribute = await this.get(id);
    const text = checkedDescription(description);
    await this.attributes.describe(id, text);
    return { ...attribute, description: text };
  }

  /**
   * Deletes a definition. Values are removed with it only when that was asked for.
   * @throws DomainError ATTRIBUTE_NOT_FOUND, ATTRIBUTE_IN_USE
   */
  async delete(id: number, removeValues: boolean, actor: string): Promise<void> {
    await this.db.transaction(async () => {
      await this.attributes.lockAlone();
      const { key } = await this.get(id);
      if (!removeValues && (await this.attributes.isUsed(key))) {
        throw new DomainError({
          kind: 'conflict',
          code: 'ATTRIBUTE_IN_USE',
          message: `Contacts have values of "${key}". To remove those too, repeat with ?removeValues=true.`,
        });
      }
      const contacts = removeValues ? await this.attributes.removeValues(key, this.clock.now()) : 0;
      await this.attributes.delete(id);
      await this.audit.record(actor, 'attribute.deleted', formatId('attribute', id), { key, contacts });
    });
  }
}

function checkedDescription(description: string): string {
  const text = parseText(description, 'The description', 'DESCRIPTION_INVALID', LONGEST_DESCRIPTION);
  if (!text.ok) throw invalidContact([{ path: 'description', code: text.code, message: text.message }]);
  return text.value ?? '';
}
