import { type BounceFacts, type BounceVerdict } from './bounce-verdict.js';
import { type DiagnosticRule } from './diagnostic-rule.js';
import { diagnosticRules } from './diagnostic-rules.js';
import { type DiagnosticText, readDiagnostic } from './diagnostic-text.js';
import { type EnhancedStatus, isSpecific, parseReplyCode, parseStatus } from './enhanced-status.js';
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

  const verdict = judge(facts, facts.diagnostic ?? '');
  return verdict.reason === 'unknown' && facts.explanation ? judge(facts, facts.explanation) : verdict;
}

function judge(facts: BounceFacts, words: string): BounceVerdict {
  const said = readDiagnostic(words);
  const reported = parseStatus(facts.status);
  const codes = [...said.codes, facts.code, parseReplyCode(facts.status)].filter(
    code => typeof code === 'number',
  );
  const statuses = [...said.statuses, ...(reported ? [reported] : [])];
  const permanent = isPermanent(codes, said.statuses, reported);
  const givenUp = (facts.action ?? '').trim().toLowerCase() === 'failed';

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
  const sender = statuses.some(({ subject, detail }) => subject === 1 && (detail === 7 || detail === 8));
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
