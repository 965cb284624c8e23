import { Injectable } from '@nestjs/common';
import { DomainError, type Locale, toLocale } from '#common';
import { type Sender, SendersService, type SubscriptionLink, SubscriptionLinks, type Topic } from '#consent';
import { type Contact, ContactsService } from '#contacts';
import { SmsWayOuts } from '#sending';
import { type Visitor } from './visitor.js';

/** A person who opened a link of a message, and all that their pages speak of. */
export interface Visit extends Visitor {
  token: string;
  link: SubscriptionLink;
  topic: Topic;
  sender: Sender;
  /** null when the contact is gone, or no longer has the address that the link was sent to. */
  contact: Contact | null;
  locale: Locale;
}

@Injectable()
export class VisitsService {
  constructor(
    private readonly links: SubscriptionLinks,
    private readonly wayOuts: SmsWayOuts,
    private readonly senders: SendersService,
    private readonly contacts: ContactsService,
  ) {}

  /** null for a token that we did not sign, or one whose topic never came to be used and was removed. */
  async read(token: string, visitor: Visitor): Promise<Visit | null> {
    const link = this.links.read(token) ?? (await this.wayOuts.read(token));
    const topic = link && (await orNull(this.senders.getTopic(link.topicId)));
    if (!topic) return null;
    const sender = await this.senders.get(topic.senderId);
    const contact = await this.#holder(link);
    const locale = visitor.chosenLocale ?? toLocale(contact?.locale, sender.defaultLocale);
    return { ...visitor, token, link, topic, sender, contact, locale };
  }

  /**
   * Whoever reads an old mailbox may stop what comes to it, and nothing else: the choices shown and the consents
   * given belong to the person's present address.
   */
  async #holder(link: SubscriptionLink): Promise<Contact | null> {
    const contact = await orNull(this.contacts.get(link.contactId));
    const hash = link.channel === 'email' ? contact?.emailHash : contact?.phoneHash;
    return hash?.equals(link.addressHash) ? contact : null;
  }
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'not_found') return null;
    throw error;
  }
}
