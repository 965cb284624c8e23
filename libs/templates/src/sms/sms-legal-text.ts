import { type Locale, type MessageClass } from '#common';
import { type FooterField } from '#consent';
import { cleanLine } from '../clean-text.js';
import { type SenderIdentity } from '../person.js';

/** How people get out of it. `reply`: they answer the message; `link`: where answers reach nobody, they open a page. */
export type SmsWayOut = { kind: 'reply' } | { kind: 'link'; url: string };

/** Everything that the legal text of an SMS states. None of it comes from an author. */
export interface SmsLegalFacts {
  sender: SenderIdentity;
  messageClass: MessageClass;
  /** What the laws of the audience ask for, all of them together. */
  fields: readonly FooterField[];
  /** Marketing must say that it is. */
  marketingStatement: boolean;
  /** null: what is transactional is not subscribed to. */
  wayOut: SmsWayOut | null;
}

/** Short, for each character is paid for; the TDRA's own examples of the instruction have 24 and 17. */
const words: Record<Locale, { statement: string; reply: string; link: (url: string) => string }> = {
  en: { statement: 'Ad', reply: 'Reply STOP to opt out', link: url => `Opt out: ${url}` },
  ar: { statement: 'إعلان', reply: 'للإيقاف أرسل إيقاف', link: url => `للإيقاف: ${url}` },
};

/** The name people know the sender by; the law's "who sends" (CTIA Messaging Principles 5.2.1; PECR reg. 23(a)). */
export function programmeName({ tradingName, legalName }: SenderIdentity): string {
  return cleanLine(tradingName ?? legalName ?? '').trim();
}

/**
 * The author's words between who sends and the way out. The name is left out where the words say it already; what stands
 * behind them is a line of its own, so that an Arabic text and an address do not run into each other.
 */
export function writeSmsLegalText(text: string, facts: SmsLegalFacts, locale: Locale): string {
  const name = programmeName(facts.sender);
  const { statement, reply, link } = words[locale];
  const isSaid = name === '' || saysName(text, name);
  const isAd = facts.messageClass === 'marketing' && facts.marketingStatement;
  const { wayOut } = facts;
  const behind = [
    ...facts.fields.flatMap(field =>
      field === 'legalName' ? [] : cleanLine(facts.sender[field] ?? '').trim(),
    ),
    ...(wayOut === null ? [] : [wayOut.kind === 'reply' ? reply : link(wayOut.url)]),
  ].filter(part => part !== '');
  const marked = `${isAd ? `${statement} ` : ''}${isSaid ? '' : `${name}: `}${text}`;
  return [marked, ...behind].join('\n');
}

/** A link, also without its protocol, and an email address. */
const addresses =
  /\b(?:https?:\/\/|www\.)\S+|\S+@\S+|[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}(?:\/\S*)?/giu;
const letter = /[\p{L}\p{N}\p{M}]/u;

/** Whether the words say the name, whole: in an address or within another word it tells nobody who writes. */
function saysName(text: string, name: string): boolean {
  const wanted = name.toLowerCase();
  if (!text.toLowerCase().includes(wanted)) return false;
  const words = text.replace(addresses, ' ').toLowerCase();
  for (let at = words.indexOf(wanted); at >= 0; at = words.indexOf(wanted, at + 1)) {
    const after = words.charAt(at + wanted.length);
    if (!letter.test(words.charAt(at - 1)) && !letter.test(after)) return true;
  }
  return false;
}
