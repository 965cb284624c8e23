import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What the peer does at a point of the dialogue: a reply, or something a good server would not do. */
export type Move =
  | string
  | { close: true }
  | { silence: true }
  | { stopReading: true }
  /** Answers after so many milliseconds. */
  | { reply: string; after: number }
  /** Sends the reply in pieces of one byte. */
  | { bytes: string };

/** The points of the dialogue, in order. `body` is the final dot; `inBody` the first bytes of the mail. */
export type Point =
  'greeting' | 'EHLO' | 'HELO' | 'MAIL' | 'RCPT' | 'DATA' | 'inBody' | 'body' | 'RSET' | 'QUIT';

const manners: Record<Point, Move> = {
  greeting: '220 peer ESMTP',
  EHLO: '250-peer greets you\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES',
  HELO: '250 peer',
  MAIL: '250 2.1.0 Ok',
  RCPT: '250 2.1.5 Ok',
  DATA: '354 End with a dot',
  inBody: '',
  body: '250 2.0.0 Ok: queued as PEER1',
  RSET: '250 2.0.0 Ok',
  QUIT: '221 2.0.0 Bye',
};

/** How the nth connection (from 0) behaves where it differs from good manners. */
export type Script = (connection: number) => Partial<Record<Point, Move>>;

/** An SMTP server over a bare socket that does what a test tells it, good or bad, and remembers what it took. */
export class ScriptedSmtpPeer {
  /** Everything that was sent as DATA, without the final dot, whether it was answered or not. */
  readonly mails: string[] = [];
  /** Mails whose final dot was answered with 2xx. */
  readonly accepted: string[] = [];
  /** Envelopes that came while a mail before them on the same connection had no answer. */
  ahead = 0;
  connections = 0;
  open = 0;
  mostOpen = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer(socket => this.#talk(socket, this.connections++));

  private constructor(private script: Script) {}

  static async start(script: Script = () => ({})): Promise<ScriptedSmtpPeer> {
    const peer = new ScriptedSmtpPeer(script);
    await new Promise<void>(resolve => peer.#server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on, for commands still to come too. */
  behave(script: Script): void {
    this.script = script;
  }

  /** Ends every open connection, as a restart would. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.dropAll();
    await new Promise(resolve => this.#server.close(resolve));
  }

  #talk(socket: Socket, connection: number): void {
    this.#sockets.add(socket);
    this.open++;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.open--;
      this.#sockets.delete(socket);
    });

    let pending = '';
    let body: string | null = null;
    let noticed = false;
    let searched = 0;
    // Replies leave in the order of their commands, however late one of them is.
    let turn = Promise.resolve();
    const move = (point: Point): Move => this.script(connection)[point] ?? manners[point];
    let unanswered = 0;
    const answer = (point: Point, next = move(point)): void => {
      if (point === 'body') unanswered++;
      turn = turn.then(() => play(socket, next)).then(() => void (point === 'body' && unanswered--));
    };
    answer('greeting');

    socket.on('data', chunk => {
      pending += chunk.toString('latin1');
      for (;;) {
        if (body !== null) {
          if (!noticed && pending !== '') {
            noticed = true;
            answer('inBody');
          }
          const end = pending.startsWith('.\r\n') ? 0 : pending.indexOf('\r\n.\r\n', searched);
          searched = Math.max(0, pending.length - 4);
          if (end < 0) return;
          searched = 0;
          const mail = pending.slice(0, end).replaceAll('\r\n..', '\r\n.');
          pending = pending.slice(end === 0 ? 3 : end + 5);
          body = null;
          this.mails.push(mail);
          const ending = move('body');
          if (replyOf(ending).startsWith('2')) this.accepted.push(mail);
          answer('body', ending);
          continue;
        }
        const end = pending.indexOf('\r\n');
        if (end < 0) return;
        const verb = pending.slice(0, 4).toUpperCase() as Point;
        pending = pending.slice(end + 2);
        if (verb === 'MAIL' && unanswered > 0) this.ahead++;
        const isRefused = [move('MAIL'), move('RCPT')].some(it => /^[45]/.test(replyOf(it)));
        // A good server refuses DATA when it took no recipient.
        if (verb === 'DATA' && isRefused)
          turn = turn.then(() => play(socket, '503 5.5.1 No valid recipients'));
        else answer(verb in manners ? verb : 'RSET');
        if (verb === 'DATA' && !isRefused && replyOf(move('DATA')).startsWith('3')) {
          body = '';
          noticed = false;
        }
      }
    });
  }
}

function replyOf(move: Move): string {
  if (typeof move === 'string') return move;
  if ('reply' in move) return move.reply;
  return 'bytes' in move ? move.bytes : '';
}

async function play(socket: Socket, move: Move): Promise<void> {
  if (typeof move === 'string') {
    if (move !== '') socket.write(`${move}\r\n`);
    return;
  }
  if ('close' in move) {
    socket.destroy();
    return;
  }
  if ('stopReading' in move) {
    socket.pause();
    return;
  }
  if ('silence' in move) return new Promise(() => undefined);
  if ('reply' in move) {
    await new Promise(resolve => setTimeout(resolve, move.after));
    socket.write(`${move.reply}\r\n`);
    return;
  }
  for (const byte of `${move.bytes}\r\n`) {
    socket.write(byte);
    await new Promise(resolve => setImmediate(resolve));
  }
}
