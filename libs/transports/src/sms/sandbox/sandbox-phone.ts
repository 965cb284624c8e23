import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Clock, SystemClock } from '#common';
import { sizeOfSms } from '#templates';
import { Carrier } from './carrier.js';
import { type ApiError, refusalOf } from './magic-numbers.js';
import { errors, faultIn, refuse, tell, toResource } from './messages-api.js';
import { type StoredSms, SmsStore } from './sms-store.js';
import { messagesOf } from './twiml.js';

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
  /** Where an address that it is to call really is; null: it is not called. The signature is of the address as it was told. */
  reach?: (url: string) => string | null;
}

const LONGEST_REQUEST = 64 * 1024;
const PATH = /^\/2010-04-01\/Accounts\/(AC[0-9a-f]{32})\/Messages\.json$/i;

/**
 * A phone for everyone: answers on this machine as Twilio's Messages API does, over HTTP, keeps whatever it is sent and
 * delivers nothing. It reports what became of a message as Twilio does, refuses the numbers that Twilio's test credentials
 * refuse, and can answer in the name of whoever got a message. Emits `sms` with each one its API took.
 */
export class SandboxPhone extends EventEmitter<{ sms: [StoredSms] }> {
  readonly #server: Server;
  readonly #carrier: Carrier;
  #second = 0;
  #inSecond = 0;
  /** Whose messages it last took: it speaks of that account in its calls. */
  #account = `AC${'0'.repeat(32)}`;
  /** Messages its API took since the start. */
  received = 0;

  private constructor(
    private readonly store: SmsStore,
    private readonly options: PhoneOptions,
    private readonly clock: Clock,
  ) {
    super();
    this.setMaxListeners(0);
    this.#carrier = new Carrier(store, options.authToken, options.reach ?? (url => url));
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

  /** How many messages it keeps, of every direction. */
  get count(): number {
    return this.store.count;
  }

  /** What the API was given, newest first. */
  list(limit = 50): StoredSms[] {
    return this.store.newest(limit, sms => sms.direction === 'outbound-api');
  }

  /** All that went to and fro, newest first. */
  history(limit = Infinity): StoredSms[] {
    return this.store.newest(limit);
  }

  async clear(): Promise<void> {
    await this.store.clear();
  }

  /**
   * Calls `url` as Twilio calls for a message that somebody sent to a number of ours, and keeps what is said in return.
   * @throws Error when nobody answers; the message is kept as failed
   */
  async reply(
    url: string,
    { from, to, text }: { from: string; to: string; text: string },
  ): Promise<Response> {
    const { id } = await this.#keep({ direction: 'inbound', from, to, text, state: 'receiving' });
    const parts = String(sizeOfSms(text).parts);
    const call = this.#carrier.call(url, {
      ...{ MessageSid: id, AccountSid: this.#account, From: from, To: to, Body: text },
      ...{ NumMedia: '0', NumSegments: parts, SmsStatus: 'received', ApiVersion: '2010-04-01' },
    });
    const answer = await call.catch(async (error: unknown) => {
      await this.store.change(id, { state: 'failed', errorCode: null });
      throw error;
    });
    if (!answer.ok) {
      await this.store.change(id, { state: 'failed', errorCode: answer.status });
      return answer;
    }
    await this.store.change(id, { state: 'received', errorCode: null });
    for (const said of messagesOf(await answer.clone().text()))
      await this.#keep({ direction: 'outbound-reply', from: to, to: from, text: said, state: 'delivered' });
    return answer;
  }

  async close(): Promise<void> {
    this.#carrier.close();
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
    this.#account = account ?? this.#account;
    const sms = await this.#take(form);
    tell(response, 201, toResource(sms, account ?? ''));
    this.#carrier.deliver(sms, account ?? '', form.get('StatusCallback'));
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
    const sms = await this.#keep({
      ...{ direction: 'outbound-api', state: 'queued' },
      from: form.get('From') ?? form.get('MessagingServiceSid') ?? '',
      to: form.get('To') ?? '',
      text: form.get('Body') ?? '',
      validSeconds: form.has('ValidityPeriod') ? Number(form.get('ValidityPeriod')) : null,
    });
    this.received++;
    this.emit('sms', sms);
    return sms;
  }

  async #keep(
    sms: Pick<StoredSms, 'direction' | 'from' | 'to' | 'text' | 'state'> & Partial<StoredSms>,
  ): Promise<StoredSms> {
    const own = { id: newSid(), at: this.clock.now().toISOString(), validSeconds: null, errorCode: null };
    const kept = { ...own, ...sms };
    await this.store.add(kept);
    return kept;
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
