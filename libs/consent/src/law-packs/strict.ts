import { asked, cell, hours, shared, versions } from './pack.js';

const union = 'Union of all packs: what one of them asks for is asked for';

/** For people and places we know nothing of, and for countries without a pack: whatever is the strictest anywhere. */
export const strict = versions(
  { code: 'strict', name: { en: 'Strict default', ar: 'الافتراضي الصارم' }, countries: [] },
  {
    from: '2000-01-01',
    cells: {
      ...shared,
      'bases.email.marketing': cell([...asked], 'H', 'What every pack accepts'),
      'bases.sms.marketing': cell([...asked], 'H', 'What every pack accepts'),
      'hours.sms': cell(
        hours('09:00', '18:00'),
        'M',
        'AE Cabinet Resolution 56/2024: the narrowest hours of any pack; weekends differ by country',
      ),
      'daysOff.sms': cell([], 'L', 'Unknown country, unknown holidays'),
      'footer.email': cell(
        [
          ...(['legalName', 'registeredAddress', 'contactEmail', 'registrationNumber'] as const),
          ...(['registrationPlace', 'privacyUrl'] as const),
        ],
        'H',
        union,
      ),
      'footer.sms': cell(['legalName', 'contactEmail'], 'M', union),
      'statement.marketing': cell(true, 'H', 'EG Law 151/2020 art 17'),
      'mark.smsSender': cell({ prefix: '', suffix: '' }, 'M', 'Marks are a matter of the country'),
      'replies.sms': cell(false, 'M', 'SA, AE, EG: two-way SMS is not supported; a link works everywhere'),
      'shortLinks.sms': cell(false, 'M', 'SA: shortened links are blocked'),
      doubleOptIn: cell('recommended', 'M', 'No pack requires it'),
      'honour.days': cell(0, 'M', 'GB, EU, SA, AE: at once'),
      'honour.linkDays': cell(60, 'H', 'CASL s. 11(2): the longest of any pack'),
      'tracking.opens': cell('consent', 'H', 'CNIL deliberation 2026-042; ICO guidance of 29 April 2026'),
      'tracking.links': cell('consent', 'H', 'ICO guidance of 29 April 2026'),
      'retention.proofMonths': cell(72, 'M', 'GB limitation: the longest of any pack'),
      'rights.responseDays': cell(6, 'L', 'EG Law 151/2020: the shortest of any pack'),
    },
  },
);
