import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, formatId, notFound, type Page } from '#common';
import { Database, type PageRequest, toPage } from '#database';
import { type AttributeTypes } from './attribute-values.js';
import { AttributesService } from './attributes.service.js';
import { type AddressChange, CONSENT_RECORDER, type ConsentRecorder } from './consent-recorder.port.js';
import { applyInput, type ContactInput, parseKey } from './contact-input.js';
import { type ContactFields, keyNameOf, type MatchKey, matchKeys, noFields } from './contact-profile.js';
import { type Contact } from './contact.entity.js';
import { invalidContact, takenCodes } from './contact.errors.js';
import { type ContactFilter, ContactRepository } from './contact.repository.js';
import { ImportTraceRepository } from './import-trace.repository.js';

/** Two upserts of the same new person at once: one inserts, the other finds that and updates. */
const UPSERT_TRIES = 3;

@Injectable()
export class ContactsService {
  constructor(
    private readonly db: Database,
    private readonly contacts: ContactRepository,
    private readonly attributes: AttributesService,
    private readonly traces: ImportTraceRepository,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Inject(CONSENT_RECORDER) private readonly consents: ConsentRecorder,
  ) {}

  /** @throws DomainError for a wrong field (400), EMAIL_TAKEN, PHONE_TAKEN, EXTERNAL_ID_TAKEN (409) */
  async create(input: ContactInput): Promise<Contact> {
    return this.db.transaction(async () => {
      const fields = checked(noFields, input, await this.#types(input));
      return this.contacts.insert(fields, this.clock.now());
    });
  }

  /** @throws DomainError CONTACT_NOT_FOUND */
  async get(id: number): Promise<Contact> {
    const contact = await this.contacts.find(id);
    if (!contact) throw notFound('contact', formatId('contact', id));
    return contact;
  }

  /**
   * Changes what is given (JSON merge patch) and leaves the rest.
   * @throws DomainError CONTACT_NOT_FOUND, and as `create`
   */
  async update(id: number, input: ContactInput, actor: string): Promise<Contact> {
    return this.db.transaction(async () => {
      const types = await this.#types(input);
      const contact = await this.contacts.lock({ id });
      if (!contact) throw notFound('contact', formatId('contact', id));
      return this.#change(contact, input, types, actor);
    });
  }

  /**
   * Updates the person with this key, or creates one. The same call again changes nothing more.
   * @throws DomainError MATCH_KEY_MISSING, and as `create`
   */
  async upsert(
    matchBy: MatchKey,
    input: ContactInput,
    actor: string,
  ): Promise<{ contact: Contact; created: boolean }> {
    const key = parseKeyOf(matchBy, input);
    for (let tries = 1; ; tries++) {
      try {
        return await this.db.transaction(async () => {
          const types = await this.#types(input);
          const found = await this.contacts.lock({ [matchBy]: key });
          if (found) return { contact: await this.#change(found, input, types, actor), created: false };
          const contact = await this.contacts.insert(checked(noFields, input, types), this.clock.now());
          return { contact, created: true };
        });
      } catch (error) {
        const lostTheRace = error instanceof DomainError && error.code === takenCodes[matchBy];
        if (!lostTheRace || tries === UPSERT_TRIES) throw error;
      }
    }
  }

  /**
   * The person with this key exactly as they are, or a new one with these fields: what a stranger typed into a form
   * changes nobody. A phone that belongs to somebody else is left out. The person is held until the transaction ends.
   * @throws DomainError EMAIL_TAKEN, PHONE_TAKEN when another request was quicker (do it again), and as `create`
   */
  async findOrCreate(
    matchBy: MatchKey,
    input: ContactInput,
  ): Promise<{ contact: Contact; created: boolean }> {
    const key = parseKeyOf(matchBy, input);
    return this.db.transaction(async () => {
      const found = await this.contacts.lock({ [matchBy]: key });
      if (found) return { contact: found, created: false };
      const fields = checked(noFields, input, await this.#types(input));
      if (
        matchBy !== 'phone' &&
        fields.phone !== null &&
        (await this.contacts.lock({ phone: fields.phone }))
      ) {
        fields.phone = null;
      }
      return { contact: await this.contacts.insert(fields, this.clock.now()), created: true };
    });
  }

  /** The profile goes; what was agreed and withdrawn stays in the ledger. @throws DomainError CONTACT_NOT_FOUND */
  async delete(id: number, actor: string): Promise<void> {
    await this.db.transaction(async () => {
      const contact = await this.contacts.lock({ id });
      if (!contact) throw notFound('contact', formatId('contact', id));
      await this.consents.contactDeleted(id, actor);
      await this.contacts.delete(id);
      await this.audit.record(actor, 'contact.deleted', formatId('contact', id), {});
    });
  }

  /** Holds a contact until the open transaction ends; null when there is none. */
  hold(id: number): Promise<Contact | null> {
    return this.contacts.lock({ id });
  }

  /** Blanks what uploaded files left behind of a person: refused rows, and the notes of dry runs. */
  forgetTraces(contact: Contact): Promise<void> {
    return this.traces.forget(contact);
  }

  /** Removes the row alone, inside a transaction that has seen to everything else: for an erasure. */
  remove(id: number): Promise<void> {
    return this.contacts.delete(id);
  }

  /** @throws DomainError for a filter that is no email, phone or external id */
  async list(request: PageRequest, filter: ContactFilter): Promise<Page<Contact>> {
    const exact: ContactFilter = {};
    for (const key of matchKeys) {
      const given = filter[key];
      if (given === undefined) continue;
      const parsed = parseKey(key, given);
      if (!parsed.ok) throw invalidContact([{ path: key, code: parsed.code, message: parsed.message }]);
      if (parsed.value === null) throw keyMissing(key);
      exact[key] = parsed.value;
    }
    return toPage(await this.contacts.list(request, exact), request.limit, contact => contact);
  }

  async #change(
    contact: Contact,
    input: ContactInput,
    types: AttributeTypes,
    actor: string,
  ): Promise<Contact> {
    const before = fieldsOf(contact);
    const fields = checked(before, input, types);
    if (isDeepStrictEqual(before, fields)) return contact;
    const changed = await this.contacts.update(contact, fields, this.clock.now());
    const gone = addressesGone(contact, changed);
    if (gone.length > 0) await this.consents.addressChanged(gone, actor);
    return changed;
  }

  #types(input: ContactInput): Promise<AttributeTypes> {
    const given = input.attributes;
    const isAsked = given !== null && given !== undefined && Object.keys(given).length > 0;
    return isAsked ? this.attributes.typesForWriting() : Promise.resolve(new Map());
  }
}

function checked(
  current: Readonly<ContactFields>,
  input: ContactInput,
  types: AttributeTypes,
): ContactFields {
  const { fields, problems } = applyInput(current, input, types);
  const [first, ...others] = problems;
  if (first) throw invalidContact([first, ...others]);
  return fields;
}

function fieldsOf(contact: Contact): ContactFields {
  const { externalId, email, phone, firstName, lastName, locale, country, timeZone, attributes } = contact;
  return { externalId, email, phone, firstName, lastName, locale, country, timeZone, attributes };
}

function addressesGone(before: Contact, after: Contact): AddressChange[] {
  const gone: AddressChange[] = [];
  if (before.emailHash && before.email !== after.email) {
    gone.push({ contactId: before.id, channel: 'email', oldHash: before.emailHash });
  }
  if (before.phoneHash && before.phone !== after.phone) {
    gone.push({ contactId: before.id, channel: 'sms', oldHash: before.phoneHash });
  }
  return gone;
}

function parseKeyOf(matchBy: MatchKey, input: ContactInput): string {
  const given = input[matchBy];
  if (given === null || given === undefined) throw keyMissing(matchBy);
  // The very parser that will store it, with the country that comes along.
  const { fields, problems } = applyInput(noFields, { country: input.country, [matchBy]: given }, new Map());
  const problem = problems.find(({ path }) => path === matchBy && fields[matchBy] === null);
  if (problem && problem.code !== 'CONTACT_UNIDENTIFIED') throw invalidContact([problem]);
  const key = fields[matchBy];
  if (key === null) throw keyMissing(matchBy);
  return key;
}

function keyMissing(key: MatchKey): DomainError {
  return new DomainError({
    kind: 'invalid',
    code: 'MATCH_KEY_MISSING',
    message: `Give the ${keyNameOf(key)} to look a contact up by.`,
  });
}
