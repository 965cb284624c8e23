import { type Logger } from '#common';
import { type Grant, isGenuineGrant } from '#consent';
import { type Outcome, type RelayLimit, type SendOptions, type SendPermit } from '../../transport.js';
import { type EmailTransport, type OutgoingEmail } from '../email-transport.js';
import { composeEmail } from '../mime/compose-email.js';
import { type DkimSigner } from '../mime/dkim-signer.js';
import { Relay, type RelayStanding, type Unreachable } from './relay.js';
import { nameRelays } from './relay-names.js';
import { type RelayOptions } from './relay-options.js';
import { toOutcome } from './smtp-reply.js';
import { type SmtpMail } from './smtp-transaction.js';

/** Sends through one or several relays: each mail goes to the least busy one that answers. */
export class SmtpTransport implements EmailTransport {
  readonly name = 'smtp';
  readonly capacity: number;
  readonly limits: readonly RelayLimit[];
  readonly #relays: Relay[];
  readonly #patience: number;
  #closed = false;

  /** @param relays at least one. */
  constructor(
    relays: readonly RelayOptions[],
    private readonly logger: Logger,
    private readonly dkim: DkimSigner | null = null,
  ) {
    if (relays.length === 0) throw new Error('An SMTP transport needs at least one relay.');
    const named = nameRelays(relays);
    this.#relays = named.map(relay => new Relay(relay, this.logger));
    this.capacity = this.#relays.reduce((sum, relay) => sum + relay.capacity, 0);
    this.limits = named.flatMap(({ name, limit }) => (limit ? [{ relay: name, ...limit }] : []));
    this.#patience = Math.max(...relays.map(relay => relay.timeouts.patience));
  }

  /** How every relay stands this moment. */
  get standings(): RelayStanding[] {
    return this.#relays.map(relay => relay.standing);
  }

  /** Lets somebody watch: told of each mail that was offered to a relay. */
  set onTransaction(told: Relay['onTransaction']) {
    for (const relay of this.#relays) relay.onTransaction = told;
  }

  async send(email: OutgoingEmail, grant: Grant, options: SendOptions = {}): Promise<Outcome> {
    if (!isGenuineGrant(grant) || grant.channel !== 'email' || grant.address !== email.to.address) {
      throw new Error('The grant is not for this address: nothing was sent.');
    }
    let mail = composeEmail(email);
    if (!mail) {
      return refusedHere('The recipient is not an address that mail can be sent to.', '5.1.3');
    }
    if (this.dkim) mail = await this.dkim.sign(mail);
    const { messageId, idempotencyKey = null } = email;
    return this.#offer(
      { ...mail, messageId, idempotencyKey, secrets: [...new Set([email.to.address, mail.to])] },
      options,
    );
  }

  keyLifetime(relay: string): number | null {
    return this.#relays.find(({ name }) => name === relay)?.keyLifetime ?? null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#relays.map(relay => relay.close()));
  }

  /** Offers the mail to one relay after another until one has been asked; waits a little when all of them are down. */
  async #offer(mail: SmtpMail, { permit, relay: only }: SendOptions): Promise<Outcome> {
    const deadline = performance.now() + this.#patience;
    const tried = new Map<Relay, Unreachable>();
    for (;;) {
      const relay = this.#pick(tried, only);
      if (!relay) break;
      if (relay.pause > 0) {
        const wait = relay.pause;
        if (this.#closed || performance.now() + wait > deadline) break;
        if (await isWithdrawnWithin(wait + 1, permit)) return withdrawn;
        continue;
      }
      const result = await relay.send(mail, permit);
      if (result.kind === 'withdrawn') return withdrawn;
      if (result.kind !== 'unreachable') return toOutcome(relay.name, result);
      tried.set(relay, result);
    }
    const [relay, last] = [...tried].at(-1) ?? [];
    if (!relay || !last) {
      return {
        ...refusedHere('Every relay is down; the last failures are in the log.', null),
        state: 'deferred',
      };
    }
    // Whatever the relay said is no word about this mail.
    return { ...toOutcome(relay.name, last.cause), state: 'deferred', offered: false } as Outcome & {
      state: 'deferred';
    };
  }

  /** The least busy relay that may be asked now, or the one that may be asked soonest. */
  #pick(tried: ReadonlyMap<Relay, Unreachable>, only: string | undefined): Relay | undefined {
    const left = this.#relays.filter(
      relay => !tried.has(relay) && (only === undefined || relay.name === only),
    );
    return left.sort((a, b) => a.pause - b.pause || a.load - b.load)[0];
  }
}

const withdrawn: Outcome = {
  ...{ state: 'deferred', relay: '', reply: 'Sending was stopped before this mail began.', code: null },
  ...{ enhanced: null, withdrawn: true, offered: false },
};

/** Waits so long, unless the mail is withdrawn meanwhile. */
function isWithdrawnWithin(milliseconds: number, permit: SendPermit | undefined): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(() => {
      stopListening?.();
      resolve(false);
    }, milliseconds);
    const stopListening = permit?.onWithdrawn(() => {
      clearTimeout(timer);
      stopListening?.();
      resolve(true);
    });
  });
}

function refusedHere(reply: string, enhanced: string | null): Outcome & { state: 'rejected' } {
  return { state: 'rejected', relay: '', reply, code: null, enhanced, offered: false };
}
