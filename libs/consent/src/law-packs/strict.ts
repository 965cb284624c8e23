import { type LawPack } from '../law-pack.js';

const asked = ['express', 'double_opt_in'] as const;
const day: [string, string][] = [['09:00', '18:00']];
const union = 'Union of all packs: what nobody forbids is allowed';

/** For people and places we know nothing of: whatever is the strictest anywhere. */
export const strict: LawPack[] = [
  {
    code: 'strict',
    version: 1,
    effectiveFrom: '2000-01-01',
    name: { en: 'Strict default', ar: 'الافتراضي الصارم' },
    countries: [],
    cells: {
      'bases.email.marketing': { value: [...asked], source: union, confidence: 'H' },
      'bases.email.service': { value: [...asked, 'service'], source: union, confidence: 'M' },
      'bases.email.transactional': {
        value: [...asked, 'service', 'transactional'],
        source: union,
        confidence: 'M',
      },
      'bases.sms.marketing': { value: [...asked], source: union, confidence: 'H' },
      'bases.sms.service': { value: [...asked, 'service'], source: union, confidence: 'M' },
      'bases.sms.transactional': {
        value: [...asked, 'service', 'transactional'],
        source: union,
        confidence: 'M',
      },
      'implied.purchaseMonths': { value: 24, source: 'CASL s. 10(10)(a)', confidence: 'H' },
      'implied.inquiryMonths': { value: 6, source: 'CASL s. 10(10)(e)', confidence: 'H' },
      'hours.email': { value: null, source: 'No law read limits the hours of email', confidence: 'M' },
      'hours.sms': {
        value: { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day },
        source: 'AE Cabinet Resolution 56/2024: the narrowest hours of any pack',
        confidence: 'M',
      },
      'daysOff.email': { value: [], source: 'No law read names such days for email', confidence: 'M' },
      'daysOff.sms': { value: [], source: 'Unknown country, unknown holidays', confidence: 'L' },
      'footer.email': {
        value: [
          'legalName',
          'registeredAddress',
          'contactEmail',
          'registrationNumber',
          'registrationPlace',
          'privacyUrl',
        ],
        source: union,
        confidence: 'H',
      },
      'footer.sms': { value: ['legalName'], source: union, confidence: 'M' },
      'statement.marketing': { value: true, source: 'EG Law 151/2020 art. 17', confidence: 'H' },
      'mark.smsSender': {
        value: { prefix: '', suffix: '' },
        source: 'Marks are a matter of the country',
        confidence: 'M',
      },
      'mark.subject': { value: '', source: 'No general subject label', confidence: 'M' },
      doubleOptIn: { value: 'recommended', source: union, confidence: 'M' },
      'honour.days': { value: 0, source: 'GB PECR, SA, AE: at once', confidence: 'M' },
      'honour.linkDays': { value: 60, source: 'CASL s. 11(2)', confidence: 'H' },
      'tracking.opens': {
        value: 'consent',
        source: 'CNIL 2026-042; ICO guidance of 29 April 2026',
        confidence: 'H',
      },
      'tracking.links': { value: 'consent', source: 'ICO guidance of 29 April 2026', confidence: 'H' },
      'retention.proofMonths': { value: 72, source: 'GB limitation period', confidence: 'M' },
      'rights.responseDays': { value: 6, source: 'EG Law 151/2020', confidence: 'L' },
    },
  },
];
