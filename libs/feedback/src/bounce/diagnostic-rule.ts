import { type BounceClass, type BounceReason } from './bounce-verdict.js';
import { type EnhancedStatus } from './enhanced-status.js';

/** One thing servers say, and what it means. */
export interface DiagnosticRule {
  name: string;
  class: Exclude<BounceClass, 'none'>;
  reason: BounceReason;
  /** Over `DiagnosticText.words`. Gaps are counted in words, so that every pattern is linear. */
  pattern: RegExp;
  /** Only under such statuses, if it is given. */
  status?: (statuses: readonly EnhancedStatus[]) => boolean;
  /** Also said of what may pass: only a permanent failure is meant. */
  onlyPermanent?: boolean;
}
