import { type Outcome } from '#transports';

export type SettledState = 'accepted' | 'rejected' | 'deferred' | 'unknown';

/** What became of one attempt, as it is stored. */
export interface Settlement {
  contactId: number;
  attempt: number;
  state: SettledState;
  reason: string | null;
  relay: string | null;
  providerMessageId: string | null;
  reply: string | null;
  retryAt: Date | null;
  /** No relay was offered it: its tokens are still there. */
  offered?: false;
  /** Of an SMS that was handed over, or may have been: its parts, and what they cost in millionths of the currency. */
  parts?: number;
  cost?: number | null;
}

/** Waits before the second, third... attempt, in seconds: quick for a hiccup, then as mail servers do (RFC 5321 4.5.4.1). */
const RETRY_WAITS = [30, 120, 600, 1800, 7200, 14_400];

/** The reason of what could be offered to no relay: none was reached. It says nothing of the message, and is not counted. */
export const NOT_OFFERED = 'NOT_OFFERED';
/** After how long it is offered again, in milliseconds: as soon as an outage is over, and until its "not later than". */
export const NOT_OFFERED_WAIT_MS = 30_000;

/** How much a wait is stretched at most, so that a refused crowd does not come back as one. */
const JITTER = 0.2;

/**
 * What an outcome means for the ledger. Only what provably was not sent is tried again, and only so often.
 * @param random between 0 and 1
 */
export function settle(
  contactId: number,
  attempt: number,
  outcome: Outcome,
  now: Date,
  random: number,
): Settlement {
  const row = {
    contactId,
    attempt,
    relay: outcome.relay,
    reply: outcome.reply,
    providerMessageId: null,
    retryAt: null,
    ...('offered' in outcome ? { offered: false as const } : {}),
  };
  switch (outcome.state) {
    case 'accepted':
      return { ...row, state: 'accepted', reason: null, providerMessageId: outcome.providerMessageId };
    case 'rejected':
      return { ...row, state: 'rejected', reason: 'REFUSED' };
    case 'unknown':
      return { ...row, state: 'unknown', reason: 'NO_ANSWER' };
    case 'deferred': {
      if (outcome.withdrawn) return held(contactId, attempt, now);
      if (outcome.offered === false && !outcome.setting) {
        const retryAt = new Date(now.getTime() + NOT_OFFERED_WAIT_MS * (1 + JITTER * random));
        return { ...row, state: 'deferred', reason: NOT_OFFERED, retryAt };
      }
      const wait = RETRY_WAITS[attempt - 1];
      if (wait === undefined) return { ...row, state: 'rejected', reason: 'RETRIES_EXHAUSTED' };
      const retryAt = new Date(now.getTime() + wait * 1000 * (1 + JITTER * random));
      return { ...row, state: 'deferred', reason: 'TRY_LATER', retryAt };
    }
  }
}

/** The reason of what was allowed and did not begin; such an attempt is not counted. */
export const HELD = 'HELD';

/** Allowed, and held back before it began: it goes as soon as its dispatch runs (again), if ever. */
export function held(contactId: number, attempt: number, now: Date): Settlement {
  return {
    ...{ contactId, attempt, state: 'deferred', reason: HELD, relay: null, providerMessageId: null },
    ...{ reply: null, retryAt: now, offered: false },
  };
}

/** The reason of what the campaign's or the month's budget has no room for; such an attempt is not counted. */
export const UNAFFORDABLE = 'BUDGET';

/** Allowed, and too dear for what is left of the budget: it goes when there is room again. */
export function unaffordable(contactId: number, attempt: number, retryAt: Date): Settlement {
  return { ...held(contactId, attempt, retryAt), reason: UNAFFORDABLE };
}

/** The reason of an SMS to a country that its sender has no number or name for; such an attempt is not counted. */
export const NO_SOURCE = 'NO_SOURCE';

/** Allowed, and nothing to send it from: an operator may set it while the message waits. */
export function withoutSource(contactId: number, attempt: number, retryAt: Date): Settlement {
  return { ...held(contactId, attempt, retryAt), reason: NO_SOURCE };
}

/** The reason of an SMS to a country that takes none until an operator has mended a setting; no attempt is made. */
export const COUNTRY_CLOSED = 'COUNTRY_CLOSED';

/** The reason of an SMS that its carrier lost, for a cause it does not know, and that is tried once more. */
export const CARRIER_LOST = 'CARRIER_LOST';

/** Reasons of attempts that did not happen. */
export const uncounted = [HELD, UNAFFORDABLE, NO_SOURCE, NOT_OFFERED] as const;

/** A message that could not be rendered for this person: definite, and nothing was sent. */
export function renderFailure(contactId: number, attempt: number, message: string): Settlement {
  return {
    ...{
      contactId,
      attempt,
      state: 'rejected',
      reason: 'RENDER_FAILED',
      relay: null,
      providerMessageId: null,
    },
    ...{ reply: message.slice(0, 500), retryAt: null, offered: false },
  };
}
