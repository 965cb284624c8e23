import { strictest } from './law-duties.js';
import { lawPacks } from './law-packs/index.js';
import { inForce } from './law-rules.js';
import { senderRequirements } from './sender-requirements.js';

const today = inForce(lawPacks, new Date('2026-11-21'));
const cellsOf = (...codes: string[]) =>
  today.filter(({ code }) => codes.includes(code)).map(({ cells }) => cells);

describe('laws that apply together', () => {
  it('ask for what each of them asks for, in the time of the quickest', () => {
    expect(strictest(cellsOf('US'))).toMatchObject({
      footer: { email: ['legalName', 'registeredAddress'], sms: ['legalName'] },
      ...{ marketingStatement: true, honourDays: 10, linkDays: 30, proofMonths: 60, responseDays: 45 },
      tracking: { opens: 'allowed', links: 'allowed' },
    });
    expect(strictest(cellsOf('US', 'CA', 'SA'))).toMatchObject({
      footer: { email: ['legalName', 'registeredAddress', 'registrationNumber', 'contactEmail'] },
      ...{ marketingStatement: true, honourDays: 0, linkDays: 60, proofMonths: 60, responseDays: 30 },
      tracking: { opens: 'consent', links: 'consent' },
    });
  });

  it('want of a sender everything that any of them puts into a footer, and where mails come from', () => {
    expect(senderRequirements(cellsOf('US'))).toEqual([
      'legalName',
      'registeredAddress',
      'fromName',
      'fromEmail',
    ]);
    expect(senderRequirements(today.map(({ cells }) => cells))).toEqual([
      ...[
        'legalName',
        'registeredAddress',
        'registrationNumber',
        'registrationPlace',
        'contactEmail',
        'privacyUrl',
      ],
      ...['fromName', 'fromEmail'],
    ]);
  });
});

describe('the version in force', () => {
  const versionOf = (code: string, at: string): number | undefined =>
    inForce(lawPacks, new Date(at)).find(pack => pack.code === code)?.version;

  it('changes as its day begins, in UTC', () => {
    expect(versionOf('GB', '2026-02-04T23:59:59.999Z')).toBe(1);
    expect(versionOf('GB', '2026-02-05T00:00:00Z')).toBe(2);
    expect(versionOf('EG', '2026-11-01T23:59:59Z')).toBe(1);
    expect(versionOf('EG', '2026-11-02T00:00:00Z')).toBe(2);
    expect(versionOf('US', '2025-04-10T23:59:59Z')).toBe(1);
    expect(versionOf('US', '2025-04-11T00:00:00Z')).toBe(2);
    expect(versionOf('US', '2027-01-31T00:00:00Z')).toBe(3);
  });

  it('is the first one for all the time before it', () => {
    expect(versionOf('EG', '2001-01-01T00:00:00Z')).toBe(1);
    expect(versionOf('EG', '1970-01-01T00:00:00Z')).toBe(1);
  });

  it('of a pack that extends another follows both', () => {
    const days = lawPacks.filter(({ code }) => code === 'FR').map(({ effectiveFrom }) => effectiveFrom);
    expect(days).toEqual(['2018-05-25', '2025-11-13', '2026-04-14']);
    const [first, second, third] = lawPacks.filter(({ code }) => code === 'FR');
    expect(first?.cells['bases.email.marketing'].source).not.toContain('Inteligo');
    expect(second?.cells['bases.email.marketing'].source).toContain('Inteligo');
    expect(third?.cells['bases.email.marketing'].source).toContain('Inteligo');
    expect(third?.cells['tracking.opens'].source).toContain('CNIL');
    expect(third?.cells['hours.sms'].value).not.toHaveProperty('sun');
  });
});
