import { Injectable } from '@nestjs/common';
import { type ContactKey, type KeyProblem, normalKey } from './contact-keys.js';
import { ContactKeyRepository } from './contact-key.repository.js';

/** What became of a look-up: whose key it is; null: nobody's. */
export type FoundContact = { id: number | null } | { problem: KeyProblem };

/** Finds many people at once by what others call them. */
@Injectable()
export class ContactFinder {
  constructor(private readonly contacts: ContactKeyRepository) {}

  /**
   * Answers in the order of the keys. Inside a transaction the people that were found are there until it ends: nobody
   * can delete them meanwhile, so what is written about them finds them.
   */
  async find(keys: readonly ContactKey[]): Promise<FoundContact[]> {
    const normal = keys.map(normalKey);
    const asked = normal.flatMap((key, n) => ('code' in key ? [] : [{ n, ...key }]));
    const found = new Map((await this.contacts.find(asked)).map(({ n, id }) => [n, id]));
    const held = new Set(await this.contacts.hold([...new Set(found.values())]));
    return normal.map((key, n) => {
      if ('code' in key) return { problem: key };
      const id = found.get(n);
      return { id: id !== undefined && held.has(id) ? id : null };
    });
  }
}
