import { type CellName, type LawPack, lawPacks, LawPacksService } from '#consent';
import { type TestApi, testApi } from '../factories/api.js';
import { verdict } from '../factories/law-oracle.js';
import { LawTable, type Question, type Row } from '../factories/law-table.js';

/** Many rows on a machine that may be busy. */
const TIMEOUT_MS = 300_000;

/** Moments at which something changes: hours, days off, clocks, consents and laws. */
const moments = [
  // A Friday, a Saturday and a Sunday; edges of hours, in summer and in winter.
  ...['2026-11-20T10:00:00Z', '2026-11-21T10:00:00Z', '2026-11-22T10:00:00Z'],
  ...['2026-06-15T06:59:59Z', '2026-06-15T07:00:00Z', '2026-06-15T18:59:59Z', '2026-06-15T19:00:00Z'],
  ...['2026-12-15T07:59:59Z', '2026-12-15T08:00:00Z', '2026-12-15T13:59:59Z', '2026-12-15T14:00:00Z'],
  // The hour in which it is day from New York to Honolulu, on a Saturday and on a Sunday.
  ...['2026-06-13T20:30:00Z', '2026-06-14T22:30:00Z'],
  // Christmas; the US Independence Day as observed; the French one; the Egyptian armed forces' day.
  ...['2026-12-25T14:00:00Z', '2026-07-03T18:00:00Z', '2026-07-14T09:00:00Z', '2026-10-06T09:00:00Z'],
  // Nights in which clocks change: the US, Great Britain and Egypt, both ways.
  ...['2026-03-08T06:59:59Z', '2026-03-08T07:00:00Z', '2026-11-01T05:59:59Z', '2026-11-01T06:00:00Z'],
  ...['2026-03-29T00:59:59Z', '2026-03-29T01:00:00Z', '2026-10-25T00:59:59Z', '2026-10-25T01:00:00Z'],
  ...['2026-04-23T21:59:59Z', '2026-04-23T22:00:00Z', '2026-10-29T20:59:59Z', '2026-10-29T21:00:00Z'],
  // 24 months after a leap day, 24 months after 21 November 2024, six months after 31 August: to the second.
  ...['2026-02-28T09:59:59Z', '2026-02-28T10:00:00Z', '2026-11-21T08:59:59Z', '2026-11-21T09:00:00Z'],
  ...['2027-02-28T11:59:59Z', '2027-02-28T12:00:00Z'],
  // The UAE's hours before and after the resolution of August 2024; a time before any pack.
  ...['2024-08-26T15:30:00Z', '2024-08-27T15:30:00Z', '2001-05-01T12:00:00Z'],
];

const marketing = (channel: 'email' | 'sms', at: string, offers = ['socks']): Question => ({
  ...{ channel, messageClass: 'marketing', offers, at },
  // Hours, which SMS has, take long to work out and do not turn on the basis: one of each kind is enough.
  ...(channel === 'sms' ? { of: ['express', 'soft', 'purchase in November 2024', 'transactional'] } : {}),
});
const questions: Question[] = [
  ...moments.flatMap(at => [marketing('email', at), marketing('sms', at)]),
  ...[[], ['shoes'], ['phones'], ['shoes', 'phones']].map(offers =>
    marketing('email', '2026-11-20T10:00:00Z', offers),
  ),
  ...['2026-02-28T10:00:00Z', '2026-11-21T09:00:00Z', '2026-12-25T03:00:00Z'].flatMap(at =>
    (['service', 'transactional'] as const).flatMap(messageClass =>
      (['email', 'sms'] as const).map(channel => ({ channel, messageClass, offers: [], at })),
    ),
  ),
];

