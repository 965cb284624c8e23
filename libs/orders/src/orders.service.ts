import { Injectable } from '@nestjs/common';
import { Clock, DomainError, formatId, notFound, type Page } from '#common';
import { type Contact, readContactInput } from '#contacts';
import { Database, isDeadlock, type PageRequest, toPage } from '#database';
import { type NewEvent, OutgoingEvents } from '#webhooks';
import { learn, type OrderFacts, type OrderOutcome, outcomeOf, refundsOf } from './order-facts.js';
import { OrderGrounds } from './order-grounds.service.js';
import { ForgottenMeanwhile, OrderPeople, type Person } from './order-people.service.js';
import { type KnownOrder, type OrderFilter, OrderRepository } from './order.repository.js';
import { orderUntold, timeInFuture } from './order.errors.js';
import { type Order } from './order.js';
import { CLOCK_SKEW_MS } from './shop-secret.js';
import { type Shop } from './shop.entity.js';
import { ShopsService } from './shops.service.js';
import { type SignedBody } from './signed-body.js';
import { nothingTold, type OrderDetails, type ToldOrder } from './told-order.js';

/** Two words of the same new person at once: one makes them, the other finds them; or two people's orders cross. */
const TRIES = 5;
const lostRaces = ['EMAIL_TAKEN', 'PHONE_TAKEN'];

/** What may stand beside a word. */
interface Telling {
  /** What it was read from; when that was taken before, it changes nothing whatever it says. */
  signed?: SignedBody | null;
  /** Asked before a contact is made: it throws to refuse. */
  mayCreate?: () => void;
}

/** What people bought. Each word of a shop is taken whole, with all that follows from it, or not at all. */
@Injectable()
export class OrdersService {
  constructor(
    private readonly db: Database,
    private readonly repository: OrderRepository,
    private readonly shops: ShopsService,
    private readonly people: OrderPeople,
    private readonly grounds: OrderGrounds,
    private readonly outgoing: OutgoingEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes one word about an order. Told again, or told late, it changes nothing that a newer one said.
   * @throws DomainError TIME_IN_FUTURE, and what `mayCreate` throws
   */
  async tell(
    shop: Shop,
    word: ToldOrder,
    actor: string,
    telling: Telling = {},
  ): Promise<{ order: Order; created: boolean }> {
    this.#checkTimes(word);
    const told = await this.#again(() => this.#tell(shop, word, actor, telling));
    if (told.emitted) await this.outgoing.announce();
    return { order: await this.get(told.id), created: told.created };
  }

  /** The same about an order that is known here. @throws DomainError ORDER_NOT_FOUND, TIME_IN_FUTURE */
  async tellOf(id: number, word: Partial<Omit<ToldOrder, 'externalId'>>, actor: string): Promise<Order> {
    const { shopId, externalId } = await this.get(id);
    const whole = { ...nothingTold(externalId, word.toldAt ?? this.clock.now()), ...word };
    return (await this.tell(await this.shops.get(shopId), whole, actor)).order;
  }

  /**
   * Changes some of an order's details and leaves the rest.
   * @throws DomainError ORDER_NOT_FOUND, ORDER_UNTOLD, TIME_IN_FUTURE
   */
  async change(
    id: number,
    changes: Partial<OrderDetails>,
    toldAt: Date | null,
    actor: string,
  ): Promise<Order> {
    const { shopId, externalId } = await this.get(id);
    const shop = await this.shops.get(shopId);
    const told = await this.#again(() =>
      this.db.transaction(async () => {
        await this.repository.lockTelling(shopId, externalId);
        const order = await this.repository.find(id);
        if (!order) throw notFound('order', formatId('order', id));
        const { number, currency, total, items, locale, url, detailedAt } = order;
        if (currency === null || total === null || detailedAt === null) throw orderUntold();
        const details = { number, currency, total, items, locale, url, ...changes };
        // Whoever does not say of when it is means now, also where the shop's clock is ahead of ours.
        const after = new Date(Math.max(this.clock.now().getTime(), detailedAt.getTime() + 1));
        const word = { ...nothingTold(externalId, toldAt ?? after), details };
        this.#checkTimes(word);
        return this.#tell(shop, word, actor);
      }),
    );
    if (told.emitted) await this.outgoing.announce();
    return this.get(id);
  }

  /** @throws DomainError ORDER_NOT_FOUND */
  async get(id: number): Promise<Order> {
    const order = await this.repository.find(id);
    if (!order) throw notFound('order', formatId('order', id));
    return order;
  }

  async list(request: PageRequest, filter: OrderFilter): Promise<Page<Order>> {
    return toPage(await this.repository.list(request, filter), request.limit, order => order);
  }

  /** Every order of a person, the oldest first. */
  async ofContact(contactId: number): Promise<Order[]> {
    const orders: Order[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await this.list({ limit: 200, cursor }, { contactId });
      orders.push(...page.items);
      if (page.nextCursor === null) return orders;
      cursor = page.nextCursor;
    }
  }

