import { asked, cell, hours, shared, versions } from './pack.js';

/** Federal holidays (5 U.S.C. 6103): the day itself, and the day it is kept when it falls on a weekend. */
const holidays = [
  ...['2026-01-01', '2026-01-19', '2026-02-16', '2026-05-25', '2026-06-19', '2026-07-03', '2026-07-04'],
  ...['2026-09-07', '2026-10-12', '2026-11-11', '2026-11-26', '2026-12-25'],
  ...['2027-01-01', '2027-01-18', '2027-02-15', '2027-05-31', '2027-06-18', '2027-06-19', '2027-07-04'],
  ...['2027-07-05', '2027-09-06', '2027-10-11', '2027-11-11', '2027-11-25', '2027-12-24', '2027-12-25'],
  ...['2027-12-31', '2028-01-01', '2028-01-17', '2028-02-21', '2028-05-29', '2028-06-19', '2028-07-04'],
  ...['2028-09-04', '2028-10-09', '2028-11-10', '2028-11-11', '2028-11-23', '2028-12-25'],
];

const states =
  '47 CFR 64.1200(c)(1) 8-21 in the place of the person called; narrowed to what the states allow (CT 9-20, TX Sundays ' +
  'from 12), except RI; secondary tables disagree at the edges: confirm with counsel';

/** United States: CAN-SPAM, TCPA and the FCC's rules. */
export const us = versions(
  {
    code: 'US',
    name: { en: 'United States', ar: 'الولايات المتحدة' },
    // The territories too: 47 USC 153 counts them as states.
    countries: ['AS', 'GU', 'MP', 'PR', 'UM', 'US', 'VI'],
  },
  {
    from: '2004-01-01',
    cells: {
      ...shared,
      'bases.email.marketing': cell(
        [...asked, 'soft_opt_in', 'implied_purchase', 'implied_inquiry'],
        'H',
        'CAN-SPAM 15 USC 7704 asks for no consent, only that an opt-out is obeyed; this product asks for a record of why somebody is written to',
      ),
      'bases.sms.marketing': cell(
        [...asked],
        'M',
        'TCPA, 47 CFR 64.1200(a)(2), (f)(9): prior express written consent, not a condition of purchase',
      ),
      'hours.sms': cell(
        { ...hours('09:00', '20:00', ['mon', 'tue', 'wed', 'thu', 'fri', 'sat']), sun: [['12:00', '20:00']] },
        'M',
        states,
      ),
      'daysOff.sms': cell(
        holidays,
        'M',
        'AL, LA, MS: no holidays; 5 U.S.C. 6103 for the days, to the end of 2028',
      ),
      'footer.email': cell(
        ['legalName', 'registeredAddress'],
        'H',
        'CAN-SPAM 15 USC 7704(a)(5)(A)(iii), 16 CFR 316.2(p): a valid physical postal address',
      ),
      'footer.sms': cell(['legalName'], 'M', 'CTIA Messaging Principles: the name of the programme or brand'),
      'statement.marketing': cell(
        true,
        'H',
        'CAN-SPAM 15 USC 7704(a)(5)(A)(i): identified as advertisement, unless the person had agreed before',
      ),
      'mark.subject': cell(
        '',
        'M',
        'No deceptive subject; SEXUALLY-EXPLICIT: for such content alone (16 CFR 316.4)',
      ),
      doubleOptIn: cell('recommended', 'M', 'CTIA: a confirmation message'),
      'honour.days': cell(10, 'M', 'CAN-SPAM: 10 business days, counted here as calendar days'),
      'honour.linkDays': cell(30, 'H', 'CAN-SPAM 15 USC 7704(a)(3)(A)(ii): 30 days'),
      'tracking.opens': cell('allowed', 'M', 'No federal law read; states let people opt out'),
      'tracking.links': cell('allowed', 'M', 'No federal law read; states let people opt out'),
      'retention.proofMonths': cell(
        60,
        'M',
        'FTC TSR and the do-not-call list: five years; TCPA limitation: four',
      ),
      'rights.responseDays': cell(45, 'L', 'State laws, e.g. California: 45 days; confirm with counsel'),
    },
  },
  {
    from: '2025-04-11',
    cells: {
      'honour.days': cell(
        10,
        'H',
        'CAN-SPAM and, by any reasonable means for SMS, 47 CFR 64.1200(a)(10): 10 business days, counted here as calendar days',
      ),
    },
  },
  {
    from: '2027-01-31',
    cells: {
      'honour.days': cell(
        10,
        'H',
        '47 CFR 64.1200(a)(10): 10 business days; from 31 January 2027 one revocation counts for unrelated programmes too',
      ),
    },
  },
);
