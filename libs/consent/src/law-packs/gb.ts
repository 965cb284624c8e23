import { asked, cell, hours, shared, versions } from './pack.js';

const softOptIn =
  'PECR 2003 reg 22(2) consent, reg 22(3) soft opt-in: details taken by the same sender in a sale or its negotiation, ' +
  'own similar products, refusal offered then and in every message; corporate subscribers are not exempted here';
const disclosures =
  'Companies (Trading Disclosures) Regulations 2015 reg 25; E-Commerce Regulations 2002 reg 6';

/** United Kingdom: PECR 2003, UK GDPR, and the Data (Use and Access) Act. */
export const gb = versions(
  { code: 'GB', name: { en: 'United Kingdom', ar: 'المملكة المتحدة' }, countries: ['GB'] },
  {
    from: '2003-12-11',
    cells: {
      ...shared,
      'bases.email.marketing': cell([...asked, 'soft_opt_in'], 'H', softOptIn),
      'bases.sms.marketing': cell(
        [...asked, 'soft_opt_in'],
        'H',
        `${softOptIn}; "electronic mail" includes SMS`,
      ),
      'hours.sms': cell(hours('08:00', '20:00'), 'M', 'No statutory hours; a default of good manners'),
      'footer.email': cell(
        [
          ...(['legalName', 'registeredAddress', 'contactEmail', 'registrationNumber'] as const),
          ...(['registrationPlace', 'privacyUrl'] as const),
        ],
        'H',
        `PECR reg 23 (identity and an address to opt out at); ${disclosures}; UK GDPR art 13`,
      ),
      'footer.sms': cell(['legalName'], 'H', 'PECR reg 23(a): identity not disguised'),
      'statement.marketing': cell(
        false,
        'M',
        'E-Commerce Regulations 2002 reg 7: identifiable as commercial, which needs no sentence of its own',
      ),
      doubleOptIn: cell('recommended', 'M', 'ICO direct marketing guidance'),
      'honour.days': cell(0, 'M', 'PECR reg 22: no period is given, so at once'),
      'honour.linkDays': cell(30, 'M', 'PECR reg 23(b): a valid address; no period is given'),
      'tracking.opens': cell('consent', 'M', 'PECR reg 6'),
      'tracking.links': cell('consent', 'L', 'PECR reg 6, read strictly: confirm with counsel'),
      'retention.proofMonths': cell(
        72,
        'M',
        'Limitation Act 1980: six years after the consent was last relied on',
      ),
      'rights.responseDays': cell(30, 'H', 'UK GDPR art 12(3): one month'),
    },
  },
  {
    from: '2026-02-05',
    cells: {
      'bases.email.marketing': cell(
        [...asked, 'soft_opt_in'],
        'H',
        `${softOptIn}; charities: reg 22(3A), in force since 5 February 2026 (DUAA)`,
      ),
      'tracking.opens': cell('consent', 'H', 'PECR reg 6 and Sch A1 (DUAA): no exception covers marketing'),
      'rights.responseDays': cell(
        30,
        'H',
        'UK GDPR art 12(3): one month; the clock stops while identity or scope is clarified (DUAA)',
      ),
    },
  },
  {
    from: '2026-04-29',
    cells: {
      'tracking.opens': cell('consent', 'H', 'PECR reg 6 and Sch A1; ICO guidance of 29 April 2026'),
      'tracking.links': cell('consent', 'H', 'ICO guidance of 29 April 2026: link decoration is covered too'),
    },
  },
);
