import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { decodeVarints, encodeVarints, TokenSigner } from '#common';
import { type MailKind } from './confirmation.js';

const PURPOSE = 'confirmation';
const MAIL_PURPOSE = 'confirmation-mail';
export const NONCE_BYTES = 8;

/**
 * Makes and reads the tokens of confirmation links. A token is signed, so the database alone opens nothing; and it
 * names a nonce of the row, so a row that was blanked is closed for good.
 */
@Injectable()
export class ConfirmationLinks {
  constructor(private readonly signer: TokenSigner) {}

  newNonce(): Buffer {
    return randomBytes(NONCE_BYTES);
  }

  sign(requestId: number, nonce: Buffer): string {
    return this.signer.sign(PURPOSE, Buffer.concat([encodeVarints([requestId]), nonce]));
  }

  /** null for anything we did not sign; malformed and forged look the same. */
  read(token: string): { requestId: number; nonce: Buffer } | null {
    const payload = this.signer.verify(PURPOSE, token);
    const decoded = payload && decodeVarints(payload, 1);
    if (decoded?.rest.length !== NONCE_BYTES) return null;
    return { requestId: decoded.values[0] ?? 0, nonce: decoded.rest };
  }

  /** What the ledger keeps of the link: it proves which link was pressed and opens none. */
  hashOf(token: string): string {
    return createHash('sha256').update(token).digest('hex');
  }

  /** The Message-ID of a request's mail: the same for each try, so that evidence which quotes it finds its row. */
  messageId(requestId: number, kind: MailKind, domain: string): string {
    return `<${this.signer.sign(MAIL_PURPOSE, encodeVarints([requestId, kind === 'first' ? 1 : 2]))}@${domain}>`;
  }
}
