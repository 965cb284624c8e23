import { Injectable } from '@nestjs/common';
import { AddressHasher, type Channel } from '#common';
import { AddressKeys } from '#database';
import { ErasedAddressRepository } from './erased-address.repository.js';

/**
 * When the owners of addresses were erased, whatever else became of the address: for whoever is told of the past, and must not
 * bring somebody back by it.
 */
@Injectable()
export class ErasedAddressesService {
  constructor(
    private readonly repository: ErasedAddressRepository,
    private readonly hasher: AddressHasher,
    private readonly addressKeys: AddressKeys,
  ) {}

  /**
   * @param addresses normalised: a lower-cased email or E.164
   * @returns when each was erased last, in the order given; null: never
   * @throws DomainError ADDRESS_KEY_OUTDATED rather than say that nobody was erased
   */
  async timesOf(addresses: readonly { channel: Channel; address: string }[]): Promise<(Date | null)[]> {
    if (addresses.length === 0) return [];
    const times = await this.repository.timesOf(
      addresses.map(({ channel, address }) => ({ channel, hash: this.hasher.hash(channel, address) })),
    );
    await this.addressKeys.requireCurrent();
    return times;
  }

  /** @param hash of the newest generation of keys */
  async everErased(channel: Channel, hash: Buffer): Promise<boolean> {
    const [at] = await this.repository.timesOf([{ channel, hash }]);
    return at instanceof Date;
  }
}
