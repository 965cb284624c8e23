import {
  type ConsentEvent,
  type FrequencyCap,
  type PurgeReason,
  type Sender,
  type Suppression,
  type Topic,
} from '#consent';
import { type Dispatch } from './dispatch.js';
import { type KeptEvidence } from './evidence.js';
import { type Message } from './message.repository.js';

/** Why a message was or was not sent: the row of the attempt, and all that decided it. */
export interface Why {
  message: Message;
  dispatch: Dispatch;
  sender: Sender;
  topic: Topic;
  /** The event that decided it; null when none did, or when it left the ledger since. */
  consent: ConsentEvent | null;
  /** When and why that event left the ledger. */
  purge: { reason: PurgeReason; purgedAt: Date } | null;
  /** What stood against the address then and still does; null when nothing does. */
  suppression: Suppression | null;
  /** The sender's cap, of a message that waits for reasons of frequency. */
  cap?: FrequencyCap | null;
  /** What was heard of a message after no answer came. */
  evidence?: readonly KeptEvidence[];
}
