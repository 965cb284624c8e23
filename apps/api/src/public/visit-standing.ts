import { Injectable } from '@nestjs/common';
import { type Channel, channels, Clock } from '#common';
import {
  type ConsentState,
  ConsentsService,
  type SubscriptionPreference,
  SubscriptionPreferencesService,
  type Suppression,
  type SuppressionReason,
  SuppressionsService,
  type Tracking,
  TrackingService,
  untracked,
} from '#consent';
import { type Contact } from '#contacts';
import { isSubscribed } from './preference-choices.js';
import { type Visit } from './visits.service.js';

/** A visit of somebody who still has the address that the link was sent to. */
export type KnownVisit = Visit & { contact: Contact };

const blockReasons = [
  'hard_bounce',
  'complaint',
  'manual',
  'carrier',
  'unclear',
  'unreachable',
] as const satisfies SuppressionReason[];

/** Why nothing reaches an address, whatever its reader agrees to here. */
export interface Block {
  channel: Channel;
  address: string;
  reason: (typeof blockReasons)[number];
}

/** How things stand between a person and the sender whose page they have open. */
export interface VisitStanding {
  isGranted(channel: Channel, topicId: number): boolean;
  /** Whether the person took it back on any channel. */
  hasLeft(topicId: number): boolean;
  preference: SubscriptionPreference;
  tracking: Record<Channel, Tracking>;
  blocks: Block[];
}

/** Reads it: from the ledger's state, the suppression list, the preferences and the decision on measuring. */
@Injectable()
export class VisitStandings {
  constructor(
    private readonly consents: ConsentsService,
    private readonly suppressions: SuppressionsService,
    private readonly preferences: SubscriptionPreferencesService,
    private readonly tracking: TrackingService,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError CONTACT_NOT_FOUND when the contact went a moment ago */
  async of({ contact, sender }: KnownVisit): Promise<VisitStanding> {
    const states = await this.consents.states(contact.id);
    const listed = await this.#listed(contact, sender.id);
    const measured = async (channel: Channel): Promise<Tracking> =>
      (await this.tracking.decide([contact.id], sender.id, channel)).get(contact.id) ?? untracked;
    return {
      isGranted: (channel, topicId) => this.#isGranted(states, listed[channel], channel, topicId),
      hasLeft: topicId => states.some(one => one.topicId === topicId && one.status === 'withdrawn'),
      preference: await this.preferences.get(contact.id, sender.id),
      tracking: { email: await measured('email'), sms: await measured('sms') },
      blocks: channels.flatMap(channel => blockOf(channel, addressOf(contact, channel), listed[channel])),
    };
  }

  /** The ledger's yes counts for nothing while the address itself is kept from before: a new yes lifts that. */
  #isGranted(states: ConsentState[], listed: Suppression[], channel: Channel, topicId: number): boolean {
    const isKept = listed.some(
      row =>
        (row.reason === 'unsubscribed' || row.reason === 'erased') &&
        (row.topicId === null || row.topicId === topicId),
    );
    return !isKept && isSubscribed(states, channel, topicId, this.clock.now());
  }

  async #listed(contact: Contact, senderId: number): Promise<Record<Channel, Suppression[]>> {
    const ofSender = async (channel: Channel): Promise<Suppression[]> => {
      const address = addressOf(contact, channel);
      const rows = address === null ? [] : await this.suppressions.find(channel, address);
      return rows.filter(row => row.senderId === null || row.senderId === senderId);
    };
    return { email: await ofSender('email'), sms: await ofSender('sms') };
  }
}

export function addressOf(contact: Contact, channel: Channel): string | null {
  return channel === 'email' ? contact.email : contact.phone;
}

function blockOf(channel: Channel, address: string | null, listed: Suppression[]): Block[] {
  const reason = blockReasons.find(one => listed.some(row => row.reason === one));
  return reason && address !== null ? [{ channel, address, reason }] : [];
}