/** Written by hand, from the standards: person / consent, channel and class, when, and what must come out. */
const byHand: [person: string, kind: string, at: string, says: string][] = [
  [
    'GB address / express',
    'sms marketing',
    '2026-06-15T06:59:59Z',
    'defer 2026-06-15T07:00:00.000Z QUIET_HOURS',
  ],
  ['GB address / express', 'sms marketing', '2026-06-15T07:00:00Z', 'allow'],
  ['GB address / express', 'sms marketing', '2026-06-15T18:59:59Z', 'allow'],
  [
    'GB address / express',
    'sms marketing',
    '2026-06-15T19:00:00Z',
    'defer 2026-06-16T07:00:00.000Z QUIET_HOURS',
  ],
  // In winter the clock of London is that of Greenwich, and the morning after a change of clocks has the new one.
  [
    'GB address / express',
    'sms marketing',
    '2026-12-15T07:59:59Z',
    'defer 2026-12-15T08:00:00.000Z QUIET_HOURS',
  ],
  [
    'GB phone / express',
    'sms marketing',
    '2026-03-29T00:59:59Z',
    'defer 2026-03-29T07:00:00.000Z QUIET_HOURS',
  ],
  [
    'GB phone / express',
    'sms marketing',
    '2026-10-25T01:00:00Z',
    'defer 2026-10-25T08:00:00.000Z QUIET_HOURS',
  ],
  ['GB phone / express', 'email marketing', '2026-10-25T01:00:00Z', 'allow'],
  ['GB address, invalid zone / express', 'sms marketing', '2026-12-15T08:00:00Z', 'allow'],
  // New York: Sundays from noon; the clocks go forward on 8 March and back on 1 November, both Sundays.
  [
    'US phone, New York / express',
    'sms marketing',
    '2026-03-08T07:00:00Z',
    'defer 2026-03-08T16:00:00.000Z QUIET_HOURS',
  ],
  [
    'US phone, New York / express',
    'sms marketing',
    '2026-11-01T06:00:00Z',
    'defer 2026-11-01T17:00:00.000Z QUIET_HOURS',
  ],
  [
    'US phone, New York / express',
    'sms marketing',
    '2026-07-03T18:00:00Z',
    'defer 2026-07-05T16:00:00.000Z QUIET_HOURS',
  ],
  [
    'US phone, New York / express',
    'sms marketing',
    '2026-12-25T14:00:00Z',
    'defer 2026-12-26T14:00:00.000Z QUIET_HOURS',
  ],
  // Somewhere in the US: 9:00 in Honolulu is 15:00 in New York, and there it is 20:00 five hours later.
  ['US phone / express', 'sms marketing', '2026-06-13T20:30:00Z', 'allow'],
  [
    'US phone / express',
    'sms marketing',
    '2026-06-15T07:00:00Z',
    'defer 2026-06-15T19:00:00.000Z QUIET_HOURS',
  ],
  ['US phone / express', 'sms marketing', '2026-06-14T22:30:00Z', 'allow'],
  [
    'US consent / express',
    'sms marketing',
    '2026-06-15T07:00:00Z',
    'defer 2026-06-15T19:00:00.000Z QUIET_HOURS',
  ],
  // A number of New York is in New York, also of somebody in the US; one of Alaska may be in the Aleutians, an hour behind.
  [
    'New York phone / express',
    'sms marketing',
    '2026-06-15T07:00:00Z',
    'defer 2026-06-15T13:00:00.000Z QUIET_HOURS',
  ],
  [
    'New York phone, US address / express',
    'sms marketing',
    '2026-06-15T07:00:00Z',
    'defer 2026-06-15T13:00:00.000Z QUIET_HOURS',
  ],
  [
    'Alaska phone / express',
    'sms marketing',
    '2026-06-15T07:00:00Z',
    'defer 2026-06-15T18:00:00.000Z QUIET_HOURS',
  ],
  // Nine in New York is 17:00 in Riyadh, where the evening ends at 21:00; an address in the US may be in Honolulu.
  [
    'New York phone, SA address / express',
    'sms marketing',
    '2026-11-20T10:00:00Z',
    'defer 2026-11-20T14:00:00.000Z QUIET_HOURS',
  ],
  [
    'British Columbia phone, US address / express',
    'sms marketing',
    '2026-06-15T07:00:00Z',
    'defer 2026-06-15T19:00:00.000Z QUIET_HOURS',
  ],
  // A Saudi address and a US phone: evening in Riyadh ends at 18:00 UTC, and Honolulu's day begins at 19:00.
  ['US phone, SA address / express', 'sms marketing', '2026-11-20T10:00:00Z', 'deny NO_SENDING_HOURS'],
  ['US phone, SA address / express', 'email marketing', '2026-11-20T10:00:00Z', 'allow'],
  // Egypt: not on Fridays, Saturdays and holidays; its clocks go forward at the end of 23 April 2026, a Thursday.
  [
    'EG phone / express',
    'sms marketing',
    '2026-11-20T10:00:00Z',
    'defer 2026-11-22T07:00:00.000Z QUIET_HOURS',
  ],
  [
    'EG phone / express',
    'sms marketing',
    '2026-10-06T09:00:00Z',
    'defer 2026-10-07T06:00:00.000Z QUIET_HOURS',
  ],
  [
    'EG phone / express',
    'sms marketing',
    '2026-04-23T22:00:00Z',
    'defer 2026-04-26T06:00:00.000Z QUIET_HOURS',
  ],
  // Egypt and France at once, each by both clocks: Sundays are off here, Fridays and Saturdays there; nine in Paris.
  [
    'EG address, FR phone / express',
    'sms marketing',
    '2026-11-20T10:00:00Z',
    'defer 2026-11-23T08:00:00.000Z QUIET_HOURS',
  ],
  [
    'FR address / express',
    'sms marketing',
    '2026-07-14T09:00:00Z',
    'defer 2026-07-15T06:00:00.000Z QUIET_HOURS',
  ],
  [
    'RE phone / express',
    'sms marketing',
    '2026-11-22T10:00:00Z',
    'defer 2026-11-23T04:00:00.000Z QUIET_HOURS',
  ],
  ['DE address / express', 'sms marketing', '2026-11-22T10:00:00Z', 'allow'],
  ['AE phone / express', 'sms marketing', '2026-12-15T13:59:59Z', 'allow'],
  [
    'AE phone / express',
    'sms marketing',
    '2026-12-15T14:00:00Z',
    'defer 2026-12-16T05:00:00.000Z QUIET_HOURS',
  ],
  ['AE phone / express', 'sms marketing', '2024-08-26T15:30:00Z', 'allow'],
  [
    'AE phone / express',
    'sms marketing',
    '2024-08-27T15:30:00Z',
    'defer 2024-08-28T05:00:00.000Z QUIET_HOURS',
  ],
  ['SA phone / express', 'sms marketing', '2026-12-15T14:00:00Z', 'allow'],
  ['JP phone / express', 'sms marketing', '2026-12-15T07:59:59Z', 'allow'],
  ['JP phone / soft', 'email marketing', '2026-12-15T07:59:59Z', 'deny BASIS_NOT_ACCEPTED'],
  // A soft opt-in: in Great Britain yes, in Saudi Arabia no, and not when the sender is there.
  ['GB address / soft', 'email marketing', '2026-11-20T10:00:00Z', 'allow'],
  ['GB address / soft, incomplete', 'email marketing', '2026-11-20T10:00:00Z', 'deny SOFT_OPT_IN_INCOMPLETE'],
  ['GB address, SA sender / soft', 'email marketing', '2026-11-20T10:00:00Z', 'deny BASIS_NOT_ACCEPTED'],
  ['GB address, EG phone / soft', 'email marketing', '2026-11-20T10:00:00Z', 'deny BASIS_NOT_ACCEPTED'],
  ['SA phone / soft', 'email marketing', '2026-11-20T10:00:00Z', 'deny BASIS_NOT_ACCEPTED'],
  ['unknown / soft', 'email marketing', '2026-11-20T10:00:00Z', 'deny BASIS_NOT_ACCEPTED'],
  ['unknown / express', 'email marketing', '2026-11-20T10:00:00Z', 'allow'],
  ['unknown, GB sender / soft', 'email marketing', '2026-11-20T10:00:00Z', 'deny BASIS_NOT_ACCEPTED'],
  // Canada: 24 months after 29 February 2024 is 28 February 2026, denied the very second; six after 31 August, 28 February.
  ['CA phone / purchase on a leap day', 'email marketing', '2026-02-28T09:59:59Z', 'allow'],
  ['CA phone / purchase on a leap day', 'email marketing', '2026-02-28T10:00:00Z', 'deny CONSENT_EXPIRED'],
  ['CA phone / purchase in November 2024', 'sms marketing', '2026-11-21T08:59:59Z', 'allow'],
  ['CA phone / purchase in November 2024', 'sms marketing', '2026-11-21T09:00:00Z', 'deny CONSENT_EXPIRED'],
  ['CA phone / inquiry at the end of August', 'email marketing', '2027-02-28T11:59:59Z', 'allow'],
  [
    'CA phone / inquiry at the end of August',
    'email marketing',
    '2027-02-28T12:00:00Z',
    'deny CONSENT_EXPIRED',
  ],
  [
    'CA address, US phone / purchase in November 2024',
    'sms marketing',
    '2026-06-13T20:30:00Z',
    'deny BASIS_NOT_ACCEPTED',
  ],
  ['US phone / purchase in November 2024', 'email marketing', '2026-06-13T20:30:00Z', 'allow'],
  [
    'GB phone / purchase in November 2024',
    'email marketing',
    '2026-06-15T07:00:00Z',
    'deny BASIS_NOT_ACCEPTED',
  ],
  ['EG phone / express until 21 November 2026', 'email marketing', '2026-11-21T08:59:59Z', 'allow'],
  [
    'EG phone / express until 21 November 2026',
    'email marketing',
    '2026-11-21T09:00:00Z',
    'deny CONSENT_EXPIRED',
  ],
  // No offer, no hours: at three in the morning on Christmas; but a basis for receipts is none for after-sales.
  ['US phone / service', 'sms service', '2026-12-25T03:00:00Z', 'allow'],
  ['US phone / transactional', 'sms transactional', '2026-12-25T03:00:00Z', 'allow'],
  ['US phone / transactional', 'sms service', '2026-12-25T03:00:00Z', 'deny BASIS_NOT_ACCEPTED'],
  ['GB phone / soft', 'email service', '2026-12-25T03:00:00Z', 'deny BASIS_NOT_ACCEPTED'],
  ['GB phone / service', 'email marketing', '2026-11-20T10:00:00Z', 'deny BASIS_NOT_ACCEPTED'],
  ['GB phone / none', 'email transactional', '2026-12-25T03:00:00Z', 'deny NO_CONSENT'],
  ['GB phone / withdrawn', 'email marketing', '2026-11-20T10:00:00Z', 'deny WITHDRAWN'],
  ['GB phone / requested', 'email marketing', '2026-11-20T10:00:00Z', 'deny NOT_CONFIRMED'],
  ['GB phone / refused', 'email marketing', '2026-11-20T10:00:00Z', 'deny CONSENT_REFUSED'],
  ['GB phone / unproven', 'email marketing', '2026-11-20T10:00:00Z', 'deny CONSENT_UNPROVEN'],
];

