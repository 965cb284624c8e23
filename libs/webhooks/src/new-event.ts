import { type OutgoingEventKind } from './event-kinds.js';

/** Something that happened. It says what and to whom by ids; who wants to know more asks the API. */
export interface NewEvent {
  kind: OutgoingEventKind;
  /** Whom it is about; a contact's events reach a webhook one after another. Null: about nobody. */
  contactId: number | null;
  /** Public ids of what it is about, e.g. `{ messageId: 'msg_7_1042', campaignId: 'cam_7' }`. */
  subject: Readonly<Record<string, string>>;
  /** Codes, numbers and times; no address, name or other personal data. */
  payload: Readonly<Record<string, unknown>>;
  occurredAt: Date;
}
