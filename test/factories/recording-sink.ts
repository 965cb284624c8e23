import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Where in the dialogue the sink may refuse a mail. */
export type SinkStage = 'recipient' | 'data' | 'dot';

/**
 * What the sink does. `keep and hang up`: it has taken the mail, and the sender never hears of it. `hang up`: it has
 * not. `cut`: it hangs up in the middle of the mail (decided at `data`).
 */
export type SinkAnswer = 'accept' | 'hang up' | 'keep and hang up' | 'cut' | { code: number; text: string };

/** A mail that the sink took: from here on it would have been delivered. */
export interface TakenMail {
  messageId: string;
  recipient: string;
  /** `performance.now()` at its final dot, before any answer. */
  at: number;
}

const END_OF_MAIL = Buffer.from('\r\n.\r\n');
const HEADERS = 8192;

/**
 * An SMTP server that writes down each mail it takes, at the final dot and before it answers. It knows as much SMTP as
 * a sender of ours speaks, pipelining included, and no more, so that it takes thousands of mails a second.
 */
export class RecordingSink {
  readonly taken: TakenMail[] = [];
  /** Transactions that somebody began, whatever became of them. */
  offered = 0;
  /** Decides at each stage; accepts everything at first. */
  answer: (recipient: string, stage: SinkStage) => SinkAnswer = () => 'accept';
  /** Milliseconds before each answer to a final dot. */
  delay = 0;
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
      new SinkDialogue(socket, this).begin();
    });
  }

  static async start(): Promise<RecordingSink> {
    const server = createServer();
    const sink = new RecordingSink(server);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as AddressInfo).port}?tls=off`;
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      this.server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }
}

/** One connection: commands line by line, or a mail up to its final dot. One thing at a time, in order. */
class SinkDialogue {
  #input: Buffer = Buffer.alloc(0);
  #inMail = false;
  #recipient: string | null = null;
  #waiting = false;
  #cut = false;

  constructor(
    private readonly socket: Socket,
    private readonly sink: RecordingSink,
  ) {}

  begin(): void {
    this.socket.on('data', data => {
      // The sender is in the middle of the mail by now.
      if (this.#cut) return void this.socket.destroy();
      this.#input = this.#input.length === 0 ? data : Buffer.concat([this.#input, data]);
      this.#work();
    });
    this.#say('220 sink ESMTP');
  }

  #work(): void {
    while (!this.#waiting && !this.socket.destroyed && (this.#inMail ? this.#mail() : this.#command()));
  }

  /** @returns whether there was a whole line */
  #command(): boolean {
    const end = this.#input.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#input.toString('utf8', 0, end);
    this.#input = this.#input.subarray(end + 2);
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO')
      this.#say('250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 50000000');
    else if (verb === 'RCPT') this.#rcpt(/<([^>]*)>/.exec(line)?.[1] ?? '');
    else if (verb === 'DATA') this.#data();
    else if (verb === 'QUIT') this.socket.end('221 Bye\r\n');
    else {
      if (verb === 'MAIL') this.sink.offered++;
      if (verb === 'MAIL' || verb === 'RSET') this.#recipient = null;
      this.#say('250 Ok');
    }
    return true;
  }

  #rcpt(recipient: string): void {
    const answer = this.sink.answer(recipient, 'recipient');
    if (answer === 'accept') this.#recipient = recipient;
    this.#reply(answer, '250 Ok');
  }

  #data(): void {
    if (this.#recipient === null) return this.#say('503 No recipient');
    const answer = this.sink.answer(this.#recipient, 'data');
    this.#inMail = answer === 'accept' || answer === 'cut';
    if (answer === 'cut') {
      this.#cut = true;
      this.#say('354 Go on');
    } else this.#reply(answer, '354 Go on');
  }

  /** @returns whether there was a whole mail */
  #mail(): boolean {
    const end = this.#input.indexOf(END_OF_MAIL);
    if (end < 0) return false;
    const headers = this.#input.toString('latin1', 0, Math.min(end, HEADERS));
    this.#input = this.#input.subarray(end + END_OF_MAIL.length);
    this.#inMail = false;
    const recipient = this.#recipient as string;
    const messageId = /^Message-ID:\s*(<[^>]+>)/im.exec(headers)?.[1] ?? '';
    const answer = this.sink.answer(recipient, 'dot');
    if (answer === 'accept' || answer === 'keep and hang up') {
      this.sink.taken.push({ messageId, recipient, at: performance.now() });
    }
    if (this.sink.delay === 0) this.#reply(answer, '250 2.0.0 Ok');
    else {
      this.#waiting = true;
      setTimeout(() => {
        this.#waiting = false;
        this.#reply(answer, '250 2.0.0 Ok');
        this.#work();
      }, this.sink.delay);
    }
    return true;
  }

  #reply(answer: SinkAnswer, yes: string): void {
    if (answer === 'accept') this.#say(yes);
    else if (typeof answer === 'string') this.socket.destroy();
    else {
      this.#say(`${answer.code} ${answer.text}`);
      if (answer.code === 421) this.socket.end();
    }
  }

  #say(line: string): void {
    if (!this.socket.destroyed) this.socket.write(`${line}\r\n`);
  }
}
