import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Clock, DomainError, type Page } from '#common';
import { ErasedAddressesService } from '#consent';
import { ContactFinder, type ContactKey, ContactsService, normalKey } from '#contacts';
import { Database, type PageRequest, toPage } from '#database';
import { contactUnknown, faultOf, keyConflict, type Refusal, refusedEvent } from './person-event.errors.js';
import { type EventName, type PersonEvent, type Telling, type ToldEvent } from './person-event.js';
import { keyName, PersonEventRepository, type TellersKey } from './person-event.repository.js';

/** Two tellings that make the same new person at once: one makes them, the other looks again. */
const TRIES = 3;

/** Told, and not refused so far. */
interface Candidate {
  n: number;
  told: ToldEvent;
  /** null: nobody yet. */
  contactId: number | null;
}

/**
 * What people did, told by other systems. Every event leaves a row with its teller's key and the time it was heard; the audit
 * trail is for what operators do, and would double each write.
 */
@Injectable()
export class EventsService {
  constructor(
    private readonly db: Database,
    private readonly events: PersonEventRepository,
    private readonly finder: ContactFinder,
    private readonly contacts: ContactsService,
    private readonly erased: ErasedAddressesService,
    private readonly clock: Clock,
  ) {}

  /**
   * Stores one event, or finds it stored.
   * @param createContact makes a contact of an unknown address or external id; an id is never made, nor an address whose owner
   * was erased at or after the event: what is told late brings nobody back
   * @throws DomainError CONTACT_NOT_FOUND, EVENT_KEY_CONFLICT, EVENT_IN_FUTURE, EVENT_TOO_OLD, EVENT_DATA_TOO_LARGE, and
   * for a key that can be nobody's what the contacts say of it (EMAIL_INVALID, PHONE_NEEDS_COUNTRY, ...)
   */
  async tell(told: ToldEvent, createContact = false): Promise<{ event: PersonEvent; repeated: boolean }> {
    const [telling] = await this.tellMany([told], createContact);
    if (!telling || telling.state === 'refused') throw refusedEvent(telling ?? contactUnknown);
    return { event: telling.event, repeated: telling.state === 'repeated' };
  }

