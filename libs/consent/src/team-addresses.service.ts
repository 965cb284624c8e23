import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import {
  Clock,
  decodeVarints,
  DomainError,
  encodeVarints,
  formatId,
  notFound,
  type Page,
  TokenSigner,
} from '#common';
import { type PageRequest, toPage } from '#database';
import { Grant } from './grant.js';
import { type TeamAddress, TeamAddressRepository } from './team-address.repository.js';

const PURPOSE = 'team-address';

/**
 * Addresses of the team itself, for test sends. Each was proven by pressing a button in a mail, which is its
 * permission; nobody else can be reached this way.
 */
@Injectable()
export class TeamAddressesService {
  constructor(
    private readonly repository: TeamAddressRepository,
    private readonly signer: TokenSigner,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds an address that is yet to be verified.
   * @returns the address, the token of its confirmation link, and the grant for the one mail that carries the link.
   * @throws DomainError TEAM_ADDRESS_EXISTS: so nobody can be written to twice by adding them again.
   */
  async add(email: string, actor: string): Promise<{ address: TeamAddress; token: string; grant: Grant }> {
    const address = await this.repository.insert(email, this.clock.now());
    if (!address) {
      throw new DomainError({
        kind: 'conflict',
        code: 'TEAM_ADDRESS_EXISTS',
        message:
          'This address was added before. Look for the confirmation mail, or remove the address first.',
      });
    }
    await this.audit.record(actor, 'team_address.added', formatId('teamAddress', address.id), {});
    return {
      address,
      token: this.signer.sign(PURPOSE, encodeVarints([address.id])),
      grant: this.#grant(address),
    };
  }

  /** What a confirmation link speaks of, without changing anything. */
  async peek(token: string): Promise<{ email: string; verified: boolean } | null> {
    const id = this.#read(token);
    const address = id === null ? null : await this.repository.find(id);
    return address && { email: address.email, verified: address.verifiedAt !== null };
  }

  /** Confirms the address behind a link; again is harmless. */
  async verify(token: string): Promise<{ email: string } | null> {
    const id = this.#read(token);
    const address = id === null ? null : await this.repository.verify(id, this.clock.now());
    return address && { email: address.email };
  }

  /** @throws DomainError TEAM_ADDRESS_NOT_VERIFIED naming each that may not be written to */
  async grantsFor(emails: string[]): Promise<Grant[]> {
    const verified = await this.repository.findVerified(emails);
    const missing = emails.filter(email => !verified.some(address => address.email === email));
    if (missing.length > 0) {
      throw new DomainError({
        kind: 'unprocessable',
        code: 'TEAM_ADDRESS_NOT_VERIFIED',
        message:
          'A test goes only to verified team addresses. Add the others at /v1/team-addresses and confirm them.',
        details: missing.map(email => ({
          path: `to.${emails.indexOf(email)}`,
          code: 'NOT_VERIFIED',
          message: 'This address is not a verified team address.',
        })),
      });
    }
    return verified.map(address => this.#grant(address));
  }

  async list(request: PageRequest): Promise<Page<TeamAddress>> {
    return toPage(await this.repository.list(request), request.limit, address => address);
  }

  async remove(id: number, actor: string): Promise<void> {
    if (!(await this.repository.remove(id))) throw notFound('team address', formatId('teamAddress', id));
    await this.audit.record(actor, 'team_address.removed', formatId('teamAddress', id), {});
  }

  #grant(address: TeamAddress): Grant {
    return new Grant(0, 'email', address.email, 'transactional', 0, 'team', 'none');
  }

  #read(token: string): number | null {
    const payload = this.signer.verify(PURPOSE, token);
    const decoded = payload && decodeVarints(payload, 1);
    return decoded?.rest.length === 0 ? (decoded.values[0] ?? null) : null;
  }
}
