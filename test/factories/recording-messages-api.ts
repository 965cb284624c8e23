import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { newSid } from './sms.js';

/** A message that the API took: from here on it would have been delivered. */
export interface TakenMessage {
  to: string;
  sid: string;
  /** Where its status is to be reported. */
  statusUrl: string;
  /** It came over a connection on which an earlier request was answered twice. */
  afterSecondAnswer: boolean;
}

/** What the API does with a message. All but `busy` take it before they answer, or do not. */
export type ApiAnswer =
  | 'at once'
  /** After so many milliseconds. */
  | { late: number }
  | 'never'
  | 'hang up'
  /** The same answer again on the wire, in the same bytes or so many milliseconds later. */
  | { again: number }
  | { error: number }
  | 'busy';

/** In the place of Twilio's Messages API: writes down each message it takes before it answers. */
export class RecordingMessagesApi {
  readonly taken: TakenMessage[] = [];
  /** Requests that came, whatever became of them. */
  offered = 0;
  /** Decides what becomes of a message, by its number and how often that came; answers at once at first. */
  decide: (to: string, time: number) => ApiAnswer = () => 'at once';
  /** Told of each message that was taken; the answer waits for it. */
  onTaken: (message: TakenMessage) => Promise<void> = () => Promise.resolve();
  readonly #times = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  readonly #twice = new WeakSet<Socket>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#meet(request, response));
    this.#server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<RecordingMessagesApi> {
    const api = new RecordingMessagesApi();
    await new Promise<void>(resolve => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  async #meet(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.offered++;
    const { socket } = request;
    let body = '';
    try {
      for await (const bytes of request as AsyncIterable<Buffer>) body += bytes.toString('latin1');
    } catch {
      // A sender that died in the middle of it: nothing was asked for.
      return;
    }
    const form = new URLSearchParams(body);
    const to = form.get('To') ?? '';
    const time = (this.#times.get(to) ?? 0) + 1;
    this.#times.set(to, time);
    const answer = this.decide(to, time);
    if (answer === 'busy')
      return say(response, 429, { code: 20429, message: 'Too Many Requests', status: 429 });
    const message: TakenMessage = {
      ...{ to, sid: newSid(), statusUrl: form.get('StatusCallback') ?? '' },
      afterSecondAnswer: this.#twice.has(socket),
    };
    this.taken.push(message);
    await this.onTaken(message);
    if (answer === 'never') return;
    if (answer === 'hang up') return void socket.destroy();
    const resource = { sid: message.sid, status: 'queued', to, body: form.get('Body'), num_segments: '1' };
    if (typeof answer !== 'string' && 'error' in answer)
      return say(response, answer.error, { code: 20500, message: 'Internal error', status: answer.error });
    if (typeof answer !== 'string' && 'late' in answer)
      return void setTimeout(() => say(response, 201, resource), answer.late);
    if (answer === 'at once') return say(response, 201, resource);
    this.#twice.add(socket);
    this.#sayTwice(socket, response, resource, answer.again);
  }

  #sayTwice(socket: Socket, response: ServerResponse, resource: object, after: number): void {
    const text = JSON.stringify(resource);
    const bytes = `HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
    const again = (): void => void (socket.writable && socket.write(bytes));
    socket.cork();
    say(response, 201, resource);
    if (after === 0) again();
    else setTimeout(again, after);
    socket.uncork();
  }
}

function say(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}
