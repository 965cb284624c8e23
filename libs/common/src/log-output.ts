import { write, writeSync } from 'node:fs';

/** Where lines go; a test gives its own. */
export interface LogFile {
  write(text: Buffer, done: (error: NodeJS.ErrnoException | null, written: number) => void): void;
  /** @throws when it cannot be written */
  writeSync(text: Buffer): number;
}

/** Bytes that may wait for a slow reader; what comes on top is dropped. */
const MOST_WAITING = 4 * 1024 * 1024;
/** How soon a reader that is busy is tried again, in milliseconds. */
const AGAIN_MS = 100;

/**
 * Lines on their way to a log that may not take them: the disk is full, the reader is gone or slow. That costs lines and
 * never the program: they are dropped and counted, and the log says so as soon as it can be written again.
 */
export class LogOutput {
  #waiting: Buffer[] = [];
  #bytes = 0;
  #writing = false;
  #dropped = 0;

  constructor(private readonly file: LogFile) {}

  write(line: string): void {
    const text = Buffer.from(line);
    if (this.#bytes + text.length > MOST_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(text);
    this.#bytes += text.length;
    if (!this.#writing) this.#next();
  }

  /** Writes what waits, now: the process ends. One try; a log that cannot be written must not keep it. */
  flushSync(): void {
    const text = this.#take();
    try {
      for (let at = 0; at < text.length;) at += this.file.writeSync(text.subarray(at));
    } catch {
      this.#dropped += linesOf(text);
    }
  }

  #next(): void {
    const text = this.#take();
    this.#writing = text.length > 0;
    if (this.#writing) this.#put(text);
  }

  #put(text: Buffer): void {
    this.file.write(text, (error, written) => {
      if (error?.code === 'EAGAIN' || error?.code === 'EBUSY') {
        // Not unref'd: what is being said when the program ends is often why.
        setTimeout(() => this.#put(text), AGAIN_MS);
      } else if (error) {
        this.#dropped += linesOf(text);
        // No further try by itself: the next line is the next try.
        this.#dropped += this.#waiting.length;
        this.#forget();
        this.#writing = false;
      } else if (written < text.length) this.#put(text.subarray(written));
      else this.#next();
    });
  }

  /** All that waits, and before it how much was dropped. */
  #take(): Buffer {
    if (this.#waiting.length === 0) return Buffer.alloc(0);
    const lines = this.#waiting;
    if (this.#dropped > 0) {
      const line = {
        level: 40,
        time: Date.now(),
        lines: this.#dropped,
        msg: 'the log could not be written for a while',
      };
      lines.unshift(Buffer.from(`${JSON.stringify(line)}\n`));
      this.#dropped = 0;
    }
    this.#forget();
    return Buffer.concat(lines);
  }

  #forget(): void {
    this.#waiting = [];
    this.#bytes = 0;
  }
}

function linesOf(text: Buffer): number {
  let lines = 0;
  for (const byte of text) if (byte === 10) lines++;
  return lines;
}

let stderr: LogOutput | undefined;

/** This process's stderr, the same for every logger. */
export function stderrOutput(): LogOutput {
  if (stderr) return stderr;
  const output = new LogOutput({
    write: (text, done) => write(2, text, done),
    writeSync: text => writeSync(2, text),
  });
  process.on('exit', () => output.flushSync());
  stderr = output;
  return output;
}
