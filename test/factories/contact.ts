import { type INestApplicationContext } from '@nestjs/common';
import { type Channel } from '#common';
import { ConsentsService, SubscriptionLinks, type Topic } from '#consent';
import { type Contact, ContactsService } from '#contacts';

let count = 0;

type ContactInput = Parameters<ContactsService['create']>[0];

/** A contact with an email address of its own. */
export function addContact(app: INestApplicationContext, input: ContactInput = {}): Promise<Contact> {
  return app
    .get(ContactsService, { strict: false })
    .create({ email: `person-${++count}@example.com`, locale: 'en', ...input });
}

/** What the contact agrees to, as of the clock's now. */
export async function addConsent(
  app: INestApplicationContext,
  contact: Contact,
  topic: Topic,
  channel: Channel = 'email',
): Promise<void> {
  await app.get(ConsentsService, { strict: false }).grant({
    contactId: contact.id,
    channel,
    topicId: topic.id,
    basis: 'express',
    evidence: { textShown: 'Yes, write to me.', method: 'checkbox', source: 'tests' },
    actor: 'tests',
    occurredAt: null,
    expiresAt: null,
  });
}

/** The token in the links of a message to this contact. */
export function linkToken(
  app: INestApplicationContext,
  contact: Contact,
  topic: Topic,
  channel: Channel = 'email',
  dispatchId = 7,
): string {
  const addressHash = channel === 'email' ? contact.emailHash : contact.phoneHash;
  if (!addressHash) throw new Error(`The contact has no address for ${channel}.`);
  return app
    .get(SubscriptionLinks, { strict: false })
    .sign({ contactId: contact.id, channel, topicId: topic.id, addressHash, dispatchId });
}
