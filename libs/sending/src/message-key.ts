import { decodeVarints, encodeVarints, notFound, type TokenSigner } from '#common';

/** A message is one dispatch to one contact; that pair is its identity everywhere. */
export interface MessageKey {
  dispatchId: number;
  contactId: number;
}

const PURPOSE = 'message';

/** The public id of a message: `msg_7_1042`. */
export function formatMessageId({ dispatchId, contactId }: MessageKey): string {
  return `msg_${dispatchId}_${contactId}`;
}

/** @throws DomainError MESSAGE_NOT_FOUND when the text is no message id */
export function parseMessageId(text: string): MessageKey {
  const match = /^msg_([1-9]\d{0,14})_([1-9]\d{0,14})$/.exec(text);
  if (!match) throw notFound('message', text);
  return { dispatchId: Number(match[1]), contactId: Number(match[2]) };
}

/**
 * The Message-ID header, derived from the key: every attempt bears the same one, and a later report that quotes it
 * finds its row. Signed, so that nobody can make one up for somebody else's message.
 */
export function messageIdHeader(signer: TokenSigner, key: MessageKey, domain: string): string {
  return `<${signer.sign(PURPOSE, encodeVarints([key.dispatchId, key.contactId]))}@${domain}>`;
}

/** The key that a Message-ID of ours stands for; null for any other. */
export function readMessageIdHeader(signer: TokenSigner, header: string): MessageKey | null {
  const token = /^<?([A-Za-z0-9_-]+)@/.exec(header.trim())?.[1];
  const payload = token === undefined ? null : signer.verify(PURPOSE, token);
  const decoded = payload && decodeVarints(payload, 2);
  if (decoded?.rest.length !== 0) return null;
  const [dispatchId = 0, contactId = 0] = decoded.values;
  return { dispatchId, contactId };
}
