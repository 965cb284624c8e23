/** What of an SMTP answer can be read by machine; the words themselves are for whoever classifies. */
export interface SmtpWords {
  /** Enhanced status, RFC 3463 section 2. */
  status: string | null;
  code: number | null;
}

/** Bounded repetitions only, so that the time is linear whatever the text. */
const STATUS = /(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/;
/** A reply code begins the answer, or follows what a report puts before it (`smtp; 550`, `said: 550`). */
const CODE = /(?:^|[\s;:(])([245]\d\d)(?=[\s\-#]|$)/;
/** Codes and statuses stand at the beginning; further down come links and cases. */
const LOOKED_AT = 500;

export function smtpWordsIn(diagnostic: string | null): SmtpWords {
  const text = (diagnostic ?? '').slice(0, LOOKED_AT);
  const code = CODE.exec(text)?.[1];
  return { status: STATUS.exec(text)?.[1] ?? null, code: code === undefined ? null : Number(code) };
}

/** An enhanced status and nothing else, or null. */
export function statusOf(value: unknown): string | null {
  return typeof value === 'string' && /^[245]\.\d{1,3}\.\d{1,3}$/.test(value.trim()) ? value.trim() : null;
}

/** A reply code and nothing else, or null. */
export function codeOf(value: unknown): number | null {
  const code = Number(value);
  return (typeof value === 'number' || typeof value === 'string') &&
    Number.isInteger(code) &&
    code >= 200 &&
    code < 600
    ? code
    : null;
}
