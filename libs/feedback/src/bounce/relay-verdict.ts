import { type BounceFacts, type BounceReason, type BounceVerdict } from './bounce-verdict.js';
import { classifyBounce } from './classify-bounce.js';

/** What only whom a mail is for has: by these words, or these statuses (RFC 3463), a refusal is of the recipient. */
const recipientWords =
  /\b(?:recipients?|rcpt|addressee|mail ?box(?:es)?|inbox|destination|tried to reach|send(?:ing)? to)\b/i;
const recipientStatus = /(?:^|[^\d.])5\.(?:1\.(?:1|2|3|6|10)|2\.1)(?![\d.]*\d)/;
/** Nobody looks up the domain of a customer of theirs. */
const lookUpWords =
  /\b(?:nxdomain|null ?mx|mx|dns|look ?up|name service|host(?: \S+){0,3} not found|unknown host|host unknown)\b/i;
const lookUpStatus = /(?:^|[^\d.])5\.4\.4(?![\d.]*\d)/;
const customerWords = /\b(?:accounts?|customer|login|subscriber|credentials)\b/i;

/** Verdicts that could as well be of us, each with what makes sure that they are not. */
const proofOf: Partial<Record<BounceReason, (words: string) => boolean>> = {
  mailbox_disabled: () => false,
  no_such_domain: words => lookUpWords.test(words) || lookUpStatus.test(words),
  no_such_mailbox: words => !customerWords.test(words) || /\b(?:user|address|alias)\b/i.test(words),
};

/**
 * Judges what whoever sends for us said by itself. It knows two parties, us and the recipient, and says "account disabled"
 * of either; the recipient is given up only where the words are of recipients.
 */
export function classifyRelayRefusal(facts: BounceFacts): BounceVerdict {
  const verdict = classifyBounce(facts);
  if (verdict.class !== 'hard') return verdict;
  const words = `${facts.status ?? ''} ${facts.diagnostic ?? ''}`;
  const isTheirs =
    recipientWords.test(words) || recipientStatus.test(words) || (proofOf[verdict.reason]?.(words) ?? true);
  return isTheirs ? verdict : { class: 'block', reason: 'policy' };
}
