import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { AddressHasher, type Channel, Clock, formatId, notFound, type Page } from '#common';
import { AddressKeys, Database, type PageRequest, toPage } from '#database';
import { SendersService } from './senders.service.js';
import {
  type AskedAbout,
  type Suppression,
  type SuppressionReason,
  SuppressionRepository,
} from './suppression.repository.js';

/** A phone that could not be reached is tried again after so many days. */
const UNREACHABLE_DAYS = 30;
const DAY_MS = 24 * 3_600_000;

/** The list of addresses that must not be written to, whatever anybody agreed to. */
@Injectable()
export class SuppressionsService {
  constructor(
    private readonly db: Database,
    private readonly repository: SuppressionRepository,
    private readonly hasher: AddressHasher,
    private readonly addressKeys: AddressKeys,
    private readonly senders: SendersService,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * @param address normalised: a lower-cased email or E.164. It is hashed here and stored nowhere.
   * @throws DomainError SENDER_NOT_FOUND
   */
  async add(
    channel: Channel,
    address: string,
    senderId: number | null,
    reason: SuppressionReason,
    actor: string,
  ): Promise<Suppression> {
    if (senderId !== null) await this.senders.get(senderId);
    const hash = this.hasher.hash(channel, address);
    return this.db.transaction(async () => {
      const suppression = await this.repository.add(hash, channel, senderId, reason, actor, this.clock.now());
      const subject = formatId('suppression', suppression.id);
      await this.audit.record(actor, 'suppression.added', subject, { channel, reason });
      return suppression;
    });
  }

  /**
   * The same for an address of which only the keyed hash is known, of the newest generation of keys; told by the program
   * itself. A harder reason stays: what a person took back never hides that their address is dead.
   */
  async addHash(
    channel: Channel,
    hash: Buffer,
    senderId: number | null,
    reason: SuppressionReason,
    source: string,
  ): Promise<void> {
    await this.repository.add(hash, channel, senderId, reason, source, this.clock.now());
  }

  /**
   * Lifts what stands against an address of a sender (null: of all senders) for one of these reasons, because the person
   * said so or a person of ours read what they wrote. @returns how many rows
   */
  async liftHash(
    channel: Channel,
    hash: Buffer,
    senderId: number | null,
    reasons: readonly SuppressionReason[],
    why: string,
    actor: string,
  ): Promise<number> {
    return this.db.transaction(async () => {
      const lifted = await this.repository.lift(hash, channel, senderId, reasons);
      for (const { id, reason } of lifted)
        await this.audit.record(actor, 'suppression.removed', formatId('suppression', id), { why, reason });
      return lifted.length;
    });
  }

  /** Ends the pauses of phones that nobody could be reached at for a while. */
  endUnreachable(): Promise<number> {
    return this.repository.endUnreachable(new Date(this.clock.now().getTime() - UNREACHABLE_DAYS * DAY_MS));
  }

  /** @throws DomainError ADDRESS_KEY_OUTDATED rather than say that nothing was found */
  async find(channel: Channel, address: string): Promise<Suppression[]> {
    const found = await this.repository.find(this.hasher.hash(channel, address), channel);
    await this.addressKeys.requireCurrent();
    return found;
  }

  /** What is on the list for an address of which only the keyed hash is known, of the newest generation of keys. */
  ofHash(channel: Channel, hash: Buffer): Promise<Suppression[]> {
    return this.repository.find(hash, channel);
  }

  /**
   * What the gate met for a message: of everything, of the sender, or of the topic, in the gate's order and by its rules
   * for the class, among what was there by then and still is. null: nothing.
   * @param hash of the newest generation of keys
   */
  thatGateMet(hash: Buffer, about: AskedAbout, byThen: Date): Promise<Suppression | null> {
    return this.repository.thatGateMet(hash, about, byThen);
  }

  async list(request: PageRequest): Promise<Page<Suppression>> {
    return toPage(await this.repository.list(request), request.limit, suppression => suppression);
  }

  /** Lifts a suppression by hand. @param why goes into the audit trail. */
  async remove(id: number, why: string, actor: string): Promise<void> {
    await this.db.transaction(async () => {
      const removed = await this.repository.remove(id);
      if (!removed) throw notFound('suppression', formatId('suppression', id));
      const subject = formatId('suppression', id);
      await this.audit.record(actor, 'suppression.removed', subject, { why, reason: removed.reason });
    });
  }
}
