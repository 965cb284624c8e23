import { Agent, request } from 'node:http';
import { signRequest } from '#transports';
import { TEST_ACCOUNT } from '../factories/test-account.js';

/** What a provider reports of a message, one after the other. */
export interface StatusReport {
  statusUrl: string;
  sid: string;
  statuses: readonly string[];
}

/** How many are under way at once. */
const CONNECTIONS = 4;

/** Calls the API as Twilio does when a message's status changes: signed for the public address, brought to where it listens. */
export class StatusCalls {
  /** Calls that were answered as they should, and the others' answers. */
  calls = 0;
  readonly refused: string[] = [];
  /** The messages of which at least one call was taken. */
  readonly told = new Set<string>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #underWay = new Set<Promise<void>>();

  constructor(private readonly port: number) {}

  /** Tells it, without waiting for its end. */
  tell(report: StatusReport): Promise<void> {
    const telling = this.#tell(report).finally(() => this.#underWay.delete(telling));
    this.#underWay.add(telling);
    return telling;
  }

  /** Until everything that was told was answered. */
  async ended(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #tell({ statusUrl, sid, statuses }: StatusReport): Promise<void> {
    for (const status of statuses) {
      const fields = { MessageSid: sid, MessageStatus: status, AccountSid: TEST_ACCOUNT.accountSid };
      const answer = await this.#post(statusUrl, fields).catch((error: unknown) => String(error));
      if (answer !== '204') {
        this.refused.push(answer);
        continue;
      }
      this.calls++;
      this.told.add(sid);
    }
  }

  #post(url: string, fields: Record<string, string>): Promise<string> {
    const { pathname, search, host } = new URL(url);
    const body = new URLSearchParams(fields).toString();
    return new Promise((resolve, reject) => {
      const call = request({
        ...{
          host: '127.0.0.1',
          port: this.port,
          path: pathname + search,
          method: 'POST',
          agent: this.#agent,
        },
        headers: {
          ...{ host, 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length },
          'x-twilio-signature': signRequest(TEST_ACCOUNT.authToken, url, fields),
        },
      });
      call.once('error', reject);
      call.once('response', response => {
        response.resume().once('end', () => resolve(String(response.statusCode)));
      });
      call.end(body);
    });
  }
}
