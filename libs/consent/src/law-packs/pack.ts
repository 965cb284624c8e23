import { type LocalizedText } from '#common';
import { type Basis } from '../consent-event.js';
import {
  type Cell,
  type Confidence,
  type LawCells,
  type LawPack,
  type Weekday,
  weekdays,
  type WeeklyHours,
} from '../law-pack.js';

/** Bases that are the person's own clear act. */
export const asked: readonly Basis[] = ['express', 'double_opt_in'];

export function cell<T>(value: T, confidence: Confidence, source: string): Cell<T> {
  return { value, source, confidence };
}

/** The same hours on each of these days; every day when none is named. */
export function hours(from: string, to: string, days: readonly Weekday[] = weekdays): WeeklyHours {
  return Object.fromEntries(days.map(day => [day, [[from, to]]]));
}

const contract = 'About a running order or contract; this product asks for a record of that';

/** What no law read so far makes different: a pack starts from these and says what is its own. */
export const shared = {
  'bases.email.service': cell([...asked, 'service'], 'M', contract),
  'bases.email.transactional': cell([...asked, 'service', 'transactional'], 'M', contract),
  'bases.sms.service': cell([...asked, 'service'], 'M', contract),
  'bases.sms.transactional': cell([...asked, 'service', 'transactional'], 'M', contract),
  'implied.purchaseMonths': cell(
    24,
    'H',
    'CASL s. 10(10)(a); no other law read lets a purchase imply consent',
  ),
  'implied.inquiryMonths': cell(6, 'H', 'CASL s. 10(10)(e); no other law read lets an inquiry imply consent'),
  'hours.email': cell(null, 'M', 'No law read limits the hours of email'),
  'daysOff.email': cell([], 'M', 'No law read names days without email'),
  'daysOff.sms': cell([], 'M', 'No law read names days without SMS'),
  'mark.smsSender': cell({ prefix: '', suffix: '' }, 'M', 'No mark required'),
  'replies.sms': cell(true, 'M', "Twilio's guidelines by country: two-way SMS is supported"),
  'shortLinks.sms': cell(true, 'M', 'No law read bars shortened links'),
  'mark.subject': cell('', 'M', 'No label required; the subject must not mislead'),
} satisfies Partial<LawCells>;

/** From a day on, these cells are so; all others stay as they were. */
export interface Change {
  from: string;
  cells: Partial<LawCells>;
}

export type PackHead = { code: string; name: LocalizedText; countries: readonly string[] };

/** A pack's versions in the order of time: the first says every cell, each later one what changed. */
export function versions(
  head: PackHead,
  first: { from: string; cells: LawCells },
  ...later: Change[]
): LawPack[] {
  let { cells } = first;
  return [first, ...later].map((change, at) => {
    cells = { ...cells, ...change.cells };
    return { ...head, version: at + 1, effectiveFrom: change.from, cells };
  });
}

/** A pack that is another one with cells of its own: it gets a version whenever either of the two changes. */
export function extend(base: readonly LawPack[], head: PackHead, ...own: Change[]): LawPack[] {
  const days = [...new Set([...base.map(pack => pack.effectiveFrom), ...own.map(({ from }) => from)])].sort();
  return days.map((day, at) => {
    const beneath = base.filter(pack => pack.effectiveFrom <= day).at(-1) ?? base[0];
    if (!beneath) throw new Error(`${head.code} extends a pack without versions`);
    const cells = own
      .filter(({ from }) => from <= day)
      .reduce<LawCells>((sum, change) => ({ ...sum, ...change.cells }), beneath.cells);
    return { ...head, version: at + 1, effectiveFrom: day, cells };
  });
}