  /** Forgets bodies whose time is over. @returns how many */
  forgetTaken(): Promise<number> {
    return this.repository.forgetTaken(this.clock.now());
  }

  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        const lost = error instanceof DomainError && lostRaces.includes(error.code);
        const mayGoOn = lost || isDeadlock(error) || error instanceof ForgottenMeanwhile;
        if (!mayGoOn || tries === TRIES) throw error;
      }
    }
  }

  #tell(
    shop: Shop,
    word: ToldOrder,
    actor: string,
    { signed = null, mayCreate }: Telling = {},
  ): Promise<{ id: number; created: boolean; emitted: boolean }> {
    return this.db.transaction(async () => {
      await this.repository.lockTelling(shop.id, word.externalId);
      const taken = signed && (await this.repository.takenAs(shop.id, signed.digest));
      if (taken !== null) return { id: taken, created: false, emitted: false };
      const known = await this.repository.findTold(shop.id, word.externalId);
      const { facts, takesDetails } = learn(known, word);
      // The person before the order, as whoever erases them does: otherwise each would wait for the other.
      const person = await this.people.personOf(shop, known, word, { takesDetails, mayCreate });
      if (known && (await this.repository.hold(known.id)) !== known.isForgotten)
        throw new ForgottenMeanwhile();
      const told = takesDetails ? word.details : null;
      const details = told && person.isForgotten ? impersonal(told) : told;
      const total = details?.total ?? known?.total ?? null;
      const outcome = outcomeOf(facts, total);
      const { id, created } = await this.repository.save(
        {
          ...{ shopId: shop.id, externalId: word.externalId, facts, outcome, details },
          ...{ contactId: person.contact?.id ?? null, isForgotten: person.isForgotten },
          toldHashes: person.toldHashes,
        },
        this.clock.now(),
      );
      if (signed) await this.repository.keepTaken(shop.id, id, signed, this.clock.now());
      // The choices about offers were made when it was begun, and later words of the shop repeat them.
      const chosenAt = word.placedAt && (word.begunAt ?? facts.placedAt);
      const choice = { ...word, placedAt: chosenAt };
      if (person.contact) await this.#recordGrounds(shop, id, choice, person.contact, actor);
      await this.repository.refreshFacts(peopleOf(known, person));
      const events = eventsOf(known, { id, shop, facts, outcome, contact: person.contact });
      await this.outgoing.emit(events);
      return { id, created, emitted: events.length > 0 };
    });
  }

  async #recordGrounds(
    shop: Shop,
    orderId: number,
    word: ToldOrder,
    contact: Contact,
    actor: string,
  ): Promise<void> {
    if (!word.customer) return;
    const { email, phone, country } = readContactInput(word.customer).fields;
    const told = { email, phone };
    await this.grounds.record({ shop, orderId, word, contact, told, country, actor });
  }

  #checkTimes({ toldAt, placedAt, fulfilledAt, cancelledAt, refunds, marketing }: ToldOrder): void {
    const latest = this.clock.now().getTime() + CLOCK_SKEW_MS;
    const times = { toldAt, placedAt, fulfilledAt, cancelledAt };
    for (const [path, at] of Object.entries(times)) {
      if (at !== null && at.getTime() > latest) throw timeInFuture(path);
    }
    if (refunds.some(({ at }) => at.getTime() > latest)) throw timeInFuture('refunds');
    for (const [n, { at }] of (marketing?.ticked ?? []).entries()) {
      if (at !== null && at.getTime() > latest) throw timeInFuture(`marketing.ticked.${n}.at`);
    }
  }
}

/** Details of somebody who is gone: without what leads back to them. */
function impersonal(details: OrderDetails): OrderDetails {
  return { ...details, number: null, locale: null, url: null };
}

/** Whose purchases change: also who had the order before. */
function peopleOf(known: KnownOrder | null, { contact }: Person): number[] {
  const ids = [known?.contactId ?? null, contact?.id ?? null];
  return [...new Set(ids.flatMap(id => id ?? []))].sort((a, b) => a - b);
}

/** What a word made of an order. */
interface Told {
  id: number;
  shop: Shop;
  facts: OrderFacts;
  outcome: OrderOutcome;
  contact: Contact | null;
}

/** What became true with this word, for whoever listens by webhook. */
function eventsOf(known: KnownOrder | null, { id, shop, facts, outcome, contact }: Told): NewEvent[] {
  const about = {
    contactId: contact?.id ?? null,
    subject: { orderId: formatId('order', id), shopId: formatId('shop', shop.id) },
  };
  const events: NewEvent[] = [];
  if (facts.placedAt && !known?.placedAt) {
    events.push({ ...about, kind: 'order.placed', payload: {}, occurredAt: facts.placedAt });
  }
  const last = refundsOf(facts).at(-1);
  const isMore = outcome.refunded > (known?.refunded ?? 0n) || (outcome.refundedAt && !known?.refundedAt);
  if (last && isMore) {
    const payload = { isWhole: outcome.refundedAt !== null };
    events.push({ ...about, kind: 'order.refunded', payload, occurredAt: last.at });
  }
  return events;
}
