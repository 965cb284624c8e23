import { decodeVarints, encodeVarints, type Locale, locales, type TokenSigner } from '#common';
import { type MessageKey } from '../message-key.js';

/** What an address in an SMS, or one that its provider calls, is for. */
export type SmsTokenUse = 'way-out' | 'status';

/**
 * A short token of one message. Each character of an SMS is paid for, so that its signature has 64 bits instead of 128: who
 * guesses once a millisecond needs three hundred million years, and pages turn away who guesses.
 */
export function signSmsToken(signer: TokenSigner, use: SmsTokenUse, key: MessageKey): string {
  return signer.signShort(`sms-${use}`, encodeVarints([key.dispatchId, key.contactId]));
}

/** The message a token stands for; null for what we did not make. */
export function readSmsToken(signer: TokenSigner, use: SmsTokenUse, token: string): MessageKey | null {
  const payload = signer.verifyShort(`sms-${use}`, token);
  const decoded = payload && decodeVarints(payload, 2);
  if (decoded?.rest.length !== 0) return null;
  const [dispatchId = 0, contactId = 0] = decoded.values;
  return { dispatchId, contactId };
}

/** A link of a dispatch's text, the same for everybody: which language's, and its number there. */
export interface ShortLink {
  dispatchId: number;
  locale: Locale;
  link: number;
}

/** The token of a shortened link: it names nobody, and only we can make one. */
export function signShortLink(signer: TokenSigner, { dispatchId, locale, link }: ShortLink): string {
  return signer.signShort(
    'sms-link',
    encodeVarints([dispatchId, link * locales.length + locales.indexOf(locale)]),
  );
}

/** null for what we did not make. */
export function readShortLink(signer: TokenSigner, token: string): ShortLink | null {
  const payload = signer.verifyShort('sms-link', token);
  const decoded = payload && decodeVarints(payload, 2);
  if (decoded?.rest.length !== 0) return null;
  const [dispatchId = 0, numbered = 0] = decoded.values;
  const locale = locales[numbered % locales.length];
  return locale ? { dispatchId, locale, link: Math.floor(numbered / locales.length) } : null;
}
