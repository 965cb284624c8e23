import { asked, cell, hours, shared, versions } from './pack.js';

const consent =
  'ePrivacy Directive 2002/58 art 13(1) consent, art 13(2) soft opt-in: own similar products, refusal offered when the ' +
  'details were taken and in every message; business subscribers are a matter of each state and not exempted here';

/** The European Union and the EEA, where a member state has no pack of its own. */
export const eu = versions(
  {
    code: 'EU',
    name: { en: 'European Union and EEA', ar: 'الاتحاد الأوروبي والمنطقة الاقتصادية الأوروبية' },
    countries: [
      ...['AT', 'AX', 'BE', 'BG', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'GR', 'HR', 'HU', 'IE', 'IT'],
      ...['LT', 'LU', 'LV', 'MT', 'NL', 'PL', 'PT', 'RO', 'SE', 'SI', 'SK'],
      ...['IS', 'LI', 'NO'],
    ],
  },
  {
    from: '2018-05-25',
    cells: {
      ...shared,
      'bases.email.marketing': cell([...asked, 'soft_opt_in'], 'H', consent),
      'bases.sms.marketing': cell([...asked, 'soft_opt_in'], 'H', consent),
      'hours.sms': cell(
        hours('08:00', '20:00'),
        'L',
        'No EU law; a default of good manners, confirm national charters with counsel',
      ),
      'footer.email': cell(
        [
          ...(['legalName', 'registeredAddress', 'contactEmail', 'registrationNumber'] as const),
          ...(['registrationPlace', 'privacyUrl'] as const),
        ],
        'M',
        'ePrivacy art 13(4); E-Commerce Directive 2000/31 arts 5, 6; national imprint duties (e.g. DE); GDPR art 13',
      ),
      'footer.sms': cell(['legalName'], 'H', 'ePrivacy art 13(4): identity not disguised'),
      'statement.marketing': cell(
        false,
        'M',
        'E-Commerce Directive art 6(a): identifiable as commercial, which needs no sentence of its own',
      ),
      'mark.subject': cell('', 'L', 'National: some states may require a marker, confirm with counsel'),
      doubleOptIn: cell('recommended', 'M', 'GDPR art 7(1); required in practice by courts of DE and AT'),
      'honour.days': cell(0, 'H', 'GDPR arts 7(3), 21(3): without delay, as easy as agreeing'),
      'honour.linkDays': cell(30, 'M', 'ePrivacy art 13(4): a valid address; no period is given'),
      'tracking.opens': cell('consent', 'M', 'ePrivacy art 5(3)'),
      'tracking.links': cell('consent', 'M', 'ePrivacy art 5(3), read strictly'),
      'retention.proofMonths': cell(
        72,
        'M',
        'GDPR art 7(1) while relied on, then national limitation: three to six years, the longer one',
      ),
      'rights.responseDays': cell(30, 'H', 'GDPR art 12(3): one month; two more for cause'),
    },
  },
  {
    from: '2025-11-13',
    cells: {
      'bases.email.marketing': cell(
        [...asked, 'soft_opt_in'],
        'H',
        `${consent}; CJEU C-654/23 Inteligo of 13 November 2025: a free account can be a sale, read narrowly`,
      ),
    },
  },
);
