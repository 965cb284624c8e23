import { Injectable } from '@nestjs/common';
import { AddressHasher, type Channel } from '#common';
import { type ConsentProof, ConsentProofRepository } from './consent-proof.repository.js';

/** The proofs of people who were erased, for the defence of claims and for nothing else. */
@Injectable()
export class ProofsService {
  constructor(
    private readonly repository: ConsentProofRepository,
    private readonly hasher: AddressHasher,
  ) {}

  /** @param address normalised: a lower-cased email or E.164. A proof bears the fingerprint of its own time. */
  find(channel: Channel, address: string): Promise<ConsentProof[]> {
    return this.repository.find(channel, this.hasher.hashesOf(channel, address));
  }
}
