import { isDeepStrictEqual } from 'node:util';
import { type Channel } from '#common';
import { MOST_ATTRIBUTE_BYTES } from './attribute-values.js';
import { type ContactFields, type MatchKey, matchKeys, noFields } from './contact-profile.js';
import { takenCodes, takenMessage } from './contact.errors.js';
import { type ImportPlan } from './import-options.js';
import { type ImportRow, type ImportWarning, type Rejection, type RowConsent } from './import-row.js';

/** A contact as a batch knows it. */
export interface Person extends ContactFields {
  id: number;
}

export interface AddressGone {
  contactId: number;
  channel: Channel;
  oldAddress: string;
}

/** What a batch comes to: decided here, carried out by the repository. */
export interface BatchOutcome {
  created: number;
  updated: number;
  skipped: number;
  rejections: Rejection[];
  warnings: Map<ImportWarning, number>;
  /** Those who are new or differ from what is stored. */
  changed: Person[];
  /** Of the changed, those who give up a key that another takes: theirs must be cleared first. */
  releasing: number[];
  addressesGone: AddressGone[];
  consents: { person: Person; address: string; line: number; consent: RowConsent }[];
}

/**
 * Decides a batch row by row, in the order of the file, as if each row were its own request: the second row of a
 * person sees what the first did, and a key that belongs to somebody else rejects its own row only. One statement
 * can then write the result.
 * @param known everybody stored who has any of the batch's keys
 * @param newIds at least as many numbers as people can be created
 */
export function decideBatch(
  rows: readonly ImportRow[],
  known: readonly Person[],
  newIds: readonly number[],
  plan: Pick<ImportPlan, 'matchBy' | 'onExisting'>,
): BatchOutcome {
  const people = new People(known);
  const outcome: BatchOutcome = {
    created: 0,
    updated: 0,
    skipped: 0,
    rejections: [],
    warnings: new Map(),
    changed: [],
    releasing: [],
    addressesGone: [],
    consents: [],
  };
  const granted: { id: number; row: ImportRow }[] = [];
  const unused = [...newIds].reverse();

  for (const row of rows) {
    const target = people.byKey(plan.matchBy, row.fields[plan.matchBy] as string);
    if (target && plan.onExisting === 'skip') {
      outcome.skipped++;
      continue;
    }
    const person = merge(target ?? { ...noFields, id: 0 }, row);
    const taken = matchKeys.find(key => people.isTakenByOther(key, person[key], target?.id));
    if (taken) {
      outcome.rejections.push(rejected(row, takenCodes[taken], takenMessage(taken), taken));
      continue;
    }
    if (Buffer.byteLength(JSON.stringify(person.attributes)) > MOST_ATTRIBUTE_BYTES) {
      const message = `The attributes of one contact may have ${MOST_ATTRIBUTE_BYTES / 1024} KB together.`;
      outcome.rejections.push(rejected(row, 'ATTRIBUTES_TOO_LARGE', message, null));
      continue;
    }
    if (target) outcome.updated++;
    else {
      outcome.created++;
      person.id = unused.pop() as number;
    }
    people.put(person);
    granted.push({ id: person.id, row });
    for (const warning of row.warnings) count(outcome, warning);
  }

  outcome.changed = people.changed();
  outcome.releasing = people.releasing();
  outcome.addressesGone = people.addressesGone();
  for (const { id, row } of granted) collectConsents(people.byId(id), row, outcome);
  return outcome;
}

/** Consent goes with the address the row gave it for: one that a later row replaced is void before it begins. */
function collectConsents(person: Person, row: ImportRow, outcome: BatchOutcome): void {
  for (const consent of row.consents) {
    const field = consent.channel === 'email' ? 'email' : 'phone';
    const address = person[field];
    const isReplaced = row.fields[field] !== undefined && row.fields[field] !== address;
    if (address === null || isReplaced) count(outcome, 'consentWithoutAddress');
    else outcome.consents.push({ person, address, line: row.line, consent });
  }
}

function merge(current: Person, row: ImportRow): Person {
  return { ...current, ...row.fields, attributes: { ...current.attributes, ...row.attributes } };
}

function rejected(row: ImportRow, code: string, message: string, field: string | null): Rejection {
  return { line: row.line, code, message, field, cells: row.cells };
}

function count(outcome: BatchOutcome, warning: ImportWarning): void {
  outcome.warnings.set(warning, (outcome.warnings.get(warning) ?? 0) + 1);
}

/** The people a batch knows, found by each of their keys, before and after its rows. */
class People {
  readonly #before = new Map<number, Person>();
  readonly #now = new Map<number, Person>();
  readonly #ids: Record<MatchKey, Map<string, number>> = {
    externalId: new Map(),
    email: new Map(),
    phone: new Map(),
  };

  constructor(known: readonly Person[]) {
    for (const person of known) {
      this.#before.set(person.id, person);
      this.put(person);
    }
  }

  byId(id: number): Person {
    return this.#now.get(id) as Person;
  }

  byKey(key: MatchKey, value: string): Person | undefined {
    const id = this.#ids[key].get(value);
    return id === undefined ? undefined : this.#now.get(id);
  }

  isTakenByOther(key: MatchKey, value: string | null, id: number | undefined): boolean {
    if (value === null) return false;
    const owner = this.#ids[key].get(value);
    return owner !== undefined && owner !== id;
  }

  put(person: Person): void {
    const old = this.#now.get(person.id);
    for (const key of matchKeys) {
      const [was, is] = [old?.[key], person[key]];
      if (was !== undefined && was !== null) this.#ids[key].delete(was);
      if (is !== null) this.#ids[key].set(is, person.id);
    }
    this.#now.set(person.id, person);
  }

  changed(): Person[] {
    return [...this.#now.values()].filter(person => !isDeepStrictEqual(person, this.#before.get(person.id)));
  }

  releasing(): number[] {
    return [...this.#before.values()]
      .filter(before =>
        matchKeys.some(key => before[key] !== null && this.isTakenByOther(key, before[key], before.id)),
      )
      .map(before => before.id);
  }

  addressesGone(): AddressGone[] {
    return [...this.#before.values()].flatMap(before => {
      const now = this.byId(before.id);
      const gone: AddressGone[] = [];
      if (before.email !== null && before.email !== now.email) {
        gone.push({ contactId: before.id, channel: 'email', oldAddress: before.email });
      }
      if (before.phone !== null && before.phone !== now.phone) {
        gone.push({ contactId: before.id, channel: 'sms', oldAddress: before.phone });
      }
      return gone;
    });
  }
}
