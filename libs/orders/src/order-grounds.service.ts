import { Injectable } from '@nestjs/common';
import { type Channel, channels, Clock, formatId, type LocalizedText, locales } from '#common';
import {
  type ConsentState,
  ConsentsService,
  type Evidence,
  SendersService,
  SuppressionsService,
} from '#consent';
import { type Contact } from '#contacts';
import { categoriesOf } from './order-facts.js';
import { type Shop } from './shop.entity.js';
import { type ToldOrder } from './told-order.js';

/** What was told of an order, of whom, and to which shop. */
export interface OrderGround {
  shop: Shop;
  orderId: number;
  word: ToldOrder;
  contact: Contact;
  /** The addresses that the order was placed with, as they are kept. Nothing is recorded for any other. */
  told: { email: string | null; phone: string | null };
  /** The language that the shop tells of its customer with this word; not what is known of them from elsewhere. */
  customerLocale: string | null;
  country: string | null;
  actor: string;
}

/**
 * Records what a purchase is the ground for: messages about it; and offers, where the shop tells that its customer had the
 * choice. What is not told is nothing.
 */
@Injectable()
export class OrderGrounds {
  constructor(
    private readonly consents: ConsentsService,
    private readonly senders: SendersService,
    private readonly suppressions: SuppressionsService,
    private readonly clock: Clock,
  ) {}

  /** In the transaction of the order; told again, it changes nothing. */
  async record(ground: OrderGround): Promise<void> {
    if (ground.word.placedAt === null) return;
    const told = channels.filter(channel => isToldAddress(channel, ground));
    const states = await this.consents.states(ground.contact.id);
    for (const topicId of ground.shop.serviceTopicIds) {
      for (const channel of told) await this.#service(ground, topicId, channel, states);
    }
    const topicId = ground.shop.marketingTopicId;
    if (topicId === null || ground.word.marketing === null) return;
    for (const channel of told) await this.#ticked(ground, topicId, channel, states);
    if (ground.word.marketing.refused === true) await this.#refused(ground, topicId, told);
    else for (const channel of told) await this.#softOptIn(ground, topicId, channel);
  }

