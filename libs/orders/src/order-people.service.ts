import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { ConsentHistory, ErasedAddressesService } from '#consent';
import {
  type Contact,
  type ContactFields,
  ContactsService,
  readContactInput,
  RecognitionService,
} from '#contacts';
import { type KnownOrder } from './order.repository.js';
import { type ToldOrder } from './told-order.js';

/** Whom a word is about. */
export interface Person {
  contact: Contact | null;
  isForgotten: boolean;
}

/** The person was erased while the word was on its way: everything is looked at again. */
export class ForgottenMeanwhile extends Error {}

/** Says whose an order is. */
@Injectable()
export class OrderPeople {
  constructor(
    private readonly contacts: ContactsService,
    private readonly recognition: RecognitionService,
    private readonly history: ConsentHistory,
    private readonly erased: ErasedAddressesService,
  ) {}

  /**
   * The person of the newest details; whom an older word names is nobody's business any more, unless nobody was named yet.
   * Who has not bought is nobody either: a cart that was left makes no contact. A shop goes on to tell the address that the
   * order was placed with, also after the person has another one here: it is theirs all the same.
   *
   * In the transaction of the order; the person is held until it ends.
   * @param mayCreate asked before somebody new is made: it throws to refuse
   * @throws ForgottenMeanwhile, DomainError EMAIL_TAKEN, PHONE_TAKEN (do it again), and what `mayCreate` throws
   */
  async personOf(
    known: KnownOrder | null,
    word: ToldOrder,
    takesDetails: boolean,
    mayCreate?: () => void,
  ): Promise<Person> {
    if (known?.isForgotten) return { contact: null, isForgotten: true };
    const { customer, placedAt } = word;
    const isNamed = customer !== null && (takesDetails || (known?.contactId ?? null) === null);
    const told = isNamed && placedAt !== null ? readContactInput(customer).fields : null;
    const boughtAt = earlier(placedAt, known?.placedAt ?? null);
    const fields = told && (await this.#unerased(told, boughtAt));
    if (told && !fields) return { contact: null, isForgotten: true };
    if (known && known.contactId !== null) {
      const contact = await this.contacts.hold(known.contactId);
      if (!contact) throw new ForgottenMeanwhile();
      if (fields && (await this.#isFormer(contact, fields))) return { contact, isForgotten: false };
      const found = fields && (await this.recognition.recognise(fields, mayCreate));
      return { contact: found?.contact ?? contact, isForgotten: false };
    }
    const found = fields && (await this.recognition.recognise(fields, mayCreate));
    if (fields && found?.created && (await this.#unerased(fields, boughtAt))?.phone !== fields.phone)
      throw new ForgottenMeanwhile();
    return { contact: found?.contact ?? null, isForgotten: false };
  }

  /**
   * Who bought, without what was erased since: an old order, told now, must not bring it back. null: they are gone. Who they
   * are their email says, as when they are recognised: a phone beside it may be a family's, and is left out alone.
   */
  async #unerased(fields: ContactFields, boughtAt: Date | null): Promise<ContactFields | null> {
    const { email, phone } = fields;
    const isErased = async (channel: Channel, address: string | null): Promise<boolean> => {
      const [at] = await this.erased.timesOf(address === null ? [] : [{ channel, address }]);
      return !!at && boughtAt !== null && at >= boughtAt;
    };
    if (email === null) return (await isErased('sms', phone)) ? null : fields;
    if (await isErased('email', email)) return null;
    return (await isErased('sms', phone)) ? { ...fields, phone: null } : fields;
  }

  /** Whether the order is told with an address that its person had before. */
  #isFormer({ id }: Contact, { email, phone }: ContactFields): Promise<boolean> {
    return email === null
      ? this.history.hadAddress(id, 'sms', phone ?? '')
      : this.history.hadAddress(id, 'email', email);
  }
}

function earlier(a: Date | null, b: Date | null): Date | null {
  return a === null || b === null ? (a ?? b) : a <= b ? a : b;
}