  /**
   * The same of many; each has its answer, in the order in which they were told. One that cannot be stored (its contact was
   * erased meanwhile, its clock is wrong) keeps back none of the others: a list of a day's events always has such a one, and
   * whoever tells it could do nothing but leave it out and tell the rest again. What is no event at all is a mistake of the
   * program that tells and was refused before, with the whole batch.
   */
  async tellMany(told: readonly ToldEvent[], createContact = false): Promise<Telling[]> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.db.transaction(() => this.#tellMany(told, createContact));
      } catch (error) {
        if (!(error instanceof DomainError && error.kind === 'conflict') || tries === TRIES) throw error;
      }
    }
  }

  /** @throws DomainError CONTACT_NOT_FOUND */
  async ofContact(
    contactId: number,
    request: PageRequest,
    name: string | null = null,
  ): Promise<Page<PersonEvent>> {
    await this.contacts.get(contactId);
    return toPage(await this.events.ofContact(contactId, request, name), request.limit, event => event);
  }

  /** Everything that is held of a person, oldest first. */
  everyOf(contactId: number): Promise<PersonEvent[]> {
    return this.events.everyOf(contactId);
  }

  /** What was told so far, and how often. */
  names(): Promise<EventName[]> {
    return this.events.names();
  }

  /** The names alone, which takes no longer the more events there are. */
  namesSeen(): Promise<string[]> {
    return this.events.namesSeen();
  }

  async #tellMany(told: readonly ToldEvent[], createContact: boolean): Promise<Telling[]> {
    const now = this.clock.now();
    const answers = new Map<number, Telling>();
    const refuse = (n: number, refusal: Refusal): void => void answers.set(n, refusal);

    const candidates: Candidate[] = [];
    const found = await this.finder.find(told.map(({ contact }) => contact));
    for (const [n, event] of told.entries()) {
      const contact = found[n] ?? { id: null };
      const fault = faultOf(event, now);
      if (fault) refuse(n, fault);
      else if ('problem' in contact) refuse(n, { state: 'refused', ...contact.problem });
      else candidates.push({ n, told: event, contactId: contact.id });
    }
    // What is stored already is compared before anybody is made: a refusal leaves nothing behind.
    const left = await this.#answerKnown(candidates, answers);
    // Of one key the first that can be stored is; those after it are compared with that.
    const makeable = createContact ? await this.#makeable(left) : new Set<Candidate>();
    const claimed = new Set<string>();
    const later: Candidate[] = [];
    const first = left.filter(candidate => {
      const { n, told: event, contactId } = candidate;
      const key = keyOf(event);
      if (key !== null && claimed.has(keyName(key))) {
        later.push(candidate);
        return false;
      }
      if (contactId === null && !makeable.has(candidate)) {
        refuse(n, contactUnknown);
        return false;
      }
      if (key !== null) claimed.add(keyName(key));
      return true;
    });
    if (createContact) await this.#make(first, later);

    const fresh = first.map(({ told: event, contactId }) => ({
      ...{ contactId: contactId ?? 0, name: event.name, data: event.data },
      ...{ source: event.source, key: event.key },
      ...{ occurredAt: event.occurredAt ?? now, receivedAt: now },
    }));
    const stored = await this.events.insert(fresh);
    for (const [at, event] of stored) answers.set(first[at]?.n ?? -1, { state: 'stored', event });
    // What is missing was told a moment ago by another call.
    await this.#answerKnown([...first.filter((_, at) => !stored.has(at)), ...later], answers);
    return told.map((_, n) => answers.get(n) ?? contactUnknown);
  }

  /** Answers those whose key is stored. @returns the others */
  async #answerKnown(candidates: readonly Candidate[], answers: Map<number, Telling>): Promise<Candidate[]> {
    const keys = candidates.flatMap(({ told }) => keyOf(told) ?? []);
    const known = await this.events.withKeys(keys);
    // Whoever told it first made the person, perhaps a moment after they were looked for here.
    await this.#findAgain(
      candidates.filter(({ told }) => {
        const key = keyOf(told);
        return key !== null && known.has(keyName(key));
      }),
    );
    return candidates.filter(({ n, told, contactId }) => {
      const key = keyOf(told);
      const event = key === null ? undefined : known.get(keyName(key));
      if (!event) return true;
      answers.set(n, isSame(event, told, contactId) ? { state: 'repeated', event } : keyConflict(event));
      return false;
    });
  }

  /** Those whose contact may be made, of those who have none. Without a time of its own an event is of now. */
  async #makeable(candidates: readonly Candidate[]): Promise<Set<Candidate>> {
    const unknown = candidates.filter(
      ({ told, contactId }) => contactId === null && told.contact.by !== 'id',
    );
    const dated = unknown.flatMap(candidate => {
      const key = normalKey(candidate.told.contact);
      if (candidate.told.occurredAt === null || 'code' in key) return [];
      if (key.by !== 'email' && key.by !== 'phone') return [];
      const channel = key.by === 'email' ? ('email' as const) : ('sms' as const);
      return [{ candidate, at: candidate.told.occurredAt, channel, address: key.value }];
    });
    const times = await this.erased.timesOf(dated);
    const isGone = (erasedAt: Date | null | undefined, at: Date): boolean => !!erasedAt && erasedAt >= at;
    const gone = new Set(dated.filter(({ at }, n) => isGone(times[n], at)).map(({ candidate }) => candidate));
    return new Set(unknown.filter(candidate => !gone.has(candidate)));
  }

  /**
   * Makes the people of the first; the others may be of one of them. In one order, so that two batches that make the same
   * people wait for each other and never both ways.
   */
  async #make(first: readonly Candidate[], others: readonly Candidate[]): Promise<void> {
    const wanted = new Map<string, Candidate[]>();
    for (const candidate of first) {
      const { contact } = candidate.told;
      if (candidate.contactId !== null) continue;
      const name = `${contact.by} ${contact.value}`;
      wanted.set(name, [...(wanted.get(name) ?? []), candidate]);
    }
    if (wanted.size === 0) return;
    for (const [, same] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const key = same[0]?.told.contact as Exclude<ContactKey, { by: 'id' }>;
      const { contact } = await this.contacts.findOrCreate(key.by, { [key.by]: key.value });
      for (const candidate of same) candidate.contactId = contact.id;
    }
    await this.#findAgain(others);
  }

  async #findAgain(candidates: readonly Candidate[]): Promise<void> {
    const unknown = candidates.filter(({ contactId }) => contactId === null);
    if (unknown.length === 0) return;
    const found = await this.finder.find(unknown.map(({ told }) => told.contact));
    for (const [at, candidate] of unknown.entries()) {
      const contact = found[at];
      if (contact && 'id' in contact) candidate.contactId = contact.id;
    }
  }
}

/** null: each telling is one of its own. */
function keyOf({ source, key }: ToldEvent): TellersKey | null {
  return key === null ? null : { source, key };
}

/** Whether this telling is of the stored event. Without a time of its own it says nothing against the stored one. */
function isSame(event: PersonEvent, told: ToldEvent, contactId: number | null): boolean {
  return (
    event.contactId === contactId &&
    event.name === told.name &&
    (told.occurredAt === null || told.occurredAt.getTime() === event.occurredAt.getTime()) &&
    isDeepStrictEqual(event.data, JSON.parse(JSON.stringify(told.data)))
  );
}
