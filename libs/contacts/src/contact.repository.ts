import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { AddressHasher } from '#common';
import { brokenUnique, Database, decodeCursor, type PageRequest } from '#database';
import { MoreThan } from 'typeorm';
import { type ContactFields, type MatchKey } from './contact-profile.js';
import { Contact } from './contact.entity.js';
import { keyTaken, takenError } from './contact.errors.js';

export type ContactFilter = Partial<Record<MatchKey, string>>;

@Injectable()
export class ContactRepository {
  constructor(
    private readonly db: Database,
    private readonly hasher: AddressHasher,
  ) {}

  /** @throws DomainError EMAIL_TAKEN, PHONE_TAKEN, EXTERNAL_ID_TAKEN */
  async insert(fields: ContactFields, now: Date): Promise<Contact> {
    const contacts = this.db.repository(Contact);
    const contact = contacts.create({ ...this.#row(fields), createdAt: now, updatedAt: now });
    return refusingTaken(() => contacts.save(contact));
  }

  /** @throws DomainError EMAIL_TAKEN, PHONE_TAKEN, EXTERNAL_ID_TAKEN */
  async update(contact: Contact, fields: ContactFields, now: Date): Promise<Contact> {
    const changed = { ...contact, ...this.#row(fields), updatedAt: now };
    // `update`, not `save`: the row is locked and known, so there is nothing to read again.
    const { id, createdAt: _, ...columns } = changed;
    await refusingTaken(() => this.db.repository(Contact).update({ id }, columns as never));
    return changed;
  }

  find(id: number): Promise<Contact | null> {
    return this.db.repository(Contact).findOneBy({ id });
  }

  /** Locks the row until the transaction ends. */
  async lock(by: { id: number } | ContactFilter): Promise<Contact | null> {
    return this.db.repository(Contact).findOne({ where: by, lock: { mode: 'pessimistic_write' } });
  }

  list({ limit, cursor }: PageRequest, filter: ContactFilter): Promise<Contact[]> {
    const after = decodeCursor(cursor);
    return this.db.repository(Contact).find({
      where: { ...filter, ...(after === null ? {} : { id: MoreThan(after) }) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
  }

  async delete(id: number): Promise<void> {
    await this.db.repository(Contact).delete({ id });
  }

  /** Every contact in the order of ids, through a cursor; rows have the names of the entity. */
  streamAll(): Promise<Readable> {
    // Timestamps as text in the form of the API: making a Date of each only to print it again costs a fifth of the time.
    return this.db.stream(
      `SELECT id, external_id AS "externalId", email, phone, first_name AS "firstName", last_name AS "lastName",
              locale, country, time_zone AS "timeZone", attributes,
              to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt",
              to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "updatedAt"
         FROM contact ORDER BY id`,
    );
  }

  /** The fields and the hashes that go with them: nothing else writes either. */
  #row(fields: ContactFields): ContactFields & Pick<Contact, 'emailHash' | 'phoneHash'> {
    const { externalId, email, phone, firstName, lastName, locale, country, timeZone, attributes } = fields;
    return {
      externalId,
      email,
      emailHash: email === null ? null : this.hasher.hash('email', email),
      phone,
      phoneHash: phone === null ? null : this.hasher.hash('sms', phone),
      firstName,
      lastName,
      locale,
      country,
      timeZone,
      attributes,
    };
  }
}

async function refusingTaken<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const key = keyTaken(brokenUnique(error) ?? '');
    throw key === null ? error : takenError(key);
  }
}
