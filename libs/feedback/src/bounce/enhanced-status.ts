/** An enhanced status code (RFC 3463): 5.1.1 is a permanent failure (5) of the address (1), bad mailbox (1). */
export interface EnhancedStatus {
  permanent: boolean;
  subject: number;
  detail: number;
}

/** Reply codes of SMTP that must not be taken for a status without dots: 550 is no 5.5.0, but 511 is 5.1.1. */
const replyCodes = new Set([
  ...[
    421, 432, 450, 451, 452, 453, 454, 455, 458, 459, 500, 501, 502, 503, 504, 521, 523, 530, 534, 535, 538,
  ],
  ...[541, 550, 551, 552, 553, 554, 555, 556],
]);

/** Reads `5.1.1`, `#5.1.1`, `5.1.1 (bad mailbox)` and, of servers that leave the dots out, `511`; null for others. */
export function parseStatus(text: string | null | undefined): EnhancedStatus | null {
  const value = (text ?? '').slice(0, 200);
  const dotted = /(?<![\d.])([45])\s?\.\s?(\d{1,3})\s?\.\s?(\d{1,3})(?![\d.]\d)/.exec(value);
  if (dotted) return statusOf(dotted);
  const bare = /^\D{0,3}([45])([0-7])(\d)(?!\d)/.exec(value);
  return bare && !replyCodes.has(Number(bare.slice(1).join(''))) ? statusOf(bare) : null;
}

/** A reply code where a text has one by itself, e.g. in a status field that holds `550`. */
export function parseReplyCode(text: string | null | undefined): number | null {
  const match = /^\D{0,3}([45]\d\d)(?![\d.])/.exec((text ?? '').slice(0, 200));
  return match ? Number(match[1]) : null;
}

/** Whether it says more than that something failed. */
export function isSpecific({ subject, detail }: EnhancedStatus): boolean {
  return subject !== 0 && !(subject === 5 && detail === 0);
}

export function formatStatus({ permanent, subject, detail }: EnhancedStatus): string {
  return `${permanent ? 5 : 4}.${subject}.${detail}`;
}

function statusOf(match: RegExpExecArray): EnhancedStatus {
  return { permanent: match[1] === '5', subject: Number(match[2]), detail: Number(match[3]) };
}
