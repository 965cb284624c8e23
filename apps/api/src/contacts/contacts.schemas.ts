import { z } from 'zod';
import { exportFormats, matchKeys, phoneTypes } from '#contacts';
import { id, instant, pageQuery } from '../http/schemas.js';

/** Generous here: what exactly an address or a name may be, the contacts room says, with a code for each. */
const text = (what: string) => z.string().max(2000).nullable().optional().describe(what);

const attributeValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]);

const fields = {
  externalId: text('Your own id of the person'),
  email: text('Lower-cased and unique'),
  phone: text('E.164 (+966501234567), or national with country'),
  firstName: text('First name'),
  lastName: text('Last name'),
  locale: text('Language, BCP 47: ar, ar-EG, en'),
  country: text('ISO 3166-1 alpha-2'),
  timeZone: text('IANA time zone: Asia/Riyadh'),
  attributes: z
    .record(z.string().max(100), attributeValue)
    .nullable()
    .optional()
    .describe('Values by attribute key; null removes one'),
};

export const createContact = z.strictObject(fields).meta({ title: 'CreateContact' });
export type CreateContact = z.infer<typeof createContact>;

export const updateContact = z.strictObject(fields).meta({
  title: 'UpdateContact',
  description: 'Absent: stays. Null: cleared. Attributes merge one by one.',
});

export const upsertContact = z
  .strictObject({ ...fields, matchBy: z.enum(matchKeys).describe('The field that says who it is') })
  .meta({ title: 'UpsertContact' });
export type UpsertContact = z.infer<typeof upsertContact>;

export const contactView = z
  .object({
    id: id('contact'),
    externalId: z.string().nullable(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    phoneFacts: z
      .object({
        country: z.string().nullable().describe('ISO 3166-1 alpha-2; null: of no country'),
        valid: z.boolean().describe('Whether such numbers are given out'),
        type: z.enum(phoneTypes).nullable().describe('An SMS hardly reaches a fixed_line'),
      })
      .nullable()
      .describe('What the numbering plans say of the phone; null: there is none. Nothing is refused by it'),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    locale: z.string().nullable(),
    country: z.string().nullable(),
    timeZone: z.string().nullable(),
    attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ title: 'Contact' });
export type ContactView = z.infer<typeof contactView>;

const filter = (what: string) => z.string().max(2000).optional().describe(what);

export const listContacts = pageQuery.extend({
  externalId: filter('Exactly this external id'),
  email: filter('Exactly this email, in any case'),
  phone: filter('Exactly this phone, E.164'),
});
export type ListContacts = z.infer<typeof listContacts>;

export const exportQuery = z.object({ format: z.enum(exportFormats).default('csv') });
export type ExportQuery = z.infer<typeof exportQuery>;