  /** Once per person and topic, and never over what they took back. */
  async #service(
    ground: OrderGround,
    topicId: number,
    channel: Channel,
    states: readonly ConsentState[],
  ): Promise<void> {
    const status = stateOf(states, topicId, channel)?.status;
    if (status === 'granted' || status === 'withdrawn') return;
    const { purpose } = await this.senders.getTopic(topicId);
    if (purpose !== 'service' && purpose !== 'transactional') return;
    await this.#grant(ground, topicId, channel, purpose, ground.word.placedAt as Date, {});
  }

  /** The person's own act, if the words beside the box are known. */
  async #ticked(
    ground: OrderGround,
    topicId: number,
    channel: Channel,
    states: readonly ConsentState[],
  ): Promise<void> {
    const tick = ground.word.marketing?.ticked.find(one => one.channel === channel);
    const textShown = wordingIn(ground.shop.consentText, localeShown(ground));
    if (!tick || textShown === null) return;
    const at = this.#past(tick.at ?? (ground.word.placedAt as Date));
    const state = stateOf(states, topicId, channel);
    const isAffirmative = state?.basis === 'express' || state?.basis === 'double_opt_in';
    if (state && (state.status === 'withdrawn' || isAffirmative) && state.since >= at) return;
    // A shop that does not know when the box was ticked may be repeating what the person has taken back since.
    if (tick.at === null && (await this.#everTakenBack(ground, channel, states))) return;
    await this.#grant(ground, topicId, channel, 'express', at, { textShown, method: 'checkbox' });
  }

  /** Only with everything that makes one: the offer of a refusal in its words, none taken, and what was bought. */
  async #softOptIn(ground: OrderGround, topicId: number, channel: Channel): Promise<void> {
    const { marketing, details, placedAt } = ground.word;
    if (!marketing?.refusalOffered || marketing.refused !== false || !details || placedAt === null) return;
    const refusalText = marketing.refusalText ?? wordingIn(ground.shop.refusalText, localeShown(ground));
    const productCategories = categoriesOf(details);
    if (refusalText === null || productCategories.length === 0) return;
    const state = stateOf(await this.consents.states(ground.contact.id), topicId, channel);
    if (state?.status === 'withdrawn') return;
    if (state?.status === 'granted') {
      if (state.basis === 'express' || state.basis === 'double_opt_in') return;
      const known = state.categories ?? [];
      if (productCategories.every(category => known.includes(category))) return;
    }
    const refusalOfferedAt = this.#past(placedAt);
    const orderId = formatId('order', ground.orderId);
    await this.#grant(ground, topicId, channel, 'soft_opt_in', refusalOfferedAt, {
      textShown: refusalText,
      softOptIn: { orderId, productCategories, collectedBy: 'self', refusalText, refusalOfferedAt },
    });
  }

  /**
   * Who says no at the checkout takes back what earlier purchases were the ground for. It is as old as the purchase, so that
   * telling it again takes back nothing that the person agreed to since.
   */
  async #refused(ground: OrderGround, topicId: number, told: readonly Channel[]): Promise<void> {
    const states = await this.consents.states(ground.contact.id);
    const refusedAt = this.#past(ground.word.placedAt as Date);
    for (const channel of told) {
      const state = stateOf(states, topicId, channel);
      if (state?.status === 'withdrawn' && state.since >= refusedAt) continue;
      const isGranted = state?.status === 'granted';
      const isAffirmative = isGranted && (state.basis === 'express' || state.basis === 'double_opt_in');
      if (isAffirmative && state.since > refusedAt) continue;
      // Nothing but the person's own act stands against a refusal, whichever was told first.
      const occurredAt = isGranted && !isAffirmative && state.since > refusedAt ? state.since : refusedAt;
      await this.consents.withdraw({
        ...{ contactId: ground.contact.id, scope: { kind: 'topic', topicId, channel } },
        ...{ evidence: evidenceOf(ground), actor: ground.actor, occurredAt },
      });
    }
  }

  async #everTakenBack(
    { contact }: OrderGround,
    channel: Channel,
    states: readonly ConsentState[],
  ): Promise<boolean> {
    if (states.some(state => state.channel === channel && state.status === 'withdrawn')) return true;
    const hash = channel === 'email' ? contact.emailHash : contact.phoneHash;
    const listed = hash ? await this.suppressions.ofHash(channel, hash) : [];
    return listed.some(({ reason }) => reason === 'unsubscribed' || reason === 'erased');
  }

  async #grant(
    ground: OrderGround,
    topicId: number,
    channel: Channel,
    basis: 'service' | 'transactional' | 'express' | 'soft_opt_in',
    at: Date,
    more: Partial<Evidence>,
  ): Promise<void> {
    await this.consents.grant({
      ...{ contactId: ground.contact.id, channel, topicId, basis, actor: ground.actor },
      ...{ evidence: { ...evidenceOf(ground), ...more }, occurredAt: this.#past(at), expiresAt: null },
    });
  }

  /** Clocks of shops may run ahead a little. */
  #past(at: Date): Date {
    const now = this.clock.now();
    return at < now ? at : now;
  }
}

function isToldAddress(channel: Channel, { contact, told }: OrderGround): boolean {
  const [ours, theirs] = channel === 'email' ? [contact.email, told.email] : [contact.phone, told.phone];
  return theirs !== null && theirs === ours;
}

function stateOf(
  states: readonly ConsentState[],
  topicId: number,
  channel: Channel,
): ConsentState | undefined {
  return states.find(state => state.topicId === topicId && state.channel === channel);
}

/**
 * The language that the checkout spoke, by what the shop says: the order's, else the only one it speaks, else its customer's. Not
 * what we know of the person: what they like to read elsewhere is no proof of what they were shown.
 */
function localeShown({ word, shop, customerLocale }: OrderGround): string | null {
  return word.details?.locale ?? shop.locale ?? customerLocale;
}

/** The wording that was shown: in that language, or the only one there is; null: nobody can say which. */
function wordingIn(text: LocalizedText | null, tag: string | null): string | null {
  if (text === null) return null;
  const language = tag?.slice(0, 2).toLowerCase();
  const own = locales.find(locale => locale === language);
  if (own !== undefined && text[own] !== undefined) return text[own];
  const all = locales.flatMap(locale => text[locale] ?? []);
  return all.length === 1 ? (all[0] ?? null) : null;
}

function evidenceOf(ground: OrderGround): Evidence {
  const { shop, orderId, country } = ground;
  return {
    method: 'order',
    source: formatId('shop', shop.id),
    locale: localeShown(ground) ?? undefined,
    country: country ?? undefined,
    more: { order: formatId('order', orderId) },
  };
}
