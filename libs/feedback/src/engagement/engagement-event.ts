import { type MessageKey } from '#sending';
import { type Agent } from './agent.js';
import { type MachineReason } from './machine.js';

/** An open or a click, as it is recorded: of the device the kind of program, of the network nothing. */
export interface EngagementEvent extends MessageKey {
  /** Made where it is heard, so that the same event written twice is one. */
  id: number;
  kind: 'open' | 'click';
  /** Of a click: the number of the link, 0 for the one that no person sees, and how many the message had. */
  link: number | null;
  linkCount: number | null;
  occurredAt: Date;
  agent: Agent;
  /** Why a machine is believed to have done it; null: nothing speaks for one. */
  machine: MachineReason | null;
}

/** What of a request tells who made it. */
export interface Asking {
  method: string;
  userAgent: string | undefined;
  /** `Sec-Purpose` or `Purpose`: a browser that loads ahead says so. */
  purpose: string | undefined;
}
