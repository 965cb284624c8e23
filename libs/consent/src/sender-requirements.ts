import { type Sender } from './sender.entity.js';

/** What a sender must say of itself before anything may be sent in its name. */
const required = [
  'legalName',
  'registeredAddress',
  'registrationNumber',
  'registrationPlace',
  'contactEmail',
  'privacyUrl',
  'fromName',
  'fromEmail',
] as const satisfies (keyof Sender)[];

/**
 * The fields a campaign of this sender still lacks, by their API names.
 * The strict default: the union of what the law packs' footers ask for (E-Commerce Regulations 2002 reg 6, Companies
 * (Trading Disclosures) Regulations 2015 reg 25, CAN-SPAM 16 CFR 316, CASL SOR/2012-36 s.2, Egypt's Law 151/2020 art 17).
 */
export function missingSenderFields(sender: Sender): string[] {
  return required.filter(field => !sender[field]?.trim());
}
