import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { Database } from '#database';
import { type ContactFields } from './contact-profile.js';
import { type Contact } from './contact.entity.js';
import { ContactRepository } from './contact.repository.js';

/** What another system may add where we know nothing. Attributes are the shop's own words and stay so. */
const fillable = ['firstName', 'lastName', 'locale', 'country', 'timeZone'] as const;

/** Knows people again by what another system says of them. */
@Injectable()
export class RecognitionService {
  constructor(
    private readonly db: Database,
    private readonly contacts: ContactRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * The person with this email, else the one with this phone, else a new one. What is known of them stays; what is not is
   * filled in. Two people are never made one: of an email and a phone that belong to different ones, the email's it is. The
   * person is held until the transaction ends.
   * @param fields as they are kept (`readContactInput`)
   * @returns null when there is neither email nor phone
   * @throws DomainError EMAIL_TAKEN, PHONE_TAKEN when another request was quicker (do it again)
   */
  async recognise(fields: ContactFields): Promise<{ contact: Contact; created: boolean } | null> {
    const { email, phone } = fields;
    if (email === null && phone === null) return null;
    return this.db.transaction(async () => {
      const now = this.clock.now();
      const byEmail = email === null ? null : await this.contacts.lock({ email });
      const byPhone = phone === null ? null : await this.contacts.lock({ phone });
      const known = byEmail ?? byPhone;
      if (!known) return { contact: await this.contacts.insert(fields, now), created: true };
      const filled = this.#filled(known, fields, byPhone);
      return { contact: filled ? await this.contacts.update(known, filled, now) : known, created: false };
    });
  }

  /** The fields with what was lacking; null: nothing was. */
  #filled(known: Contact, told: ContactFields, phoneOwner: Contact | null): ContactFields | null {
    const { externalId, email, phone, firstName, lastName, locale, country, timeZone, attributes } = known;
    const fields = { externalId, email, phone, firstName, lastName, locale, country, timeZone, attributes };
    const lacking = fillable.filter(field => fields[field] === null && told[field] !== null);
    for (const field of lacking) fields[field] = told[field];
    const getsPhone = fields.phone === null && told.phone !== null && phoneOwner === null;
    if (getsPhone) fields.phone = told.phone;
    const getsEmail = fields.email === null && told.email !== null;
    if (getsEmail) fields.email = told.email;
    return lacking.length > 0 || getsPhone || getsEmail ? fields : null;
  }
}
