import { type Channel, type LocalizedText, type MessageClass } from '#common';
import { type Basis } from './consent-event.js';

/** How sure we are. H: primary text or two agreeing sources; M: one good source; L: confirm with counsel. */
export type Confidence = 'H' | 'M' | 'L';

/** One thing a law says, and where it says so. */
export interface Cell<T> {
  value: T;
  source: string;
  confidence: Confidence;
}

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** Hours at which sending is allowed, in the person's own time: `{ mon: [['09:00', '18:00']] }`; a day left out is closed. */
export type WeeklyHours = Partial<Record<Weekday, [from: string, to: string][]>>;

/** What a message must tell of its sender. */
export const footerFields = [
  'legalName',
  'registeredAddress',
  'registrationNumber',
  'registrationPlace',
  'contactEmail',
  'privacyUrl',
] as const;
export type FooterField = (typeof footerFields)[number];

/** Every cell of a pack, by the name that overrides use. */
export interface LawCells {
  /** Bases that suffice. Where a law asks for no consent at all, this product still asks for a record of one. */
  'bases.email.marketing': Cell<Basis[]>;
  'bases.email.service': Cell<Basis[]>;
  'bases.email.transactional': Cell<Basis[]>;
  'bases.sms.marketing': Cell<Basis[]>;
  'bases.sms.service': Cell<Basis[]>;
  'bases.sms.transactional': Cell<Basis[]>;
  /** Months that a purchase or an inquiry implies consent. */
  'implied.purchaseMonths': Cell<number>;
  'implied.inquiryMonths': Cell<number>;
  /** Hours of marketing messages; null: any hour. */
  'hours.email': Cell<WeeklyHours | null>;
  'hours.sms': Cell<WeeklyHours | null>;
  /** Days without marketing, `2026-12-25`, in the person's own calendar. */
  'daysOff.email': Cell<string[]>;
  'daysOff.sms': Cell<string[]>;
  'footer.email': Cell<FooterField[]>;
  'footer.sms': Cell<FooterField[]>;
  /** Whether a marketing message must say that it is one. */
  'statement.marketing': Cell<boolean>;
  /** What the sender's name of an SMS must begin or end with. */
  'mark.smsSender': Cell<{ prefix: string; suffix: string }>;
  /** Whether people there can answer an SMS: where they cannot, the way out is a link. */
  'replies.sms': Cell<boolean>;
  /** Whether an SMS may bear shortened links. */
  'shortLinks.sms': Cell<boolean>;
  /** What a marketing subject must begin with. */
  'mark.subject': Cell<string>;
  doubleOptIn: Cell<'required' | 'recommended'>;
  /** The longest the law gives us to obey a withdrawal, in days. We obey at once. */
  'honour.days': Cell<number>;
  /** How long the way out in a message must work, in days. Ours never ends. */
  'honour.linkDays': Cell<number>;
  /** Whether a person's opens and clicks may be measured without a consent of its own. */
  'tracking.opens': Cell<'consent' | 'allowed'>;
  'tracking.links': Cell<'consent' | 'allowed'>;
  /** How long the proof of a consent is kept after it ended, in months. */
  'retention.proofMonths': Cell<number>;
  /** How soon a person's request for their data must be answered, in days. */
  'rights.responseDays': Cell<number>;
}
export type CellName = keyof LawCells;

/** What one jurisdiction asks for, from a day on. A new version is a new file entry; the old one stays for the record. */
export interface LawPack {
  /** `GB`, `EU`...; `strict` is the default for a jurisdiction that is not known. */
  code: string;
  version: number;
  /** First day it applies, UTC. A pack's first version stands for the time before it as well. */
  effectiveFrom: string;
  name: LocalizedText;
  /** ISO 3166-1 alpha-2. */
  countries: readonly string[];
  cells: LawCells;
}

/** The default's code. */
export const STRICT = 'strict';

/** A pack's rule for one kind of message, as the gate reads it. */
export interface LawRule {
  country: string;
  channel: Channel;
  messageClass: MessageClass;
  effectiveFrom: Date;
  effectiveTo: Date;
  /** `GB@2`, or `GB@2*7` with override 7 in it. */
  pack: string;
  bases: readonly Basis[];
  purchaseMonths: number;
  inquiryMonths: number;
  /** An int4multirange of minutes of the week; null: any hour. */
  hours: string | null;
  daysOff: readonly string[];
}
