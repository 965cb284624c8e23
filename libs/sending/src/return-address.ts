import { Inject, Injectable } from '@nestjs/common';
import { decodeVarints, encodeVarints, fromBase32, toBase32, TokenSigner } from '#common';
import { CONFIG, type Config } from '#config';
import { type MessageKey } from './message-key.js';

/** What comes back to an address of ours: reports of servers, what people write, and mails that ask to unsubscribe. */
export type ReturnKind = 'bounce' | 'reply' | 'unsubscribe';

const letters: Record<ReturnKind, string> = { bounce: 'b', reply: 'r', unsubscribe: 'u' };
const kinds = Object.entries(letters).map(([kind, letter]) => [letter, kind as ReturnKind] as const);

/**
 * Addresses of which each belongs to one message and one use (variable envelope return paths): what arrives there is about
 * that message, and nobody who did not get it can know them. In letters of one size, since not every server keeps both;
 * at most 64 of them (RFC 5321 section 4.5.3.1.1).
 */
@Injectable()
export class ReturnAddresses {
  readonly #domain: string | null;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly signer: TokenSigner,
  ) {
    this.#domain = config.FEEDBACK_DOMAIN?.toLowerCase() ?? null;
  }

  /** Where our addresses are; null: nothing comes back to us, and senders use addresses of their own. */
  get domain(): string | null {
    return this.#domain;
  }

  /** Whether an address lies in our domain, whoever made it. */
  isOurs(address: string): boolean {
    return this.#domain !== null && address.toLowerCase().endsWith(`@${this.#domain}`);
  }

  /** The address of a message for one use; null when nothing comes back to us. */
  of(kind: ReturnKind, { dispatchId, contactId }: MessageKey): string | null {
    if (this.#domain === null) return null;
    const token = this.signer.sign(purposeOf(kind), encodeVarints([dispatchId, contactId]));
    return `${letters[kind]}-${toBase32(Buffer.from(token, 'base64url'))}@${this.#domain}`;
  }

  /** The message an address of ours proves; null for what we did not make, in another domain too. */
  read(address: string): { kind: ReturnKind; key: MessageKey } | null {
    const at = address.lastIndexOf('@');
    if (!this.isOurs(address) || at > 64) return null;
    const match = /^([a-z])-([a-z2-7]+)$/.exec(address.slice(0, at).toLowerCase());
    const kind = kinds.find(([letter]) => letter === match?.[1])?.[1];
    const bytes = fromBase32(match?.[2] ?? '');
    const payload = kind && bytes && this.signer.verify(purposeOf(kind), bytes.toString('base64url'));
    const decoded = payload ? decodeVarints(payload, 2) : null;
    if (!kind || decoded?.rest.length !== 0) return null;
    const [dispatchId = 0, contactId = 0] = decoded.values;
    return { kind, key: { dispatchId, contactId } };
  }
}

function purposeOf(kind: ReturnKind): string {
  return `return-${kind}`;
}
