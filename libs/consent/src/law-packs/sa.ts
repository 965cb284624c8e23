import { asked, cell, hours, shared, versions } from './pack.js';

const consent =
  'PDPL art 25 and Implementing Regulation arts 28, 29: prior consent; a purchase is no ground to rely on';

/** Saudi Arabia: PDPL, the E-Commerce Law, and CST regulation 469 of intrusive messages. */
export const sa = versions(
  { code: 'SA', name: { en: 'Saudi Arabia', ar: 'المملكة العربية السعودية' }, countries: ['SA'] },
  {
    from: '2023-09-14',
    cells: {
      ...shared,
      'bases.email.marketing': cell([...asked], 'L', `${consent}; a year of grace, not used here`),
      'bases.sms.marketing': cell([...asked], 'L', `${consent}; a year of grace, not used here`),
      'hours.sms': cell(
        hours('09:00', '21:00'),
        'M',
        'CST (through Unifonic) 09-22, older rule 08-22, vendors 08-21: the hours all of them allow',
      ),
      'footer.email': cell(
        ['legalName', 'contactEmail', 'registrationNumber'],
        'L',
        'PDPL: a clear sender and a way out as easy as the way in; E-Commerce Law: the commercial register number',
      ),
      'footer.sms': cell(['legalName'], 'M', 'CST: a clear sender'),
      'statement.marketing': cell(false, 'M', 'The mark of the sender says it'),
      'mark.smsSender': cell(
        { prefix: '', suffix: '-AD' },
        'H',
        'CST: promotional sender names end in exactly -AD, within 11 characters',
      ),
      'replies.sms': cell(false, 'M', "Twilio's guidelines for Saudi Arabia: two-way SMS is not supported"),
      'shortLinks.sms': cell(
        false,
        'M',
        'CST (through vendors): links must be listed with the operator, shortened ones are blocked',
      ),
      doubleOptIn: cell('recommended', 'M', 'PDPL: consent documented and verifiable'),
      'honour.days': cell(0, 'M', 'PDPL: without undue delay'),
      'honour.linkDays': cell(30, 'L', 'No period read'),
      'tracking.opens': cell('consent', 'L', 'PDPL, read strictly: confirm with counsel'),
      'tracking.links': cell('consent', 'L', 'PDPL, read strictly: confirm with counsel'),
      'retention.proofMonths': cell(
        60,
        'L',
        'Evidence of consent is asked for, no period read: confirm with counsel',
      ),
      'rights.responseDays': cell(30, 'M', 'PDPL: 30 days, 30 more for cause'),
    },
  },
  {
    from: '2024-09-14',
    cells: {
      'bases.email.marketing': cell([...asked], 'M', consent),
      'bases.sms.marketing': cell(
        [...asked],
        'M',
        `${consent}; promotions only through private agencies inside the Kingdom`,
      ),
    },
  },
);
