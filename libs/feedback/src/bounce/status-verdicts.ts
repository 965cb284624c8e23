import { type BounceVerdict } from './bounce-verdict.js';
import { type EnhancedStatus, formatStatus } from './enhanced-status.js';

/** What a permanent status means where the words say nothing (RFC 3463 and the IANA registry of enhanced codes). */
const permanentVerdicts: Readonly<Record<string, BounceVerdict>> = {
  '5.1.0': { class: 'hard', reason: 'no_such_mailbox' },
  '5.1.1': { class: 'hard', reason: 'no_such_mailbox' },
  '5.1.2': { class: 'hard', reason: 'no_such_domain' },
  '5.1.3': { class: 'hard', reason: 'no_such_mailbox' },
  '5.1.4': { class: 'hard', reason: 'no_such_mailbox' },
  '5.1.6': { class: 'hard', reason: 'moved' },
  '5.1.7': { class: 'block', reason: 'authentication' },
  '5.1.8': { class: 'block', reason: 'authentication' },
  '5.1.9': { class: 'soft', reason: 'system' },
  '5.1.10': { class: 'hard', reason: 'no_such_domain' },
  '5.2.1': { class: 'hard', reason: 'mailbox_disabled' },
  '5.2.2': { class: 'soft', reason: 'mailbox_full' },
  '5.2.3': { class: 'block', reason: 'size' },
  '5.2.4': { class: 'soft', reason: 'system' },
  '5.3.1': { class: 'soft', reason: 'system' },
  '5.3.4': { class: 'block', reason: 'size' },
  '5.4.4': { class: 'hard', reason: 'no_such_domain' },
};

/** Of whole subjects, where the detail has no line above. */
const subjectVerdicts: Readonly<Record<number, BounceVerdict>> = {
  2: { class: 'soft', reason: 'unknown' },
  3: { class: 'soft', reason: 'system' },
  4: { class: 'soft', reason: 'connection' },
  5: { class: 'block', reason: 'policy' },
  6: { class: 'block', reason: 'content' },
  7: { class: 'block', reason: 'policy' },
};

export function verdictOfStatus(status: EnhancedStatus | null, permanent: boolean): BounceVerdict | null {
  if (!status) return null;
  const exact = permanentVerdicts[formatStatus({ ...status, permanent: true })];
  const verdict = exact ?? subjectVerdicts[status.subject] ?? null;
  // 4.7.1 by itself is what greylisting says; a lasting refusal for policy says 5.
  if (!permanent && status.subject === 7) return { class: 'soft', reason: 'greylisted' };
  return verdict;
}

/** By the reply code alone: 552 is the mailbox that is full (RFC 5321 4.2.3), the others say only whether to try again. */
export function verdictOfCode(codes: readonly number[], permanent: boolean): BounceVerdict {
  if (codes.includes(552)) return { class: 'soft', reason: 'mailbox_full' };
  if (!permanent) return { class: 'soft', reason: 'system' };
  return { class: 'soft', reason: 'unknown' };
}
