import { formatId } from '#common';
import { type Contact, phoneFacts } from '#contacts';
import { type ContactView } from './contacts.schemas.js';

export function toContactView(contact: Contact): ContactView {
  return {
    id: formatId('contact', contact.id),
    externalId: contact.externalId,
    email: contact.email,
    phone: contact.phone,
    phoneFacts: contact.phone === null ? null : phoneFacts(contact.phone),
    firstName: contact.firstName,
    lastName: contact.lastName,
    locale: contact.locale,
    country: contact.country,
    timeZone: contact.timeZone,
    attributes: contact.attributes,
    createdAt: contact.createdAt.toISOString(),
    updatedAt: contact.updatedAt.toISOString(),
  };
}
