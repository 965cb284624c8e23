import { signRequest } from '../twilio/twilio-signature.js';
import { failureOf } from './magic-numbers.js';
import { type SmsStore, type StoredSms } from './sms-store.js';

/** How long each step of a delivery takes, in milliseconds. */
const STEP_MS = 20;

/** What happens to a message behind the API: it is delivered or not, and whoever asked is told, signed. */
export class Carrier {
  readonly #timers = new Set<NodeJS.Timeout>();
  #isClosed = false;

  constructor(
    private readonly store: SmsStore,
    private readonly authToken: string,
    private readonly reach: (url: string) => string | null,
  ) {}

  /** Delivers as Twilio does, and reports it to `url`: `sent`, then how it ended. */
  deliver(sms: StoredSms, account: string, url: string | null): void {
    const errorCode = failureOf(sms.to);
    const state = errorCode === null ? 'delivered' : 'undelivered';
    const report = async (status: string): Promise<void> => {
      if (url === null || this.reach(url) === null) return;
      await this.call(url, {
        ...{ MessageSid: sms.id, SmsSid: sms.id, MessageStatus: status, SmsStatus: status },
        ...{ AccountSid: account, From: sms.from, To: sms.to, ApiVersion: '2010-04-01' },
        ...(status === 'undelivered' ? { ErrorCode: String(errorCode) } : {}),
      }).catch(() => undefined);
    };
    this.#later(async () => {
      await report('sent');
      this.#later(async () => {
        await this.store.change(sms.id, { state, errorCode });
        await report(state);
      });
    });
  }

  /** Calls as Twilio calls. */
  call(url: string, fields: Record<string, string>): Promise<Response> {
    return fetch(this.reach(url) ?? url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': signRequest(this.authToken, url, fields),
      },
      body: new URLSearchParams(fields),
      signal: AbortSignal.timeout(15_000),
    });
  }

  /** Nothing begins any more. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #later(work: () => Promise<void>): void {
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      // What cannot be written down any more was only to be shown.
      work().catch(() => undefined);
    }, STEP_MS);
    this.#timers.add(timer);
  }
}
