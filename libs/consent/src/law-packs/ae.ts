import { asked, cell, hours, shared, versions } from './pack.js';

/** United Arab Emirates: PDPL 45/2021, TDRA Resolution 17/2022, Cabinet Resolution 56/2024. */
export const ae = versions(
  { code: 'AE', name: { en: 'United Arab Emirates', ar: 'الإمارات العربية المتحدة' }, countries: ['AE'] },
  {
    from: '2022-01-02',
    cells: {
      ...shared,
      'bases.email.marketing': cell(
        [...asked],
        'M',
        'PDPL 45/2021; TDRA rules on unsolicited electronic communications: consent, a purchase is no ground to rely on',
      ),
      'bases.sms.marketing': cell(
        [...asked],
        'M',
        "TDRA Resolution 17/2022: explicit opt-in, kept in the operators' system too; silence is a no",
      ),
      'hours.sms': cell(hours('07:00', '21:00'), 'H', 'TDRA SMS policy: 07-21'),
      'footer.email': cell(['legalName', 'contactEmail'], 'M', 'TDRA: identity and a way to refuse'),
      'footer.sms': cell(['legalName'], 'M', 'TDRA: identity; the text tells how to opt out'),
      'statement.marketing': cell(false, 'M', 'The mark of the sender says it'),
      'mark.smsSender': cell(
        { prefix: 'AD-', suffix: '' },
        'H',
        'TDRA: promotional sender names begin with AD-, within 11 characters',
      ),
      'replies.sms': cell(false, 'M', "Twilio's guidelines for the Emirates: two-way SMS is not supported"),
      doubleOptIn: cell('recommended', 'M', 'TDRA: consent that can be shown'),
      'honour.days': cell(0, 'M', 'TDRA: at once; the DNCR and 7726 block at the operator too'),
      'honour.linkDays': cell(30, 'L', 'No period read'),
      'tracking.opens': cell('consent', 'L', 'PDPL 45/2021, read strictly: confirm with counsel'),
      'tracking.links': cell('consent', 'L', 'PDPL 45/2021, read strictly: confirm with counsel'),
      'retention.proofMonths': cell(24, 'L', 'Two years, by a vendor: confirm with counsel'),
      'rights.responseDays': cell(30, 'L', 'Executive regulation not seen: confirm with counsel'),
    },
  },
  {
    from: '2024-08-27',
    cells: {
      'hours.sms': cell(
        hours('09:00', '18:00'),
        'M',
        'Cabinet Resolution 56/2024: telemarketing includes marketing texts, 09-18; the SMS policy says 07-21: confirm with counsel',
      ),
    },
  },
);
