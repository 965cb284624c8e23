import { eu } from './eu.js';
import { cell, extend, hours } from './pack.js';

/** Public holidays (Code du travail art L3133-1), the movable ones after Easter of 5 April 2026, 28 March 2027, 16 April 2028. */
const holidays = [
  ...['2026-01-01', '2026-04-06', '2026-05-01', '2026-05-08', '2026-05-14', '2026-05-25', '2026-07-14'],
  ...['2026-08-15', '2026-11-01', '2026-11-11', '2026-12-25'],
  ...['2027-01-01', '2027-03-29', '2027-05-01', '2027-05-06', '2027-05-08', '2027-05-17', '2027-07-14'],
  ...['2027-08-15', '2027-11-01', '2027-11-11', '2027-12-25'],
  ...['2028-01-01', '2028-04-17', '2028-05-01', '2028-05-08', '2028-05-25', '2028-06-05', '2028-07-14'],
  ...['2028-08-15', '2028-11-01', '2028-11-11', '2028-12-25'],
];

const charter =
  'Charter of the French operators for advertising by SMS: no Sundays, no holidays; confirm with counsel';
const cnil = 'CNIL deliberation 2026-042 of 12 March 2026';

/** France and the parts of it overseas that belong to the European Union. */
export const fr = extend(
  eu,
  {
    code: 'FR',
    name: { en: 'France', ar: 'فرنسا' },
    countries: ['FR', 'GF', 'GP', 'MF', 'MQ', 'RE', 'YT'],
  },
  {
    from: '2018-05-25',
    cells: {
      'hours.sms': cell(hours('08:00', '20:00', ['mon', 'tue', 'wed', 'thu', 'fri', 'sat']), 'L', charter),
      'daysOff.sms': cell(holidays, 'L', charter),
    },
  },
  {
    from: '2026-04-14',
    cells: {
      'tracking.opens': cell(
        'consent',
        'H',
        `${cnil}, published 14 April: a consent apart from the one for marketing, and withdrawing it stops mails sent before; consents of before suffice until 14 July 2026, which is not used here`,
      ),
    },
  },
);
