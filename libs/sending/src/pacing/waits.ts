import { formatAmount } from '#common';
import { type Dispatch } from '../dispatch.js';
import { type BudgetWait } from '../sms/budget-waits.repository.js';
import { rateWords } from './rate.js';
import { type LimitInForce } from './waits.repository.js';
import { type WarmUpStatus } from './warm-ups.service.js';

export const waitCodes = [
  'ERROR_BUDGET',
  'BUDGET',
  'COUNTRY_CLOSED',
  'WARM_UP',
  'CAMPAIGN_RATE',
  'SENDER_RATE',
  'LANE_RATE',
  'LANE_SLOWED',
  'RELAY_RATE',
  'SMS_SOURCE_RATE',
] as const;

/** One reason why a dispatch is not sent faster. */
export interface Wait {
  code: (typeof waitCodes)[number];
  /** For people who run the campaign. */
  message: string;
  /** When it is over, as far as is known. */
  until: Date | null;
}

/** What waits for money, in which month, and in which currency it is counted. */
export interface BudgetWaitNow extends BudgetWait {
  monthNow: { month: string; endsAt: Date };
  currency: string;
}

/** Why a dispatch waits, the weightiest reason first. */
export function waitsFor(
  dispatch: Pick<Dispatch, 'state' | 'messageClass' | 'channel' | 'pause'>,
  limits: readonly LimitInForce[],
  warmUp: WarmUpStatus | null,
  budget: BudgetWaitNow | null = null,
  closed: readonly (string | null)[] = [],
): Wait[] {
  if (dispatch.state === 'paused' && dispatch.pause) {
    const { message, at } = dispatch.pause;
    return [
      { code: 'ERROR_BUDGET', message: `Paused by the error budget at ${at}: ${message}`, until: null },
    ];
  }
  const waits: Wait[] = budget ? [budgetWords(budget)] : [];
  if (closed.length > 0) waits.push(closedWords(closed));
  const today = warmUp?.today;
  if (
    warmUp &&
    today &&
    today.used >= today.ceiling &&
    dispatch.channel === 'email' &&
    dispatch.messageClass !== 'transactional'
  ) {
    const message =
      `waits for warm-up: ${today.used} of ${today.ceiling} today for ${warmUp.domain} ` +
      `(day ${today.step} of ${warmUp.ceilings.length}); the rest goes from ${today.endsAt.toISOString()} on`;
    waits.push({ code: 'WARM_UP', message, until: today.endsAt });
  }
  return [...waits, ...limits.map(limit => ({ ...wordsOf(limit), until: null }))];
}

function closedWords(countries: readonly (string | null)[]): Wait {
  const names = countries.map(country => country ?? 'unknown countries').join(', ');
  const message = `the provider refuses SMS to ${names} for a setting; mend it, then open it again at /v1/sms-closures`;
  return { code: 'COUNTRY_CLOSED', message, until: null };
}

/** The limit that leaves less is the one that holds. */
function budgetWords({ own, month, monthNow, currency }: BudgetWaitNow): Wait {
  const left = ({ most, spent }: BudgetWait['own']): number => (most === null ? Infinity : most - spent);
  const isOwn = left(own) <= left(month);
  const { most, spent } = isOwn ? own : month;
  // Since they were refused the limits were lifted: they ask anew.
  if (most === null)
    return { code: 'BUDGET', message: 'messages that were refused for their cost wait', until: null };
  const sums = `${formatAmount(spent)} of ${formatAmount(most)} ${currency}`;
  return isOwn
    ? {
        code: 'BUDGET',
        message: `the campaign has spent ${sums}; what waits costs more than is left`,
        until: null,
      }
    : {
        code: 'BUDGET',
        message: `the sender has spent ${sums} on SMS in ${monthNow.month}; what waits costs more than is left`,
        until: monthNow.endsAt,
      };
}

function wordsOf({ scope, lane, source, rate, slow }: LimitInForce): Omit<Wait, 'until'> {
  const speed = rateWords(rate);
  switch (scope) {
    case 'dispatch':
      return { code: 'CAMPAIGN_RATE', message: `the campaign is limited to ${speed}` };
    case 'sender':
      return { code: 'SENDER_RATE', message: `the sender is limited to ${speed}` };
    case 'relay':
      return { code: 'RELAY_RATE', message: `the relay is limited to ${speed}` };
    case 'source': {
      const message = `SMS from ${source} are limited to ${speed.replace(/message/, 'part')}`;
      return { code: 'SMS_SOURCE_RATE', message };
    }
    case 'lane': {
      if (!slow || slow.rate > rate) {
        return { code: 'LANE_RATE', message: `the sender's lane "${lane}" is limited to ${speed}` };
      }
      const since = new Date(slow.since).toISOString();
      const message = `the lane "${lane}" has slowed to ${speed} since ${since}, because its servers said: ${slow.reason}`;
      return { code: 'LANE_SLOWED', message };
    }
  }
}
