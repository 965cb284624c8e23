import { Injectable } from '@nestjs/common';
import { type Channel, channels, Clock, formatId, type LocalizedText, locales } from '#common';
import {
  type ConsentEvent,
  ConsentHistory,
  type ConsentState,
  ConsentsService,
  ErasedAddressesService,
  type Evidence,
  isAffirmative,
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
  country: string | null;
  actor: string;
}

/** What the ledger has of the person already. */
interface Ledger {
  states: readonly ConsentState[];
  /** Of this very order: what it is the ground for stands in the ledger once, however often it is told. */
  events: readonly ConsentEvent[];
}

/**
 * Records what a purchase is the ground for: messages about it; and offers, where the shop tells that its customer had the
 * choice. What is not told is nothing; and whoever bought before the shop offered what it offers now saw nothing of it.
 */
@Injectable()
export class OrderGrounds {
  constructor(
    private readonly consents: ConsentsService,
    private readonly history: ConsentHistory,
    private readonly senders: SendersService,
    private readonly suppressions: SuppressionsService,
    private readonly erased: ErasedAddressesService,
    private readonly clock: Clock,
  ) {}

  /** In the transaction of the order; told again, it changes nothing. */
  async record(ground: OrderGround): Promise<void> {
    const { shop, contact } = ground;
    const { placedAt, cancelledAt, marketing } = ground.word;
    if (placedAt === null) return;
    // A purchase that is off is the ground for nothing; what was said no to at it stays said.
    const isOff = cancelledAt !== null;
    const told = channels.filter(channel => isToldAddress(channel, ground));
    const ledger: Ledger = {
      states: await this.consents.states(contact.id),
      events: await this.history.eventsBy(contact.id, { order: formatId('order', ground.orderId) }),
    };
    const isOfSender = shop.senderSince === null || placedAt >= shop.senderSince;
    for (const topicId of isOff || !isOfSender ? [] : shop.serviceTopicIds) {
      for (const channel of told) await this.#service(ground, topicId, channel, ledger);
    }
    const topicId = shop.marketingTopicId;
    if (topicId === null || marketing === null) return;
    for (const channel of isOff ? [] : told) await this.#ticked(ground, topicId, channel, ledger);
    if (marketing.refused === true) await this.#refused(ground, topicId, told, ledger);
    else for (const channel of isOff ? [] : told) await this.#softOptIn(ground, topicId, channel, ledger);
  }