/** One cell each, with the rows that read it: pack, cell, value, and whether the outcome of any row turns on it. */
const changes: [pack: string, cell: CellName, value: unknown, matters: boolean][] = [
  ['CA', 'bases.email.marketing', ['express', 'double_opt_in'], true],
  ['GB', 'bases.sms.marketing', ['double_opt_in'], true],
  ['strict', 'bases.sms.service', ['express'], true],
  ['SA', 'bases.email.transactional', ['express'], true],
  ['US', 'implied.purchaseMonths', 12, true],
  ['CA', 'implied.inquiryMonths', 3, true],
  [
    'GB',
    'hours.sms',
    {
      mon: [['10:00', '16:00']],
      fri: [
        ['09:30', '09:45'],
        ['11:00', '24:00'],
      ],
    },
    true,
  ],
  ['EG', 'hours.sms', null, true],
  ['EG', 'daysOff.sms', ['2026-11-22', '2026-11-23', '2026-12-15'], true],
  ['strict', 'hours.email', { tue: [['09:00', '18:00']] }, true],
  ['FR', 'daysOff.sms', [], true],
  ['AE', 'footer.email', ['legalName'], false],
  // The bases of France are its own cell: what Europe's becomes does not touch it.
  ['EU', 'bases.email.marketing', ['express'], true],
];

