import { type Channel, type MessageClass, messageClasses } from '#common';
import { type Basis, Gate, type Sender, SendersService, SimilarCategoriesService } from '#consent';
import { type TestApi } from './api.js';
import { type LawFacts, type Verdict } from './law-oracle.js';
import { addSender } from './sender.js';

/** The people, senders and messages of the decision table: rows in the database, and what is known of each. */

export interface TablePerson {
  /** `place / consent`, e.g. `GB phone / soft`. */
  name: string;
  id: number;
  sender: string;
  facts: Pick<LawFacts, 'country' | 'phoneCountry' | 'phoneZones' | 'timeZone' | 'consent'>;
}

interface Place {
  country?: string;
  phone?: string;
  /** Of which area of that country; of none, toll-free for example, when absent. */
  area?: string;
  consent?: string;
  timeZone?: string;
  sender?: string;
}

const prefixes: Record<string, string> = {
  ...{ AE: '+97150', CA: '+1600', DE: '+4915', EG: '+2010', FR: '+336', GB: '+447', JP: '+8190' },
  ...{ PR: '+1787', RE: '+262692', SA: '+96650', US: '+1800' },
};
const areas: Record<string, { prefix: string; zones: string[] }> = {
  'New York': { prefix: '+1212', zones: ['America/New_York'] },
  Alaska: { prefix: '+1907', zones: ['America/Anchorage', 'America/Adak'] },
  'British Columbia': { prefix: '+1250', zones: ['America/Vancouver', 'America/Edmonton'] },
};
/** The international freephone code: a number that belongs to no country. */
const nowhere = '+800';

export const places: Record<string, Place> = {
  unknown: {},
  'unknown, GB sender': { sender: 'GB' },
  'unknown, US sender': { sender: 'US' },
  'GB address': { country: 'GB' },
  'GB phone': { phone: 'GB' },
  'GB consent': { consent: 'GB' },
  'GB address, SA sender': { country: 'GB', sender: 'SA' },
  'GB address, invalid zone': { country: 'GB', timeZone: 'Mars/Olympus' },
  'GB address, EG phone': { country: 'GB', phone: 'EG' },
  'GB address, US consent': { country: 'GB', consent: 'US' },
  'US phone': { phone: 'US' },
  'US phone, New York': { phone: 'US', timeZone: 'America/New_York' },
  'US consent': { consent: 'US' },
  'New York phone': { phone: 'US', area: 'New York' },
  'New York phone, US address': { phone: 'US', area: 'New York', country: 'US' },
  'Alaska phone': { phone: 'US', area: 'Alaska' },
  'New York phone, SA address': { phone: 'US', area: 'New York', country: 'SA' },
  'British Columbia phone, US address': { phone: 'CA', area: 'British Columbia', country: 'US' },
  'US phone, SA address': { phone: 'US', country: 'SA' },
  'PR phone': { phone: 'PR' },
  'CA phone': { phone: 'CA' },
  'CA address, US phone': { country: 'CA', phone: 'US' },
  'CA address, US sender': { country: 'CA', sender: 'US', timeZone: 'America/Toronto' },
  'SA phone': { phone: 'SA' },
  'AE phone': { phone: 'AE' },
  'AE address, GB consent, US sender': { country: 'AE', consent: 'GB', sender: 'US' },
  'EG phone': { phone: 'EG' },
  'EG address, FR phone': { country: 'EG', phone: 'FR' },
  'DE address': { country: 'DE' },
  'FR address': { country: 'FR' },
  'RE phone': { phone: 'RE' },
  'JP phone': { phone: 'JP' },
};

type Consent = LawFacts['consent'];
const granted = (basis: Basis, since: string, more: object = {}): Consent => ({
  ...{ status: 'granted', basis, since },
  ...more,
});

export const consents: Record<string, Consent> = {
  express: granted('express', '2001-01-01T00:00:00Z'),
  'double opt-in': granted('double_opt_in', '2026-01-01T00:00:00Z'),
  'express until 21 November 2026': granted('express', '2026-01-01T00:00:00Z', {
    expiresAt: '2026-11-21T09:00:00Z',
  }),
  soft: granted('soft_opt_in', '2026-01-01T00:00:00Z', { bought: ['shoes'] }),
  'soft, incomplete': granted('soft_opt_in', '2026-01-01T00:00:00Z'),
  'purchase on a leap day': granted('implied_purchase', '2024-02-29T10:00:00Z'),
  'purchase in November 2024': granted('implied_purchase', '2024-11-21T09:00:00Z'),
  'inquiry at the end of August': granted('implied_inquiry', '2026-08-31T12:00:00Z'),
  service: granted('service', '2026-01-01T00:00:00Z'),
  transactional: granted('transactional', '2026-01-01T00:00:00Z'),
  none: null,
  withdrawn: { status: 'withdrawn', basis: null, since: '2026-01-01T00:00:00Z' },
  requested: { status: 'requested', basis: 'double_opt_in', since: '2026-01-01T00:00:00Z' },
  refused: { status: 'refused', basis: 'double_opt_in', since: '2026-01-01T00:00:00Z' },
  unproven: { status: 'unknown', basis: null, since: '2026-01-01T00:00:00Z' },
};

const similar = [['shoes', 'socks']];

/** What is asked: one kind of message at one moment. */
export interface Question {
  channel: Channel;
  messageClass: MessageClass;
  offers: string[];
  at: string;
  /** Of whom it is asked, by their consent; of everybody when absent. */
  of?: string[];
}

