import { Injectable } from '@nestjs/common';
import { channels, Clock, DomainError, formatId, notFound } from '#common';
import {
  type ConsentEvent,
  type ConsentState,
  ConsentsService,
  DecisionsService,
  LedgerIntegrityService,
  SendersService,
  type Suppression,
  SuppressionsService,
} from '#consent';
import { type Contact, ContactsService, ImportsService } from '#contacts';
import { EventsService } from '#events';
import { EngagementRecords } from '#feedback';
import { OrdersService } from '#orders';
import { MessagesService } from '#sending';
import { HeldDataRepository } from './held-data.repository.js';
import { type ContactProof, type Names, type ProvenDecision, type SubjectExport } from './subject-export.js';
import { SubjectRequestsService } from './subject-requests.service.js';

const EVENTS_AT_ONCE = 500;

/** Everything that is held of a person, and the proof of what they agreed to. Reads, and changes nothing. */
@Injectable()
export class SubjectDocumentsService {
  constructor(
    private readonly held: HeldDataRepository,
    private readonly contacts: ContactsService,
    private readonly imports: ImportsService,
    private readonly consents: ConsentsService,
    private readonly decisions: DecisionsService,
    private readonly integrity: LedgerIntegrityService,
    private readonly suppressions: SuppressionsService,
    private readonly senders: SendersService,
    private readonly messages: MessagesService,
    private readonly engagement: EngagementRecords,
    private readonly personEvents: EventsService,
    private readonly orders: OrdersService,
    private readonly requests: SubjectRequestsService,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError CONTACT_NOT_FOUND when nothing is held under this number */
  async export(contactId: number): Promise<SubjectExport> {
    const profile = await this.#profile(contactId);
    const states = await this.consents.states(contactId);
    const events = await this.#events(contactId);
    const preferences = await this.held.preferencesOf(contactId);
    const confirmations = await this.held.confirmationsOf(contactId);
    const suppressions = await this.#suppressions(profile);
    const messages = await this.messages.whyOfContact(contactId);
    const names = await this.#names(
      [...events, ...preferences, ...confirmations, ...suppressions].map(({ senderId }) => senderId),
      [
        ...[...states, ...events, ...suppressions].map(({ topicId }) => topicId),
        ...confirmations.flatMap(({ topicIds }) => topicIds),
      ],
    );
    for (const { sender, topic } of messages) {
      names.senders.set(sender.id, sender);
      names.topics.set(topic.id, topic);
    }
    return {
      ...{ at: this.clock.now(), contactId, profile, states, events, preferences, suppressions },
      ...{ confirmations, messages, names },
      engagement: await this.engagement.ofContact(contactId),
      personEvents: await this.personEvents.everyOf(contactId),
      orders: await this.orders.ofContact(contactId),
      imports: await this.imports.named(importsOf(events)),
      requests: await this.requests.ofContact(contactId),
    };
  }

  /** @throws DomainError CONTACT_NOT_FOUND when nothing is held under this number */
  async proof(contactId: number): Promise<ContactProof> {
    const profile = await this.#profile(contactId);
    const events = await this.#events(contactId);
    const states = await this.consents.states(contactId);
    const links = await this.integrity.linksOf(events.map(({ id }) => id));
    const byEvent = new Map(links.map(link => [link.eventId, link]));
    const names = await this.#names(
      events.map(({ senderId }) => senderId),
      [...events, ...states].map(({ topicId }) => topicId),
    );
    return {
      ...{ at: this.clock.now(), contactId, profile, names },
      events: events.map(event => ({ event, link: byEvent.get(event.id) ?? null })),
      chain: { intact: links.every(({ intact }) => intact), head: await this.integrity.head() },
      decisions: await this.#decisions(contactId, states, events, names),
    };
  }

  async #profile(contactId: number): Promise<Contact | null> {
    const profile = await orNull(this.contacts.get(contactId));
    if (!profile && !(await this.held.knows(contactId))) {
      throw notFound('contact', formatId('contact', contactId));
    }
    return profile;
  }

  async #events(contactId: number): Promise<ConsentEvent[]> {
    const events: ConsentEvent[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await this.consents.events(contactId, { limit: EVENTS_AT_ONCE, cursor });
      events.push(...page.items);
      if (page.nextCursor === null) return events;
      cursor = page.nextCursor;
    }
  }

  async #suppressions(profile: Contact | null): Promise<Suppression[]> {
    const found: Suppression[] = [];
    for (const channel of channels) {
      const hash = channel === 'email' ? profile?.emailHash : profile?.phoneHash;
      if (hash) found.push(...(await this.suppressions.ofHash(channel, hash)));
    }
    return found;
  }

  /** What the gate says now of each topic and channel that the ledger speaks of. */
  async #decisions(
    contactId: number,
    states: readonly ConsentState[],
    events: readonly ConsentEvent[],
    { topics }: Names,
  ): Promise<ProvenDecision[]> {
    const named = new Set(
      [...states, ...events].flatMap(({ topicId, channel }) =>
        topicId === null || channel === null ? [] : [`${topicId} ${channel}`],
      ),
    );
    const decided: ProvenDecision[] = [];
    for (const topic of [...topics.values()].sort((a, b) => a.id - b.id)) {
      for (const channel of channels.filter(channel => named.has(`${topic.id} ${channel}`))) {
        const state = states.find(found => found.topicId === topic.id && found.channel === channel) ?? null;
        const bearsMessages = topic.purpose !== 'open_tracking' && topic.purpose !== 'link_tracking';
        const question = {
          contactIds: [contactId],
          channel,
          topicId: topic.id,
          productCategories: [],
          at: null,
        };
        const decision = bearsMessages ? (await this.decisions.decide(question)).items[0] : null;
        decided.push({ channel, topicId: topic.id, state, decision: decision ?? null });
      }
    }
    return decided;
  }

  async #names(senderIds: readonly (number | null)[], topicIds: readonly (number | null)[]): Promise<Names> {
    const names: Names = { senders: new Map(), topics: new Map() };
    for (const id of new Set(topicIds)) {
      if (id !== null) names.topics.set(id, await this.senders.getTopic(id));
    }
    const all = [...senderIds, ...[...names.topics.values()].map(({ senderId }) => senderId)];
    for (const id of new Set(all)) {
      if (id !== null) names.senders.set(id, await this.senders.get(id));
    }
    return names;
  }
}

/** Imports that an event's evidence names. */
function importsOf(events: readonly ConsentEvent[]): number[] {
  const named = events.flatMap(({ evidence }) => {
    const match = typeof evidence['import'] === 'string' ? /^imp_(\d{1,15})$/.exec(evidence['import']) : null;
    return match ? [Number(match[1])] : [];
  });
  return [...new Set(named)];
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'not_found') return null;
    throw error;
  }
}
