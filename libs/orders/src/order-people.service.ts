import { Injectable } from '@nestjs/common';
import { AddressHasher, type Channel } from '#common';
import { ErasedAddressesService } from '#consent';
import {
  type Contact,
  type ContactFields,
  ContactsService,
  readContactInput,
  RecognitionService,
} from '#contacts';
import { type KnownOrder } from './order.repository.js';
import { type Shop } from './shop.entity.js';
import { type AddressHashes, toldHashesOf, wasTold } from './told-addresses.js';
import { type ToldOrder } from './told-order.js';

/** Whom a word is about. */
export interface Person {
  contact: Contact | null;
  isForgotten: boolean;
  /** Of the addresses that stand with the order from now on; null: those that are there. */
  toldHashes: AddressHashes | null;
}

/** The person was erased while the word was on its way: everything is looked at again. */
export class ForgottenMeanwhile extends Error {}

/** Says whose an order is. */
@Injectable()
export class OrderPeople {
  constructor(
    private readonly contacts: ContactsService,
    private readonly recognition: RecognitionService,
    private readonly erased: ErasedAddressesService,
    private readonly hasher: AddressHasher,
  ) {}

  /**
   * The person of the newest details; whom an older word names is nobody's business any more, unless nobody was named yet.
   * Who has not bought is nobody either: a cart that was left makes no contact. A shop goes on to tell the address that the
   * order was placed with, also after it was put right here: who the order is known to be of stays.
   *
   * In the transaction of the order; the person is held until it ends.
   * @param mayCreate asked before somebody new is made: it throws to refuse
   * @throws ForgottenMeanwhile, DomainError EMAIL_TAKEN, PHONE_TAKEN (do it again), and what `mayCreate` throws
   */
  async personOf(
    shop: Shop,
    known: KnownOrder | null,
    word: ToldOrder,
    { takesDetails, mayCreate }: { takesDetails: boolean; mayCreate?: (() => void) | undefined },
  ): Promise<Person> {
    if (known?.isForgotten) return { contact: null, isForgotten: true, toldHashes: null };
    const isNamed = takesDetails || (known?.contactId ?? null) === null;
    const told = isNamed && word.placedAt !== null ? customerOf(word, shop) : null;
    const boughtAt = earlier(word.begunAt ?? word.placedAt, known?.placedAt ?? null);
    const fields = told && (await this.#unerased(told, boughtAt));
    if (told && !fields) return { contact: null, isForgotten: true, toldHashes: null };
    const toldHashes = fields && takesDetails ? toldHashesOf(fields, this.hasher) : null;
    if (known && known.contactId !== null) {
      const contact = await this.contacts.hold(known.contactId);
      if (!contact) throw new ForgottenMeanwhile();
      const isToldAgain = fields === null || wasTold(fields, known.toldHashes, this.hasher);
      const found = isToldAgain ? null : await this.recognition.recognise(fields, mayCreate);
      return { contact: found?.contact ?? contact, isForgotten: false, toldHashes };
    }
    const found = fields && (await this.recognition.recognise(fields, mayCreate));
    if (fields && found?.created && (await this.#unerased(fields, boughtAt))?.phone !== fields.phone)
      throw new ForgottenMeanwhile();
    return { contact: found?.contact ?? null, isForgotten: false, toldHashes };
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
}

/** Who bought, as they are kept; in the shop's one language where the order tells none. */
function customerOf({ customer, details }: ToldOrder, shop: Shop): ContactFields | null {
  if (!customer) return null;
  const locale = customer.locale ?? (details?.locale ? null : shop.locale);
  return readContactInput({ ...customer, locale }).fields;
}

function earlier(a: Date | null, b: Date | null): Date | null {
  return a === null || b === null ? (a ?? b) : a <= b ? a : b;
}
