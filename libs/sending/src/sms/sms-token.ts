import { decodeVarints, encodeVarints, type TokenSigner } from '#common';
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
