import { formatId } from '#common';
import { type Evidence } from '#consent';
import { type Visit } from './visits.service.js';

export type PageMethod = 'one_click' | 'unsubscribe_page' | 'preference_page';

/** The wording a person saw and its version. Nothing of ours is seen in one-click: the mail program shows its own. */
export interface Wording {
  text: string;
  version: string;
}

/** What makes a press a proof: how, from which message (or page), from where, and what was read before it. */
export function evidenceOf(visit: Visit, method: PageMethod, wording: Wording | null): Evidence {
  const { link, ip, userAgent, locale } = visit;
  return {
    method,
    source: link.dispatchId > 0 ? formatId('dispatch', link.dispatchId) : method,
    ip,
    userAgent,
    ...(wording ? { textShown: wording.text, textVersion: wording.version, locale } : {}),
  };
}

/** Who acted, for the ledger: the person the link was made for. */
export function actorOf(visit: Visit): string {
  return formatId('contact', visit.link.contactId);
}