describe('the decision table', () => {
  let api: TestApi;
  let table: LawTable;
  let rows: Row[];
  beforeAll(async () => {
    api = await testApi();
    table = new LawTable(api);
    await table.fill();
    rows = await table.ask(questions);
  }, TIMEOUT_MS);
  afterAll(() => api.close());

  it('comes out as the standards say, row by row', () => {
    const wrong = rows
      .map(row => ({
        name: row.name,
        got: row.verdict,
        want: verdict(lawPacks, row.facts, new Date(row.question.at)),
      }))
      .filter(({ got, want }) => got.says !== want.says || got.law !== want.law);
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(rows.length).toBeGreaterThan(10_000);
    // Rows that all said the same would show nothing: every answer that the law can give occurs often.
    const said: Record<string, number> = {};
    for (const { verdict: answer } of rows) {
      const kind = answer.says.replace(/^defer \S+/, 'defer');
      said[kind] = (said[kind] ?? 0) + 1;
    }
    const answers = [
      ...['allow', 'defer QUIET_HOURS', 'deny NO_SENDING_HOURS', 'deny NO_CONSENT', 'deny WITHDRAWN'],
      ...[
        'deny BASIS_NOT_ACCEPTED',
        'deny CONSENT_EXPIRED',
        'deny SOFT_OPT_IN_INCOMPLETE',
        'deny NOT_SIMILAR',
      ],
      ...['deny NOT_CONFIRMED', 'deny CONSENT_REFUSED', 'deny CONSENT_UNPROVEN'],
    ];
    expect(Object.keys(said).sort()).toEqual(answers.sort());
    for (const answer of answers) expect(said[answer]).toBeGreaterThan(20);
  });

  it('comes out as it was worked out by hand', () => {
    const found = new Map(rows.map(row => [row.name, row.verdict.says]));
    const nameOf = (person: string, kind: string, at: string): string =>
      `${person} / ${kind} of [${kind.endsWith('marketing') ? 'socks' : ''}] at ${at}`;
    const got = byHand.map(([person, kind, at]) => [person, kind, at, found.get(nameOf(person, kind, at))]);
    expect(got).toEqual(byHand);
  });

  it(
    'changes in exactly the rows that depend on a cell when an operator overrides it, and back again',
    async () => {
      const packs = api.app.get(LawPacksService, { strict: false });
      const asked = questions.filter(isAskedAgain);
      const before = await table.ask(asked);
      for (const [code, cell, value, matters] of changes) {
        const override = await packs.override(code, cell, value, 'Counsel said so in a test.', 'tests');
        const after = await table.ask(asked);
        const changed = changesBetween(before, after);
        const otherwise = withCell(code, cell, value);
        const depending = before.filter(({ facts, question: { at } }) => {
          const moment = new Date(at);
          return verdict(lawPacks, facts, moment).says !== verdict(otherwise, facts, moment).says;
        });
        expect({ code, cell, rows: changed.says }).toEqual({
          code,
          cell,
          rows: depending.map(({ name }) => name),
        });
        if (matters !== changed.says.length > 0)
          throw new Error(`${changed.says.length} rows turn on ${code} ${cell}`);
        // Whoever's rows read the pack, of whatever class, are recorded with the override's number; nobody else's.
        const readers = before.filter(({ verdict: { law } }) =>
          law.split('+').some(one => one.startsWith(`${code}@`)),
        );
        expect(changed.law).toEqual(readers.map(({ name }) => name));
        const label = after.find(({ name }) => name === readers[0]?.name)?.verdict.law;
        expect(label).toMatch(new RegExp(`${code}@\\d+\\*${override.id}(\\+|$)`));
        await packs.removeOverride(code, cell, 'tests');
      }
      expect(changesBetween(before, await table.ask(asked))).toEqual({ says: [], law: [] });
    },
    TIMEOUT_MS,
  );
});

/** Some moments and every class: enough rows of each kind, for they are all asked again after each change. */
function isAskedAgain({ messageClass, offers, at }: Question): boolean {
  if (messageClass !== 'marketing') return at === '2026-11-21T09:00:00Z';
  const days = ['2026-11-20', '2026-11-22', '2026-12-15T07:59:59', '2026-07-14', '2026-11-21T08'];
  return offers.join() === 'socks' && days.some(day => at.startsWith(day));
}

function changesBetween(before: Row[], after: Row[]): { says: string[]; law: string[] } {
  const differ = (of: (row: Row) => string): string[] =>
    before.filter((row, at) => of(row) !== of(after[at]!)).map(({ name }) => name);
  return { says: differ(({ verdict: { says } }) => says), law: differ(({ verdict: { law } }) => law) };
}

/** The packs with another value in one cell of every version of one of them. */
function withCell(code: string, cell: CellName, value: unknown): LawPack[] {
  return lawPacks.map(pack =>
    pack.code === code ? { ...pack, cells: { ...pack.cells, [cell]: { ...pack.cells[cell], value } } } : pack,
  );
}
