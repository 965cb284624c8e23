import { encodeVarints, type TokenSigner } from '#common';

/** The Message-ID header of a message, as its mail bears it. */
export function messageIdHeader(signer: TokenSigner, dispatchId: number, contactId: number): string {
  return `<${signer.sign('message', encodeVarints([dispatchId, contactId]))}@mail.nakheel.example>`;
}
