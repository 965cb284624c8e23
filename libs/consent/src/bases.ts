import { type Basis } from './consent-event.js';
import { type TopicPurpose } from './topic.entity.js';

const asked: Basis[] = ['express', 'double_opt_in'];

/** Which bases make sense for a topic at all; whether one suffices for a message is the law packs' word. */
export const basesOfPurpose: Record<TopicPurpose, readonly Basis[]> = {
  marketing: [...asked, 'soft_opt_in', 'implied_purchase', 'implied_inquiry'],
  service: [...asked, 'service'],
  transactional: [...asked, 'service', 'transactional'],
  open_tracking: asked,
  link_tracking: asked,
};

/** Given by the person's own clear act, later than a withdrawal: only such a consent lifts it. */
export function isAffirmative(basis: Basis): boolean {
  return asked.includes(basis);
}

/** Whether it rests on words that a person saw. Service and transactions rest on what they have or ordered: nothing was asked. */
export function needsWording(basis: Basis): boolean {
  return basis !== 'service' && basis !== 'transactional';
}

/**
 * How long business with somebody implies their consent, in calendar months from the event it rests on (CASL s. 10(10)
 * and 10(13)). A message extends neither, only a new purchase or inquiry.
 */
const impliedMonths: Partial<Record<Basis, number>> = { implied_purchase: 24, implied_inquiry: 6 };

/** When an implied consent ends; null for bases that do not end by themselves. */
export function impliedExpiry(basis: Basis, since: Date): Date | null {
  const months = impliedMonths[basis];
  return months === undefined ? null : addMonths(since, months);
}

/** The same day and hour (UTC) months later; the last day of the month when it has no such day. */
export function addMonths(from: Date, months: number): Date {
  const month = from.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(from.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const to = new Date(from);
  to.setUTCFullYear(from.getUTCFullYear(), month, Math.min(from.getUTCDate(), lastDay));
  return to;
}

export function earliest(a: Date | null, b: Date | null): Date | null {
  return a === null || b === null ? (a ?? b) : a < b ? a : b;
}
