import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, type Socket } from 'node:net';

/** What the peer does with a request: an answer, `again` so many milliseconds later, or something else no good server does. */
export type ApiMove =
  | { status: number; body?: unknown; headers?: Record<string, string>; after?: number; again?: number }
  /** Takes the message and hangs up. */
  | { close: 'after taking' }
  /** Hangs up before the request is read. */
  | { close: 'before reading' }
  /** Takes the message and says nothing. */
  | { silence: true };

/** How the nth request (from 0) is met; undefined: it is taken, as the API does. */
export type ApiScript = (request: number, form: URLSearchParams) => ApiMove | undefined;

export interface TakenSms {
  from: string;
  to: string;
  text: string;
  form: URLSearchParams;
}

/** An HTTP server in the place of Twilio's API that does what a test tells it, good or bad, and remembers what it took. */
export class ScriptedApiPeer {
  /** Messages whose request was read to its end and not refused, whatever was answered. */
  readonly taken: TakenSms[] = [];
  /** All requests that were read to their end. */
  readonly asked: TakenSms[] = [];
  requests = 0;
  connections = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(
    private script: ApiScript,
    private readonly tls: { key: string; cert: string } | undefined,
  ) {
    const meet: RequestListener = (request, response) => void this.#meet(request, response);
    this.#server = tls ? createTlsServer(tls, meet) : createServer(meet);
    this.#server.on('connection', socket => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** @param tls PEM; it then speaks HTTPS */
  static async start(
    script: ApiScript = () => undefined,
    { tls, port = 0 }: { tls?: { key: string; cert: string }; port?: number } = {},
  ): Promise<ScriptedApiPeer> {
    const peer = new ScriptedApiPeer(script, tls);
    await new Promise<void>(resolve => peer.#server.listen(port, '127.0.0.1', resolve));
    return peer;
  }

  get url(): string {
    return `${this.tls ? 'https' : 'http'}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that stand. */
  get open(): number {
    return this.#sockets.size;
  }

  behave(script: ApiScript): void {
    this.script = script;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(resolve => this.#server.close(resolve));
  }

  async #meet(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const number = this.requests++;
    const early = this.script(number, new URLSearchParams());
    if (early && 'close' in early && early.close === 'before reading') {
      request.socket.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      return;
    }
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
    const sms: TakenSms = {
      from: form.get('From') ?? form.get('MessagingServiceSid') ?? '',
      to: form.get('To') ?? '',
      text: form.get('Body') ?? '',
      form,
    };
    this.asked.push(sms);
    const move: ApiMove = this.script(number, form) ?? taken(number);
    const isRefused = 'status' in move && move.status >= 400 && move.status < 500;
    if (!isRefused) this.taken.push(sms);
    if ('close' in move) request.socket.destroy();
    else if ('status' in move) {
      if (move.after !== undefined) await new Promise(resolve => setTimeout(resolve, move.after));
      const { body = '' } = move;
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      response.writeHead(move.status, { 'content-type': 'application/json', ...move.headers }).end(text);
      if (move.again === undefined) return;
      await new Promise(resolve => setTimeout(resolve, move.again));
      if (request.socket.writable)
        request.socket.write(
          `HTTP/1.1 ${move.status} Again\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
        );
    }
  }
}

/** As the API takes a message. */
export function taken(number: number) {
  return { status: 201, body: { sid: `SM${String(number).padStart(32, '0')}`, status: 'queued' } };
}

/** As the API refuses one. */
export function refused(status: number, code: number, message = 'No.'): ApiMove {
  return { status, body: { code, message, status, more_info: 'https://www.twilio.com/docs/errors' } };
}
