import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

/** A call as a receiver got it. */
export interface ReceivedCall {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  json: { type: string; timestamp: string; data: Record<string, any> };
  /** What it was answered; null until it was, or when it never is. */
  status: number | null;
}

export type ReceiverAnswer =
  number | 'never' | { status: number; headers?: Record<string, string>; afterMs?: number };

/** Somebody's HTTP server that hears of events, writes down each call, and answers as the test wants. */
export class WebhookReceiver {
  readonly calls: ReceivedCall[] = [];
  /** Calls of one contact that were open at the same time: there must be none. */
  readonly overlaps: string[] = [];
  answer: (call: ReceivedCall) => ReceiverAnswer = () => 204;
  readonly #open = new Map<string, number>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const json = JSON.parse(body) as ReceivedCall['json'];
        const call: ReceivedCall = {
          path: request.url ?? '',
          headers: request.headers,
          body,
          json,
          status: null,
        };
        receiver.calls.push(call);
        const ended = receiver.#begin(
          `${call.path} ${String(json.data['contactId'])}`,
          'contactId' in json.data,
        );
        response.once('close', ended);
        const answer = receiver.answer(call);
        if (answer === 'never') return;
        const {
          status,
          headers = {},
          afterMs = 0,
        } = typeof answer === 'number' ? { status: answer } : answer;
        setTimeout(() => {
          call.status = status;
          ended();
          response.writeHead(status, headers).end();
        }, afterMs);
      });
      request.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The events that it took, in the order in which it did, as `type` or a field of their data. */
  taken(field?: string, path?: string): unknown[] {
    return this.calls
      .filter(call => call.status !== null && call.status < 300 && (path === undefined || call.path === path))
      .map(({ json }) => (field === undefined ? json.type : json.data[field]));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  #begin(line: string, isLine: boolean): () => void {
    if (!isLine) return () => undefined;
    const open = (this.#open.get(line) ?? 0) + 1;
    this.#open.set(line, open);
    if (open > 1) this.overlaps.push(line);
    let isOpen = true;
    return () => {
      if (isOpen) this.#open.set(line, (this.#open.get(line) ?? 1) - 1);
      isOpen = false;
    };
  }
}

/** How many of a call's signatures are of this secret, worked out by the letter of Standard Webhooks and by no code of ours. */
export function signaturesOf({ headers, body }: ReceivedCall, secret: string): { good: number; all: number } {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const wanted = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  const given = String(headers['webhook-signature']).split(' ');
  return { good: given.filter(one => one === wanted).length, all: given.length };
}
