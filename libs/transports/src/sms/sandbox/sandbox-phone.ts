import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Clock, SystemClock } from '#common';
import { type ApiError, failureOf, refusalOf } from './magic-numbers.js';
import { errors, faultIn, refuse, tell, toResource } from './messages-api.js';
import { signRequest } from '../twilio/twilio-signature.js';
import { type StoredSms, SmsStore } from './sms-store.js';

export interface PhoneOptions {
  /** Where the messages lie. */
  folder: string;
  /** 0 takes a free port; see `port`. */
  port: number;
  /** Messages kept; beyond it the oldest go. */
  limit?: number;
  /** What the API's client knows, and what its calls to us are signed with. */
  authToken: string;
  /** Requests it takes in a second; what comes beyond is told to wait. */
  perSecond?: number;
  clock?: Clock;
}

const LONGEST_REQUEST = 64 * 1024;
const PATH = /^\/2010-04-01\/Accounts\/(AC[0-9a-f]{32})\/Messages\.json$/i;
/** How long each step of a delivery takes, in milliseconds. */
const STEP_MS = 20;

/**
 * A phone for everyone: answers on this machine as Twilio's Messages API does, over HTTP, keeps whatever it is sent and
 * delivers nothing. It reports what became of a message as Twilio does, refuses the numbers that Twilio's test credentials
 * refuse, and can answer in the name of whoever got a message. Emits `sms` with each one it took.
 */
export class SandboxPhone extends EventEmitter<{ sms: [StoredSms] }> {
  readonly #server: Server;
  readonly #timers = new Set<NodeJS.Timeout>();
  #second = 0;
  #inSecond = 0;
  /** Messages taken since the start. */
  received = 0;

  private constructor(
    private readonly store: SmsStore,
    private readonly options: PhoneOptions,
    private readonly clock: Clock,
  ) {
    super();
    this.setMaxListeners(0);
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    // Longer than any client keeps a connection, so that none is closed while a request is on its way.
    this.#server.keepAliveTimeout = 60_000;
  }

  /**
   * Starts to listen on 127.0.0.1.
   * @throws Error with a sentence that says what to do when the port is taken.
   */
  static async start(options: PhoneOptions): Promise<SandboxPhone> {
    const { folder, port, limit = 5000, clock = new SystemClock() } = options;
    const phone = new SandboxPhone(await SmsStore.open(folder, limit), options, clock);
    await new Promise<void>((resolve, reject) => {
      phone.#server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = `Port ${port} is taken, perhaps by another Ithn. Stop it, or set INBOX_SMS_PORT to a free port.`;
        reject(error.code === 'EADDRINUSE' ? new Error(taken, { cause: error }) : error);
      });
      phone.#server.listen(port, '127.0.0.1', () => resolve());
    });
    return phone;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Newest first. */
  list(limit = 50): StoredSms[] {
    return this.store.newest(limit);
  }

  async clear(): Promise<void> {
    await this.store.clear();
  }

  /** Calls `url` as Twilio calls for a message that somebody sent to a number of ours. */
  async reply(
    url: string,
    { from, to, text }: { from: string; to: string; text: string },
  ): Promise<Response> {
    return this.#call(url, {
      ...{ MessageSid: newSid(), AccountSid: `AC${'0'.repeat(32)}`, From: from, To: to, Body: text },
      ...{ NumMedia: '0', NumSegments: '1', SmsStatus: 'received', ApiVersion: '2010-04-01' },
    });
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
    await this.store.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const account = PATH.exec(new URL(request.url ?? '/', 'http://sandbox').pathname)?.[1];
    const error = this.#refusalOf(request, account, body);
    if (error) {
      refuse(response, error);
      return;
    }
    const form = new URLSearchParams(body ?? '');
    const fault = faultIn(form) ?? refusalOf(form.get('From') ?? '', form.get('To') ?? '');
    if (fault) {
      refuse(response, fault);
      return;
    }
    const sms = await this.#take(form);
    tell(response, 201, toResource(sms, account ?? ''));
    this.#deliver(sms, account ?? '', form.get('StatusCallback'));
  }

  #refusalOf(request: IncomingMessage, account: string | undefined, body: string | null): ApiError | null {
    if (account === undefined || request.method !== 'POST') return errors.notFound;
    if (body === null) return errors.tooLarge;
    if (!this.#isMine(request, account)) return errors.notAllowed;
    return this.#isTooFast() ? errors.tooFast : null;
  }

  #isMine({ headers }: IncomingMessage, account: string): boolean {
    const [, basic = ''] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? [];
    return Buffer.from(basic, 'base64').toString('utf8') === `${account}:${this.options.authToken}`;
  }

  #isTooFast(): boolean {
    const { perSecond } = this.options;
    if (perSecond === undefined) return false;
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) [this.#second, this.#inSecond] = [second, 0];
    return ++this.#inSecond > perSecond;
  }

  async #take(form: URLSearchParams): Promise<StoredSms> {
    const sms: StoredSms = {
      id: newSid(),
      from: form.get('From') ?? form.get('MessagingServiceSid') ?? '',
      to: form.get('To') ?? '',
      text: form.get('Body') ?? '',
      validSeconds: form.has('ValidityPeriod') ? Number(form.get('ValidityPeriod')) : null,
      at: this.clock.now().toISOString(),
    };
    await this.store.add(sms);
    this.received++;
    this.emit('sms', sms);
    return sms;
  }

  /** Reports as Twilio does: `sent`, then how it ended. */
  #deliver(sms: StoredSms, account: string, url: string | null): void {
    if (url === null) return;
    const failure = failureOf(sms.to);
    const end = failure === null ? 'delivered' : 'undelivered';
    const report = (status: string): Promise<unknown> =>
      this.#call(url, {
        ...{ MessageSid: sms.id, SmsSid: sms.id, MessageStatus: status, SmsStatus: status },
        ...{ AccountSid: account, From: sms.from, To: sms.to, ApiVersion: '2010-04-01' },
        ...(status === 'undelivered' ? { ErrorCode: String(failure) } : {}),
      }).catch(() => undefined);
    this.#later(() => {
      void report('sent').then(() => this.#later(() => void report(end)));
    });
  }

  #later(work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, STEP_MS);
    this.#timers.add(timer);
  }

  #call(url: string, fields: Record<string, string>): Promise<Response> {
    return fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': signRequest(this.options.authToken, url, fields),
      },
      body: new URLSearchParams(fields),
      signal: AbortSignal.timeout(15_000),
    });
  }
}

function newSid(): string {
  return `SM${randomBytes(16).toString('hex')}`;
}

/** The whole of a request; null when it is too large, and then the rest of it is thrown away. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= LONGEST_REQUEST) chunks.push(chunk);
  }
  return length > LONGEST_REQUEST ? null : Buffer.concat(chunks).toString('utf8');
}
