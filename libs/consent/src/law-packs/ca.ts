import { asked, cell, shared, versions } from './pack.js';

const casl =
  'CASL s. 6 express, s. 10(9)-(10) implied by a purchase (24 months) or an inquiry (6 months); asking for consent is itself marketing';

/** Canada: CASL. */
export const ca = versions(
  { code: 'CA', name: { en: 'Canada', ar: 'كندا' }, countries: ['CA'] },
  {
    from: '2014-07-01',
    cells: {
      ...shared,
      'bases.email.marketing': cell([...asked, 'implied_purchase', 'implied_inquiry'], 'H', casl),
      'bases.sms.marketing': cell([...asked, 'implied_purchase', 'implied_inquiry'], 'H', casl),
      'hours.sms': cell(null, 'M', 'CASL sets no hours for electronic messages'),
      'footer.email': cell(
        ['legalName', 'registeredAddress', 'contactEmail'],
        'H',
        'SOR/2012-36 s. 2: names, mailing address, and a phone, email or web address, valid for 60 days',
      ),
      'footer.sms': cell(['legalName'], 'H', 'SOR/2012-36 s. 2(2): the rest may stand behind a link'),
      'statement.marketing': cell(false, 'M', 'CASL asks for no such statement'),
      'mark.subject': cell(
        '',
        'M',
        'Competition Act s. 74.011: no false or misleading subject, sender or URL',
      ),
      doubleOptIn: cell('recommended', 'M', 'CASL s. 13: whoever sends must prove the consent'),
      'honour.days': cell(
        10,
        'H',
        'CASL s. 11(3): without delay, at most 10 business days, counted as calendar days',
      ),
      'honour.linkDays': cell(60, 'H', 'CASL s. 11(2): 60 days'),
      'tracking.opens': cell(
        'consent',
        'L',
        'PIPEDA: by sensitivity, implied or express; confirm with counsel',
      ),
      'tracking.links': cell(
        'consent',
        'L',
        'PIPEDA: by sensitivity, implied or express; confirm with counsel',
      ),
      'retention.proofMonths': cell(36, 'M', 'CASL s. 13 and its limitation of three years'),
      'rights.responseDays': cell(30, 'L', 'PIPEDA sch. 1, 4.9: 30 days'),
    },
  },
);
