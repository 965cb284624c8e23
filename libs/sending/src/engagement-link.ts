import { decodeVarints, encodeVarints, type TokenSigner } from '#common';
import { type MessageKey } from './message-key.js';

const CLICK = 'click';
const OPEN = 'open';

/** Characters of the longest token: an address of 2,000 octets, four numbers and the signature, in base64. */
const LONGEST_TOKEN = 2_800;
const MOST_LINKS = 0x7fff;

/** A link of one message, as its address says. */
export interface MeasuredLink extends MessageKey {
  /** Its number among the template's links; 0 is the one that no person sees. */
  link: number;
  /** How many links the message had. */
  of: number;
  /** Where it leads: an address of the web, to the letter. */
  destination: string;
}

/**
 * Makes and reads the tokens in the addresses that measure. Whatever such an address needs is in it, signed: following
 * one needs no database, and nobody can make one that leads elsewhere. They never expire, as the links of old mails must
 * go on to lead where they led; whether anything is recorded is decided when they are followed.
 */
export class EngagementLinks {
  constructor(private readonly signer: TokenSigner) {}

  signClick({ dispatchId, contactId, link, of, destination }: MeasuredLink): string {
    const numbers = encodeVarints([dispatchId, contactId, link, of]);
    return this.signer.sign(CLICK, Buffer.concat([numbers, Buffer.from(destination, 'utf8')]));
  }

  /** null for anything we did not sign; malformed and forged look the same. */
  readClick(token: string): MeasuredLink | null {
    const payload = this.signer.verify(CLICK, token, LONGEST_TOKEN);
    const decoded = payload && decodeVarints(payload, 4);
    if (!decoded) return null;
    const [dispatchId = 0, contactId = 0, link = 0, of = 0] = decoded.values;
    const destination = decoded.rest.toString('utf8');
    if (!/^https?:\/\//i.test(destination) || link > MOST_LINKS || of > MOST_LINKS) return null;
    return { dispatchId, contactId, link, of, destination };
  }

  signOpen({ dispatchId, contactId }: MessageKey): string {
    return this.signer.sign(OPEN, encodeVarints([dispatchId, contactId]));
  }

  readOpen(token: string): MessageKey | null {
    const payload = this.signer.verify(OPEN, token);
    const decoded = payload && decodeVarints(payload, 2);
    if (decoded?.rest.length !== 0) return null;
    const [dispatchId = 0, contactId = 0] = decoded.values;
    return { dispatchId, contactId };
  }
}
