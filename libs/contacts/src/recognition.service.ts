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
   * The person with this email, where one is told; else the one with this phone; else a new one. Whoever told it has proved
   * neither address, so nobody who is known gets another one by it: what is sent to them leads to all that is held of them.
   * Of them only a name, a language and a place that we lack are filled in.
   *
   * An email that nobody has makes somebody new, even where the phone is known and its owner has no email: what is sent
   * about an order must reach whoever placed it, at the address that they gave; a phone may be a family's. The phone stays
   * its owner's and is left out, as `findOrCreate` does. Two people are never made one.
   *
   * The person is held until the transaction ends.
   * @param fields as they are kept (`readContactInput`)
   * @param mayCreate asked before somebody new is made: it throws to refuse
   * @returns null when there is neither email nor phone
   * @throws DomainError EMAIL_TAKEN, PHONE_TAKEN when another request was quicker (do it again), and what `mayCreate` throws
   */
  async recognise(
    fields: ContactFields,
    mayCreate: () => void = () => undefined,
  ): Promise<{ contact: Contact; created: boolean } | null> {
    const { email, phone } = fields;
    if (email === null && phone === null) return null;
    return this.db.transaction(async () => {
      const now = this.clock.now();
      const byEmail = email === null ? null : await this.contacts.lock({ email });
      const byPhone = phone === null ? null : await this.contacts.lock({ phone });
      const known = email === null ? byPhone : byEmail;
      if (!known) {
        mayCreate();
        const own = { ...fields, phone: byPhone ? null : phone };
        return { contact: await this.contacts.insert(own, now), created: true };
      }
      const filled = this.#filled(known, fields);
      return { contact: filled ? await this.contacts.update(known, filled, now) : known, created: false };
    });
  }

  /** The fields with what was lacking; null: nothing was. */
  #filled(known: Contact, told: ContactFields): ContactFields | null {
    const { externalId, email, phone, firstName, lastName, locale, country, timeZone, attributes } = known;
    const fields = { externalId, email, phone, firstName, lastName, locale, country, timeZone, attributes };
    const lacking = fillable.filter(field => fields[field] === null && told[field] !== null);
    for (const field of lacking) fields[field] = told[field];
    return lacking.length > 0 ? fields : null;
  }
}
