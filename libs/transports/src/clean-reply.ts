const LONGEST_REPLY = 500;

/**
 * A text from outside, fit to be stored and shown: one line, no controls, nobody's address, 500 characters.
 * @param recipients spellings of the recipient's address or number, which are not kept.
 */
export function cleanReply(text: string, recipients: readonly string[] = []): string {
  let clean = text.replace(/[\p{Cc} \u2028\u2029]+/gu, ' ').trim();
  for (const recipient of recipients) {
    if (recipient.includes('@') && !clean.includes('@')) continue;
    clean = clean.replaceAll(new RegExp(escapePattern(recipient), 'gi'), '<recipient>');
  }
  clean = clean.replaceAll('<<recipient>>', '<recipient>');
  return clean.length > LONGEST_REPLY ? clean.slice(0, LONGEST_REPLY).replace(/\p{Surrogate}/gu, '') : clean;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
