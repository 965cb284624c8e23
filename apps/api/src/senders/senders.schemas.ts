import { z } from 'zod';
import { country, id, instant, line, locale } from '../http/schemas.js';

/** Short names in List-Id and Feedback-ID: a DNS label. */
export const key = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/,
    'must be 1-32 lower-case letters, digits or inner hyphens',
  );

const email = z.email().max(254).toLowerCase();
const link = z.url({ protocol: /^https?$/ }).max(500);
const timeZone = z
  .string()
  .refine(isTimeZone, 'must be an IANA time zone such as Asia/Riyadh')
  .meta({ examples: ['Asia/Riyadh'] });

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

const fields = {
  legalName: line(200).nullable().describe('The name in the register'),
  tradingName: line(200).nullable(),
  registrationNumber: line(100).nullable().describe('Company, charity or commercial register number'),
  registrationPlace: line(200).nullable().describe('The register, e.g. "Companies House, England and Wales"'),
  registeredAddress: line(500).nullable().describe('Full postal address'),
  contactEmail: email.nullable().describe('Read by a person'),
  phone: line(40).nullable(),
  website: link.nullable(),
  privacyUrl: link.nullable(),
  fromName: line(100).nullable(),
  fromEmail: email.nullable(),
  replyTo: email.nullable(),
  defaultLocale: locale,
  timeZone,
  country: country.nullable(),
};

export const createSender = z
  .strictObject({ key, ...fields })
  .partial()
  .required({ key: true })
  .meta({ title: 'CreateSender' });
export type CreateSender = z.infer<typeof createSender>;

export const updateSender = z.strictObject(fields).partial().meta({ title: 'UpdateSender' });
export type UpdateSender = z.infer<typeof updateSender>;

export const senderView = z
  .object({
    id: id('sender'),
    key: z.string(),
    ...fields,
    missing: z
      .array(z.string())
      .describe('Fields still needed before a campaign of this sender can be scheduled'),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ title: 'Sender' });
export type SenderView = z.infer<typeof senderView>;