  /** Once per person and topic, and never over what they took back. */
  async #service(ground: OrderGround, topicId: number, channel: Channel, ledger: Ledger): Promise<void> {
    const status = stateOf(ledger.states, topicId, channel)?.status;
    if (status === 'granted' || status === 'withdrawn') return;
    if (grantsOf(ledger, topicId, channel).length > 0) return;
    const { purpose } = await this.senders.getTopic(topicId);
    if (purpose !== 'service' && purpose !== 'transactional') return;
    await this.#grant(ground, topicId, channel, purpose, ground.word.placedAt as Date, {});
  }

  /** The person's own act, if the words beside the box are known. */
  async #ticked(ground: OrderGround, topicId: number, channel: Channel, ledger: Ledger): Promise<void> {
    const tick = ground.word.marketing?.ticked.find(one => one.channel === channel);
    const textShown = wordingIn(ground.shop.consentText, localeShown(ground));
    if (!tick || textShown === null) return;
    const at = this.#past(tick.at ?? (ground.word.placedAt as Date));
    if (at < ground.shop.offersSince) return;
    const state = stateOf(ledger.states, topicId, channel);
    if (state && (state.status === 'withdrawn' || isOwnWord(state.basis)) && state.since >= at) return;
    const known = grantsOf(ledger, topicId, channel);
    if (known.some(({ basis, occurredAt }) => basis === 'express' && occurredAt >= at)) return;
    if (tick.at === null) {
      // A shop that does not know when the box was ticked adds nothing to the person's own word of a known time, and may be
      // repeating what they have taken back since.
      if (state?.status === 'granted' && isOwnWord(state.basis)) return;
      if (await this.#everTakenBack(ground, channel, ledger.states)) return;
    }
    const evidence = { textShown, method: 'checkbox' };
    await this.#grant(ground, topicId, channel, 'express', at, evidence, tick.at === null ? UNDATED : {});
  }

  /** Only with everything that makes one: the offer of a refusal in its words, none taken, and what was bought. */
  async #softOptIn(ground: OrderGround, topicId: number, channel: Channel, ledger: Ledger): Promise<void> {
    const { marketing, details, placedAt } = ground.word;
    if (!marketing?.refusalOffered || marketing.refused !== false || !details || placedAt === null) return;
    if (placedAt < ground.shop.offersSince) return;
    const refusalText = marketing.refusalText ?? wordingIn(ground.shop.refusalText, localeShown(ground));
    const productCategories = categoriesOf(details);
    if (refusalText === null || productCategories.length === 0) return;
    const state = stateOf(await this.consents.states(ground.contact.id), topicId, channel);
    if (state?.status === 'withdrawn') return;
    if (state?.status === 'granted' && isOwnWord(state.basis)) return;
    const known = grantsOf(ledger, topicId, channel).flatMap(categoriesNamed);
    if (productCategories.every(category => known.includes(category))) return;
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
  async #refused(
    ground: OrderGround,
    topicId: number,
    told: readonly Channel[],
    { events }: Ledger,
  ): Promise<void> {
    const states = await this.consents.states(ground.contact.id);
    const refusedAt = this.#past(ground.word.placedAt as Date);
    for (const channel of told) {
      const state = stateOf(states, topicId, channel);
      if (state?.status === 'withdrawn' && state.since >= refusedAt) continue;
      const isGranted = state?.status === 'granted';
      const isOwnAct = isGranted && isOwnWord(state.basis) && !(await this.#isUndated(state.eventId));
      if (isOwnAct && state.since > refusedAt) continue;
      const isKnown = events.some(event => event.action === 'withdrawn' && isOf(event, topicId, channel));
      if (isKnown && !isGranted) continue;
      // Nothing but the person's own act of a known time stands against a refusal, whichever was told first.
      const occurredAt = isGranted && !isOwnAct && state.since > refusedAt ? state.since : refusedAt;
      await this.consents.withdraw({
        ...{ contactId: ground.contact.id, scope: { kind: 'topic', topicId, channel } },
        ...{ evidence: evidenceOf(ground), actor: ground.actor, occurredAt },
      });
    }
  }

  async #isUndated(eventId: number): Promise<boolean> {
    return (await this.consents.event(eventId)).evidence['undated'] === true;
  }

  async #everTakenBack(
    { contact }: OrderGround,
    channel: Channel,
    states: readonly ConsentState[],
  ): Promise<boolean> {
    if (states.some(state => state.channel === channel && state.status === 'withdrawn')) return true;
    const hash = channel === 'email' ? contact.emailHash : contact.phoneHash;
    if (!hash) return false;
    const listed = await this.suppressions.ofHash(channel, hash);
    if (listed.some(({ reason }) => reason === 'unsubscribed')) return true;
    return this.erased.everErased(channel, hash);
  }

  async #grant(
    ground: OrderGround,
    topicId: number,
    channel: Channel,
    basis: 'service' | 'transactional' | 'express' | 'soft_opt_in',
    at: Date,
    more: Partial<Evidence>,
    further: Record<string, unknown> = {},
  ): Promise<void> {
    const evidence = { ...evidenceOf(ground), ...more };
    await this.consents.grant({
      ...{ contactId: ground.contact.id, channel, topicId, basis, actor: ground.actor },
      ...{ evidence: { ...evidence, more: { ...evidence.more, ...further } } },
      ...{ occurredAt: this.#past(at), expiresAt: null },
    });
  }

  /** Clocks of shops may run ahead a little. */
  #past(at: Date): Date {
    const now = this.clock.now();
    return at < now ? at : now;
  }
}

/** In the evidence of a box of which the shop does not know when it was ticked. */
const UNDATED = { undated: true };

function isOwnWord(basis: ConsentState['basis']): boolean {
  return basis !== null && isAffirmative(basis);
}

function isOf(event: ConsentEvent, topicId: number, channel: Channel): boolean {
  return event.topicId === topicId && event.channel === channel;
}

function grantsOf({ events }: Ledger, topicId: number, channel: Channel): ConsentEvent[] {
  return events.filter(event => event.action === 'granted' && isOf(event, topicId, channel));
}

function categoriesNamed({ evidence }: ConsentEvent): string[] {
  const soft = evidence['softOptIn'] as { productCategories?: string[] } | undefined;
  return soft?.productCategories ?? [];
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
 * The language that the checkout spoke, by what the shop says: the order's, else the only one it speaks. Not the customer's own:
 * what they like to read is no proof of what they were shown.
 */
function localeShown({ word, shop }: OrderGround): string | null {
  return word.details?.locale ?? shop.locale;
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
