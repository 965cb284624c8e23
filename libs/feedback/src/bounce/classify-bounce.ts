import { type BounceFacts, type BounceVerdict } from './bounce-verdict.js';
import { type DiagnosticRule } from './diagnostic-rule.js';
import { diagnosticRules } from './diagnostic-rules.js';
import { type DiagnosticText, readDiagnostic } from './diagnostic-text.js';
import { type EnhancedStatus, isSpecific, parseReplyCode, parseStatus } from './enhanced-status.js';
import { isOfOneCase, withoutAdvice, withoutGuesses } from './guesses.js';
import { verdictOfCode, verdictOfStatus } from './status-verdicts.js';

/** What reports say happened that is no refusal (RFC 3464 2.3.3). */
const notFailures = new Set(['delayed', 'delivered', 'relayed', 'expanded']);

/**
 * Judges one refusal. The server's words come before its status, since most 5.x are refusals of the mail and not of the
 * address; what neither tells is soft and unknown, so that nobody is given up for a riddle.
 */
export function classifyBounce(facts: BounceFacts): BounceVerdict {
  if (notFailures.has((facts.action ?? '').trim().toLowerCase()))
    return { class: 'none', reason: 'not_a_failure' };

  const words = facts.diagnostic ?? '';
  const verdict = facts.isForPeople ? judgeProse(facts, words) : judge(facts, withoutAdvice(words));
  if (verdict.reason !== 'unknown' || !facts.explanation) return verdict;
  const explained = judgeProse(facts, facts.explanation);
  // What a report tells everybody gives nobody up.
  return explained.class === 'hard' && !isOfOneCase(withoutGuesses(facts.explanation)) ? verdict : explained;
}

/** Words for people: what they only guess may excuse an address, and never condemn it. */
function judgeProse(facts: BounceFacts, words: string): BounceVerdict {
  const known = judge(facts, withoutGuesses(words));
  if (known.reason !== 'unknown') return known;
  const guessed = judge(facts, words);
  return guessed.class === 'hard' ? known : guessed;
}

function judge(facts: BounceFacts, words: string): BounceVerdict {
  const said = readDiagnostic(words);
  const reported = parseStatus(facts.status);
  const codes = [...said.codes, facts.code, parseReplyCode(facts.status)].filter(
    code => typeof code === 'number',
  );
  const statuses = [...said.statuses, ...(reported ? [reported] : [])];
  const permanent = isPermanent(codes, said.statuses, reported);
  const givenUp = (facts.action ?? '').trim().toLowerCase() === 'failed' && !blamesTheMoment(said, statuses);

  const rule = diagnosticRules.find(candidate => fits(candidate, said, statuses, permanent));
  const verdict = rule
    ? verdictOfRule(rule, statuses)
    : (verdictOfStatus(telling(said.statuses, reported), permanent) ?? verdictOfCode(codes, permanent));
  // "User unknown" with a code that asks to try again: hard only after the server in between tried and gave up.
  if (verdict.class === 'hard' && !permanent && !(givenUp && rule && verdict.reason !== 'mailbox_disabled')) {
    return { ...verdict, class: 'soft' };
  }
  return verdict;
}

/** "User unknown" of a server whose own tables fail: it said to come back, and means it however long it was tried. */
function blamesTheMoment({ words }: DiagnosticText, statuses: EnhancedStatus[]): boolean {
  return (
    statuses.some(({ subject }) => subject === 3 || subject === 4) ||
    / (?:temporar\w*|transient|try (?:it )?(?:again|later)|later|retry|for now|at this time|lookup (?:failure|error)) /.test(
      words,
    )
  );
}

function fits(
  rule: DiagnosticRule,
  said: DiagnosticText,
  statuses: EnhancedStatus[],
  permanent: boolean,
): boolean {
  if (rule.onlyPermanent && !permanent) return false;
  if (rule.status && !rule.status(statuses)) return false;
  // A machine's answer to a mail has no reply code; a server's has.
  if (rule.class === 'auto_reply' && said.codes.length > 0) return false;
  return rule.pattern.test(said.words);
}

function verdictOfRule(
  { class: verdict, reason }: DiagnosticRule,
  statuses: EnhancedStatus[],
): BounceVerdict {
  // Bad sender (5.1.7, 5.1.8), and credentials that are refused (5.7.8, RFC 4954): ours.
  const sender =
    statuses.some(({ subject, detail }) => subject === 1 && (detail === 7 || detail === 8)) ||
    (reason === 'mailbox_disabled' && statuses.some(({ subject, detail }) => subject === 7 && detail === 8));
  return sender && verdict === 'hard'
    ? { class: 'block', reason: 'authentication' }
    : { class: verdict, reason };
}

/** The innermost status that says more than failure, since the outer one is often the gateway's guess. */
function telling(said: EnhancedStatus[], reported: EnhancedStatus | null): EnhancedStatus | null {
  return said.findLast(isSpecific) ?? (reported && isSpecific(reported) ? reported : null);
}

/** Any 5xx among the codes; else any 4xx; else the statuses. What says nothing is taken for permanent, as reports are. */
function isPermanent(codes: number[], said: EnhancedStatus[], reported: EnhancedStatus | null): boolean {
  if (codes.length > 0) return codes.some(code => code >= 500);
  if (said.length > 0) return said.some(status => status.permanent);
  return reported?.permanent ?? true;
}
