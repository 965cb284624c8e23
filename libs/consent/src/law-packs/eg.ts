import { asked, cell, hours, shared, versions } from './pack.js';

/**
 * Holidays of fixed dates, and Sham el-Nessim (the Monday after the Orthodox Easter of 12 April 2026, 2 May 2027 and
 * 16 April 2028). Those that follow the moon are announced each year: an operator adds them by overriding the cell.
 */
const holidays = [
  ...['2026-01-07', '2026-01-25', '2026-04-13', '2026-04-25', '2026-05-01', '2026-06-30', '2026-07-23'],
  ...['2026-10-06', '2027-01-07', '2027-01-25', '2027-04-25', '2027-05-01', '2027-05-03', '2027-06-30'],
  ...['2027-07-23', '2027-10-06', '2028-01-07', '2028-01-25', '2028-04-17', '2028-04-25', '2028-05-01'],
  ...['2028-06-30', '2028-07-23', '2028-10-06'],
];

const consent = 'Law 151/2020 art 17: prior consent; a purchase is no ground to rely on';
const vendor =
  'No law read; one vendor says 09-21, not on Fridays, Saturdays and holidays: confirm with counsel';

/** Egypt: the Data Protection Law 151/2020 and its Executive Regulation 816/2025. */
export const eg = versions(
  { code: 'EG', name: { en: 'Egypt', ar: 'مصر' }, countries: ['EG'] },
  {
    from: '2020-10-16',
    cells: {
      ...shared,
      'bases.email.marketing': cell([...asked], 'H', consent),
      'bases.sms.marketing': cell([...asked], 'H', consent),
      'hours.sms': cell(hours('09:00', '21:00', ['mon', 'tue', 'wed', 'thu', 'sun']), 'L', vendor),
      'daysOff.sms': cell(holidays, 'L', `${vendor}; days that follow the moon are not among them`),
      'footer.email': cell(
        ['legalName', 'registeredAddress', 'contactEmail'],
        'H',
        'Law 151/2020 art 17: who originates and who sends, a valid and sufficient address, easy refusal',
      ),
      'footer.sms': cell(
        ['legalName', 'contactEmail'],
        'M',
        'Law 151/2020 art 17: who sends, and an address at which they are reached',
      ),
      'statement.marketing': cell(true, 'H', 'Law 151/2020 art 17: a statement that it is direct marketing'),
      'replies.sms': cell(false, 'L', "A vendor's guide: two-way SMS is not supported"),
      doubleOptIn: cell('recommended', 'M', 'Law 151/2020: consent that can be shown'),
      'honour.days': cell(0, 'L', 'Not specified, so at once'),
      'honour.linkDays': cell(30, 'L', 'No period read'),
      'tracking.opens': cell('consent', 'L', 'Law 151/2020, read strictly: confirm with counsel'),
      'tracking.links': cell('consent', 'L', 'Law 151/2020, read strictly: confirm with counsel'),
      'retention.proofMonths': cell(36, 'H', 'Law 151/2020 art 18: three years from the last message'),
      'rights.responseDays': cell(6, 'L', 'Law 151/2020: six working days, counted as calendar days'),
    },
  },
  {
    from: '2026-11-02',
    cells: {
      'footer.email': cell(
        [
          ...(['legalName', 'registeredAddress', 'contactEmail'] as const),
          ...(['registrationNumber', 'registrationPlace'] as const),
        ],
        'M',
        'Law 151/2020 art 17; Executive Regulation 816/2025: the licence for e-marketing, its year of grace ended about 2 November 2026',
      ),
    },
  },
);