export interface Row {
  name: string;
  person: TablePerson;
  question: Question;
  facts: LawFacts;
  verdict: Verdict;
}

export class LawTable {
  readonly people: TablePerson[] = [];
  readonly #senders = new Map<string, { sender: Sender; topics: Map<MessageClass, number> }>();

  constructor(private readonly api: TestApi) {}

  /** Everybody of the table, with the same consent on each channel for each class of message. */
  async fill(): Promise<void> {
    for (const [country, timeZone] of Object.entries({
      '': 'Asia/Riyadh',
      GB: 'Europe/London',
      US: 'UTC',
      SA: 'Asia/Riyadh',
    }))
      await this.#addSender(country, timeZone);
    let number = 0;
    for (const [placeName, place] of Object.entries(places)) {
      for (const [consentName, consent] of Object.entries(consents)) {
        // Where nothing was granted, no law has a say: one place shows it.
        if (consent?.status !== 'granted' && placeName !== 'GB phone') continue;
        number += 1;
        await this.#addPerson(`${placeName} / ${consentName}`, number, place, consent);
      }
    }
  }

  /** What the gate says of everybody, row by row. */
  async ask(questions: Question[]): Promise<Row[]> {
    const gate = this.api.app.get(Gate, { strict: false });
    const rows: Row[] = [];
    for (const question of questions) {
      for (const [country, { sender, topics }] of this.#senders) {
        const { channel, messageClass, offers, at, of } = question;
        const isMeant = ({ name }: TablePerson): boolean => of?.includes(name.split(' / ')[1]!) ?? true;
        const people = this.people.filter(person => person.sender === country && isMeant(person));
        const decided = await gate.decide(
          {
            ...{ contactIds: people.map(({ id }) => id), channel, messageClass, productCategories: offers },
            ...{ senderId: sender.id, topicId: topics.get(messageClass)! },
          },
          new Date(at),
        );
        const byId = new Map(decided.map(row => [row.contactId, row]));
        for (const person of people) {
          const { denial, deferUntil, deferReason, law } = byId.get(person.id)!;
          const later = deferUntil && `defer ${deferUntil.toISOString()} ${deferReason}`;
          rows.push({
            name: `${person.name} / ${channel} ${messageClass} of [${offers.join()}] at ${at}`,
            ...{ person, question },
            facts: {
              ...{ ...person.facts, channel, messageClass, offers, similar, hasAddress: true },
              sender: { country: sender.country, timeZone: sender.timeZone },
            },
            verdict: { says: denial ? `deny ${denial}` : (later ?? 'allow'), law: law ?? '' },
          });
        }
      }
    }
    return rows;
  }

  async #addSender(country: string, timeZone: string): Promise<void> {
    const { app } = this.api;
    const sender = await addSender(app, { country: country || null, timeZone });
    const topics = new Map<MessageClass, number>();
    for (const purpose of messageClasses) {
      const senders = app.get(SendersService, { strict: false });
      const topic = await senders.createTopic(sender.id, purpose, { en: purpose }, {}, 'tests', purpose);
      topics.set(purpose, topic.id);
    }
    await app.get(SimilarCategoriesService, { strict: false }).replace(sender.id, similar, 'tests');
    this.#senders.set(country, { sender, topics });
  }

  async #addPerson(name: string, number: number, place: Place, consent: Consent): Promise<void> {
    const { db } = this.api.database;
    const area = place.area === undefined ? undefined : areas[place.area];
    const prefix = area?.prefix ?? (place.phone ? prefixes[place.phone] : nowhere);
    const phone = `${prefix}${String(number).padStart(7, '0')}`;
    const [row] = await db.query<{ id: number; phone_country: string | null }>(
      `INSERT INTO contact (email, email_hash, phone, phone_hash, country, time_zone, created_at, updated_at)
       VALUES ($1, sha256($1::text::bytea), $2, sha256($2::text::bytea), $3, $4, now(), now()) RETURNING id, phone_country`,
      [`law-${number}@example.com`, phone, place.country ?? null, place.timeZone ?? null],
    );
    if (row!.phone_country !== (place.phone ?? null)) throw new Error(`${phone} is of ${row!.phone_country}`);
    const state = consent && { ...consent, country: place.consent ?? null };
    const sender = place.sender ?? '';
    this.people.push({
      ...{ name, id: row!.id, sender },
      facts: {
        ...{ country: place.country ?? null, phoneCountry: place.phone ?? null },
        phoneZones: area?.zones ?? [],
        ...{ timeZone: place.timeZone ?? null, consent: state },
      },
    });
    if (!state) return;
    const topics = [...this.#senders.get(sender)!.topics.values()];
    await db.query(
      `WITH event AS (
         INSERT INTO consent_event (contact_id, action, method, source, actor, occurred_at, recorded_at)
         VALUES ($1, 'withdrawn', 'test', 'test', 'test', $4, $4) RETURNING id)
       INSERT INTO consent_state (contact_id, channel, topic_id, status, basis, event_id, since, expires_at, country, categories)
       SELECT $1, channel, topic, $2, $3, event.id, $4, $5, $6, $7
         FROM event CROSS JOIN unnest('{email,sms}'::text[]) AS channel CROSS JOIN unnest($8::bigint[]) AS topic`,
      [
        ...[row!.id, state.status, state.basis, state.since, state.expiresAt ?? null, state.country],
        ...[state.bought ?? null, topics],
      ],
    );
  }
}
