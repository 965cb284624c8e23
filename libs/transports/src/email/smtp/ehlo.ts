/** What a relay offers in its answer to EHLO (RFC 5321 section 4.1.1.1). */
export interface SmtpExtensions {
  /** RFC 2920 */
  pipelining: boolean;
  /** RFC 6531 */
  smtpUtf8: boolean;
  /** RFC 6152 */
  eightBitMime: boolean;
  /** Whether it wants to be told a mail's size (RFC 1870). */
  size: boolean;
  /** The most bytes a mail may have; null: it names no limit. */
  mostBytes: number | null;
}

/** Reads the answer to EHLO; of a relay that only knows HELO nothing is offered. */
export function readExtensions(answer: string): SmtpExtensions {
  const offers = (keyword: string): boolean => new RegExp(`^250[ -]${keyword}\\b`, 'im').test(answer);
  const size = /^250[ -]SIZE[ =](\d{1,15})\s*$/im.exec(answer)?.[1];
  return {
    pipelining: offers('PIPELINING'),
    smtpUtf8: offers('SMTPUTF8'),
    eightBitMime: offers('8BITMIME'),
    size: offers('SIZE'),
    // RFC 1870 section 4: zero says that there is no fixed limit.
    mostBytes: size === undefined || Number(size) === 0 ? null : Number(size),
  };
}
