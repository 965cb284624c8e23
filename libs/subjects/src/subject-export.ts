import { type Channel } from '#common';
import {
  type ConsentEvent,
  type ConsentState,
  type Decision,
  type Link,
  type Sender,
  type Suppression,
  type Topic,
} from '#consent';
import { type Contact, type Import } from '#contacts';
import { type PersonEvent } from '#events';
import { type EngagementEvent } from '#feedback';
import { type Order } from '#orders';
import { type Why } from '#sending';
import { type HeldConfirmation, type HeldPreference } from './held-data.repository.js';
import { type SubjectRequest } from './subject-request.entity.js';

/** The senders and topics that a document names, by number. */
export interface Names {
  senders: Map<number, Sender>;
  topics: Map<number, Topic>;
}

/** Everything that is held of one person (GDPR art. 15 and 20), as it stood at one moment. */
export interface SubjectExport {
  at: Date;
  contactId: number;
  /** null: the profile was deleted, and what is told here is what outlived it. */
  profile: Contact | null;
  states: ConsentState[];
  /** Oldest first, each with the wording that was shown. */
  events: ConsentEvent[];
  preferences: HeldPreference[];
  /** What bars their present addresses. */
  suppressions: Suppression[];
  confirmations: HeldConfirmation[];
  /** Newest first, each with why it was or was not sent. */
  messages: Why[];
  /** What was measured: opens and clicks, oldest first. */
  engagement: EngagementEvent[];
  /** What they did elsewhere, as it was told to us, oldest first. */
  personEvents: PersonEvent[];
  /** What they bought, oldest first. */
  orders: Order[];
  /** Uploaded files that recorded consent of theirs. */
  imports: Import[];
  requests: SubjectRequest[];
  names: Names;
}

/** One present decision: whether a message about a topic would be allowed on a channel. */
export interface ProvenDecision {
  channel: Channel;
  topicId: number;
  state: ConsentState | null;
  /** null for a topic that bears no messages: there the state alone counts. */
  decision: Decision | null;
}

/** The proof of what one person agreed to and took back. */
export interface ContactProof {
  at: Date;
  contactId: number;
  profile: Contact | null;
  /** Oldest first. An event of the last moment has no link yet. */
  events: { event: ConsentEvent; link: Link | null }[];
  chain: {
    /** Every link of these events is what the event makes of it. */
    intact: boolean;
    /** The newest link of the whole ledger: kept elsewhere, it shows a chain that was made anew. */
    head: { number: number; hash: string } | null;
  };
  decisions: ProvenDecision[];
  names: Names;
}
