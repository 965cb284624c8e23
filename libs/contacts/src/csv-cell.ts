/**
 * What a spreadsheet may take for a formula: = + - @ TAB CR (OWASP, "CSV Injection"), with LF and the full-width forms
 * that some of them read alike.
 */
const RISKY = /^'*[=+\-@\t\r\n＝＋－＠]/u;
const NEUTRALISED = /^'+[=+\-@\t\r\n＝＋－＠]/u;

/**
 * Puts an apostrophe before a cell that a spreadsheet could run. A cell that already begins with apostrophes before
 * such a character gets one more, so that `restoreCell` undoes exactly this and nothing is lost on a round trip.
 */
export function neutraliseCell(text: string): string {
  return RISKY.test(text) ? `'${text}` : text;
}

/** Undoes `neutraliseCell`. */
export function restoreCell(text: string): string {
  return NEUTRALISED.test(text) ? text.slice(1) : text;
}
