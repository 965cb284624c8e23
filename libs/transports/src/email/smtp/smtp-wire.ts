import { type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

/** Where a piece of a mail ends, in bytes: after each one the relay has shown that it still reads. */
const PIECE = 64 * 1024;
/** Longer answers than this are no answers, in characters. */
const LONGEST_ANSWER = 64 * 1024;

/** Whoever waits for the next answer. */
export interface Listener {
  /** One answer with all its lines, or something that is none. */
  answered(text: string): void;
  /** No answer will come. */
  lost(reason: string): void;
}

interface Waiting extends Listener {
  limitMs: number;
}

/**
 * The two ends of an SMTP connection that is ready for mail: what is asked goes out at once, answers are given to who asked
 * in the order of the questions (RFC 2920 section 3.1). An answer nobody asked for, silence beyond its limit or a closed
 * connection ends it for all who wait.
 */
export class SmtpWire {
  readonly #waiting: Waiting[] = [];
  readonly #decoder = new StringDecoder('utf8');
  #timer: NodeJS.Timeout | undefined;
  #lines = '';
  #answer = '';
  #isOver = false;

  /** @param onEnd called once, when nothing more can be asked; who waited has been told before. */
  constructor(
    private readonly socket: Socket,
    private readonly onEnd: () => void,
  ) {
    // Whoever opened the connection listened to it so far, with limits of their own.
    socket.removeAllListeners('data').removeAllListeners('timeout').setTimeout(0);
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#hear(this.#decoder.write(bytes)));
    socket.on('close', () => this.#end('The connection closed unexpectedly.'));
    socket.on('end', () => this.#end('The connection closed unexpectedly.'));
    socket.on('error', (error: Error) => this.#end(error.message));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Waits for one answer more, at most `limitMs` from when it is the next to come. */
  expect(limitMs: number, listener: Listener): void {
    const { answered, lost } = listener;
    this.#waiting.push({ limitMs, answered: answered.bind(listener), lost: lost.bind(listener) });
    if (this.#isOver) this.#tellLost('The connection closed unexpectedly.');
    else if (this.#waiting.length === 1) this.#watch();
  }

  /** Writes commands. */
  write(text: string): void {
    if (!this.#isOver) this.socket.write(text);
  }

  /**
   * Writes a mail to its end, piece by piece, and stops when the connection is over. Whoever waits for its answer has
   * asked for it before: an answer may come too early.
   * @param limits how long a piece may take to leave, and then the answer, in milliseconds.
   * @param told `ending` is called right before the last piece, the dot in it, is handed over; `ended` right after.
   */
  writeMail(
    mail: Buffer,
    limits: { command: number; afterData: number },
    told: { ending: () => void; ended: () => void },
  ): void {
    const answer = this.#waiting.at(-1);
    const next = (at: number): void => {
      if (this.#isOver || !answer || !this.#waiting.includes(answer)) return;
      const isLast = at + PIECE >= mail.length;
      answer.limitMs = isLast ? limits.afterData : limits.command;
      if (this.#waiting[0] === answer) this.#watch();
      const piece = mail.subarray(at, at + PIECE);
      if (isLast) {
        told.ending();
        this.socket.write(piece);
        told.ended();
      } else this.socket.write(piece, error => void (error ?? next(at + PIECE)));
    };
    next(0);
  }

  /** Closes at once; nothing more is written, not even what was on its way. */
  cut(reason = 'The connection was given up.'): void {
    this.socket.destroy();
    this.#end(reason);
  }

  #hear(text: string): void {
    this.#lines += text;
    for (let end = this.#lines.indexOf('\n'); end >= 0; end = this.#lines.indexOf('\n')) {
      const line = this.#lines.slice(0, end).replace(/\r$/, '');
      this.#lines = this.#lines.slice(end + 1);
      this.#answer += this.#answer === '' ? line : `\r\n${line}`;
      // RFC 5321 section 4.2.1: a hyphen says that another line follows.
      if (/^\d{3}-/.test(line) && this.#answer.length < LONGEST_ANSWER) continue;
      const answer = this.#answer;
      this.#answer = '';
      this.#give(answer);
    }
    if (this.#lines.length > LONGEST_ANSWER) this.cut('The relay answered without end.');
  }

  #give(answer: string): void {
    const listener = this.#waiting.shift();
    // A goodbye in between, most often: `421 4.4.2 Timeout`.
    if (!listener) {
      this.cut();
      return;
    }
    this.#watch();
    listener.answered(answer);
  }

  #watch(): void {
    clearTimeout(this.#timer);
    const [next] = this.#waiting;
    if (next && !this.#isOver) {
      this.#timer = setTimeout(() => this.cut('The relay did not answer in time.'), next.limitMs);
    }
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#tellLost(reason);
    this.onEnd();
  }

  #tellLost(reason: string): void {
    for (const listener of this.#waiting.splice(0)) listener.lost(reason);
  }
}
