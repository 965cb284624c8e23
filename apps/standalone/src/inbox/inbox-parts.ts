import { type SandboxInbox, type SandboxPhone } from '#transports';

/** What the pages show: one of the two may be missing, where the real thing is configured instead. */
export class InboxParts {
  constructor(
    readonly inbox: SandboxInbox | null,
    readonly phone: SandboxPhone | null = null,
    /** Where an answer written on a phone is told, as Twilio would tell it. */
    readonly inboundUrl = '',
  ) {}
}
