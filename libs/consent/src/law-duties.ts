import { channels } from '#common';
import { type CellName, type FooterField, footerFields, type LawCells } from './law-pack.js';

/** What several laws ask for together, beyond permission and hours, which are the gate's: of each the strictest. */
export interface LawDuties {
  footer: { email: FooterField[]; sms: FooterField[] };
  /** A marketing message must say that it is one. */
  marketingStatement: boolean;
  doubleOptInRequired: boolean;
  honourDays: number;
  linkDays: number;
  tracking: { opens: 'consent' | 'allowed'; links: 'consent' | 'allowed' };
  /** The longest of them: a proof must outlast every claim. */
  proofMonths: number;
  responseDays: number;
}

/** Rules combine by the strictest: footers add up, periods of ours shrink, periods that protect people grow. */
export function strictest(laws: readonly LawCells[]): LawDuties {
  const values = <Name extends CellName>(name: Name): LawCells[Name]['value'][] =>
    laws.map(cells => cells[name].value);
  const [email, sms] = channels.map(channel => {
    const asked = new Set<FooterField>(values(`footer.${channel}`).flat());
    return footerFields.filter(field => asked.has(field));
  });
  return {
    footer: { email: email ?? [], sms: sms ?? [] },
    marketingStatement: values('statement.marketing').includes(true),
    doubleOptInRequired: values('doubleOptIn').includes('required'),
    honourDays: Math.min(...values('honour.days')),
    linkDays: Math.max(...values('honour.linkDays')),
    tracking: {
      opens: values('tracking.opens').includes('consent') ? 'consent' : 'allowed',
      links: values('tracking.links').includes('consent') ? 'consent' : 'allowed',
    },
    proofMonths: Math.max(...values('retention.proofMonths')),
    responseDays: Math.min(...values('rights.responseDays')),
  };
}
