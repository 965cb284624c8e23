import http from 'node:http';
import https from 'node:https';
import { type Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import { type SendPermit } from '../../transport.js';

/** Waits, in milliseconds. */
export interface TwilioTimeouts {
  /** For a connection, its encryption included. */
  connect: number;
  /** For the answer to a request that has left. */
  answer: number;
  /** How long an unused connection is kept: shorter than the provider keeps it, for one that it closes just then is lost. */
  idle: number;
  /** How long a message waits for a free connection, or for an API that is down to come back. */
  patience: number;
  /** First pause after the API asked for one; it doubles up to `longestBackoff`. */
  backoff: number;
  longestBackoff: number;
  /** How long `close` waits for messages under way before it cuts them off. */
  close: number;
}

/** What Twilio's SDK asks of whoever speaks HTTP for it. */
export interface TwilioRequest {
  method: string;
  uri: string;
  username?: string;
  password?: string;
  headers?: Record<string, string>;
  data?: object;
}

export interface TwilioAnswer {
  statusCode: number;
  /** Parsed where it is JSON. */
  body: unknown;
  headers: http.IncomingHttpHeaders;
}

/** No answer. `begun`: the request was on its way, so that what became of it is not known. */
export class RequestLost extends Error {
  constructor(
    message: string,
    readonly begun: boolean,
  ) {
    super(message);
    this.name = 'RequestLost';
  }
}

/** It was not begun, because it no longer may. */
export class RequestWithdrawn extends Error {}

/** It was not begun, because its time was over. */
export class RequestExpired extends Error {}

/** As Twilio names for how many seconds it may keep a message. */
const VALIDITY = 'ValidityPeriod';

const LONGEST_ANSWER = 256 * 1024;

/** What is known of the last request, whatever the SDK makes of its answer. */
export interface LastRequest {
  /** It was on its way. */
  begun: boolean;
  /** Of the answer; 0: none. */
  status: number;
  /** What the answer asked us to wait, in milliseconds (RFC 9110 section 10.2.3); 0: nothing. */
  retryAfterMs: number;
}

/**
 * Speaks HTTP for Twilio's SDK, a request at a time over a connection that is kept. The SDK's own client cannot tell
 * whether a request that failed had left; here it is written only once the connection stands, so that everything before is
 * provably not sent. No request is ever repeated, and no redirect followed.
 */
export class TwilioHttp {
  /** Of the message whose request is next: asked when the connection stands, right before the request is written. */
  permit: SendPermit | undefined;
  /** Until when its message may arrive, on the clock that does not stop with the process; null: it does not say. */
  validUntil: number | null = null;
  last: LastRequest = { begun: false, status: 0, retryAfterMs: 0 };
  readonly #agent: http.Agent;
  readonly #base: URL;

  constructor(
    base: string,
    private readonly timeouts: TwilioTimeouts,
    /** Authorities that are trusted beside the system's own, as PEM. */
    ca?: string,
  ) {
    this.#base = new URL(base);
    // The time-out is of unused connections: nobody listens to it while a request is under way.
    const options = { keepAlive: true, maxSockets: 1, timeout: timeouts.idle };
    this.#agent = this.#isSecure
      ? new https.Agent(ca === undefined ? options : { ...options, ca: [...rootCertificates, ca] })
      : new http.Agent(options);
    // A second answer to one request would be read as the answer to the next: such a connection is used no more.
    this.#agent.on('free', (socket: Socket) => socket.on('data', hangUp).resume());
  }

  /** @throws RequestLost, RequestWithdrawn, RequestExpired */
  request({ method, uri, username, password, headers, data }: TwilioRequest): Promise<TwilioAnswer> {
    const last: LastRequest = { begun: false, status: 0, retryAfterMs: 0 };
    this.last = last;
    // A connection that stands is not taken for what may not begin: to let go of it is to close it.
    const stands = Object.keys(this.#agent.freeSockets).length > 0;
    if (stands && this.permit?.mayBegin() === false) return Promise.reject(new RequestWithdrawn());
    return new Promise((resolve, reject) => {
      const request = (this.#isSecure ? https : http).request(this.#at(uri), {
        method,
        agent: this.#agent,
        ...(username === undefined ? {} : { auth: `${username}:${password ?? ''}` }),
        headers: { ...headers },
      });
      const end = (): void => {
        clearTimeout(timer);
        stopListening?.();
      };
      const fail = (error: Error): void => {
        end();
        reject(error);
        request.destroy();
      };
      const lose = (reason: string): void => fail(new RequestLost(reason, last.begun));
      let timer = setTimeout(() => lose('The API could not be reached in time.'), this.timeouts.connect);
      const stopListening = this.permit?.onWithdrawn(() => {
        if (!last.begun) fail(new RequestWithdrawn());
      });
      const write = (): void => {
        const form = this.#timed(data);
        if (!form) return fail(new RequestExpired());
        if (this.permit?.mayBegin() === false) return fail(new RequestWithdrawn());
        const body = formOf(form);
        request.setHeader('content-length', Buffer.byteLength(body));
        last.begun = true;
        clearTimeout(timer);
        timer = setTimeout(() => lose('The API did not answer in time.'), this.timeouts.answer);
        request.end(body);
      };
      request.on('error', error => lose(reasonOf(error)));
      request.on('socket', socket => {
        socket.off('data', hangUp);
        if (request.reusedSocket) write();
        else socket.once(this.#isSecure ? 'secureConnect' : 'connect', write);
      });
      request.on('response', response => {
        last.status = response.statusCode ?? 0;
        last.retryAfterMs = retryAfterOf(response);
        readAll(response).then(
          text => {
            end();
            resolve({ statusCode: last.status, body: parsed(text), headers: response.headers });
          },
          (error: unknown) => lose(reasonOf(error)),
        );
      });
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** With the time that is left now, after every wait; null: less than the least there may be, a second. */
  #timed(data: object | undefined): object | null {
    if (this.validUntil === null || !data || !(VALIDITY in data)) return data ?? {};
    const left = Math.floor((this.validUntil - performance.now()) / 1000);
    return left < 1 ? null : { ...data, [VALIDITY]: Math.min(Number(data[VALIDITY]), left) };
  }

  get #isSecure(): boolean {
    return this.#base.protocol === 'https:';
  }

  /** The same resource at our base, which may be a regional edge or a stand-in. */
  #at(uri: string): URL {
    const url = new URL(uri);
    url.protocol = this.#base.protocol;
    url.host = this.#base.host;
    url.pathname = this.#base.pathname.replace(/\/$/, '') + url.pathname;
    return url;
  }
}

function hangUp(this: Socket): void {
  this.destroy();
}

/** As application/x-www-form-urlencoded; what is undefined is left out. */
function formOf(data: object | undefined): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(data ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) form.append(name, String(one));
    }
  }
  return form.toString();
}

/** A number of seconds, or a date. */
function retryAfterOf({ headers }: http.IncomingMessage): number {
  const text = headers['retry-after'] ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

/** Where several addresses were tried the error says nothing itself. */
function reasonOf(error: unknown): string {
  const { message = '', code = '' } = error as { message?: string; code?: string };
  return message || code || 'The connection failed.';
}

async function readAll(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) throw new Error('The API answered without end.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
