import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import {
  type Channel,
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
 * Addresses of the team itself, emails and phones, for test sends. Each was proven by pressing a button behind a link that a
 * mail or an SMS brought there, which is its permission; nobody else can be reached this way.
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
   * @returns the address, the token of its confirmation link, and the grant for the one mail, or SMS, that carries the link.
   * @throws DomainError TEAM_ADDRESS_EXISTS: so nobody can be written to twice by adding them again.
   */
  async add(
    to: string,
    actor: string,
    channel: Channel = 'email',
  ): Promise<{ address: TeamAddress; token: string; grant: Grant }> {
    const address = await this.repository.insert(channel, to, this.clock.now());
    if (!address) {
      throw new DomainError({
        kind: 'conflict',
        code: 'TEAM_ADDRESS_EXISTS',
        message:
          'This address was added before. Look for the message that asks to confirm it, or remove the address first.',
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
  async peek(
    token: string,
  ): Promise<(Pick<TeamAddress, 'channel' | 'address'> & { verified: boolean }) | null> {
    const id = this.#read(token);
    const address = id === null ? null : await this.repository.find(id);
    return address && { ...address, verified: address.verifiedAt !== null };
  }

  /** Confirms the address behind a link; again is harmless. */
  async verify(token: string): Promise<TeamAddress | null> {
    const id = this.#read(token);
    return id === null ? null : this.repository.verify(id, this.clock.now());
  }

  /** @throws DomainError TEAM_ADDRESS_NOT_VERIFIED naming each that may not be written to */
  async grantsFor(addresses: string[]): Promise<Grant[]> {
    const verified = await this.repository.findVerified(addresses);
    const missing = addresses.filter(to => !verified.some(({ address }) => address === to));
    if (missing.length > 0) {
      throw new DomainError({
        kind: 'unprocessable',
        code: 'TEAM_ADDRESS_NOT_VERIFIED',
        message:
          'A test goes only to verified team addresses. Add the others at /v1/team-addresses and confirm them.',
        details: missing.map(to => ({
          path: `to.${addresses.indexOf(to)}`,
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

  #grant({ channel, address }: TeamAddress): Grant {
    return new Grant(0, channel, address, 'transactional', 0, 'team', 'none');
  }

  #read(token: string): number | null {
    const payload = this.signer.verify(PURPOSE, token);
    const decoded = payload && decodeVarints(payload, 1);
    return decoded?.rest.length === 0 ? (decoded.values[0] ?? null) : null;
  }
}
