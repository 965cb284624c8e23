import { mkdir, open, readFile, rename, type FileHandle, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A message as the sandbox keeps it. */
export interface StoredSms {
  id: string;
  /** A number, a name, or a Messaging Service. */
  from: string;
  to: string;
  text: string;
  validSeconds: number | null;
  /** ISO 8601. */
  at: string;
}

/** Messages in one file, a line each, the newest at its end; rewritten when half of it is too old. */
export class SmsStore {
  #kept: StoredSms[];
  #lines: number;
  #turn: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly limit: number,
    private file: FileHandle,
    kept: StoredSms[],
  ) {
    this.#kept = kept.slice(-limit);
    this.#lines = kept.length;
  }

  static async open(folder: string, limit: number): Promise<SmsStore> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'messages.jsonl');
    const text = await readFile(path, 'utf8').catch(() => '');
    const file = await open(path, 'a');
    // A line that a kill cut off must not swallow the next.
    if (text !== '' && !text.endsWith('\n')) await file.appendFile('\n');
    return new SmsStore(path, limit, file, text.split('\n').flatMap(read));
  }

  newest(limit: number): StoredSms[] {
    return this.#kept.slice(-limit).reverse();
  }

  add(sms: StoredSms): Promise<void> {
    this.#kept.push(sms);
    if (this.#kept.length > this.limit) this.#kept.shift();
    return this.#inTurn(async () => {
      await this.file.appendFile(`${JSON.stringify(sms)}\n`);
      if (++this.#lines > this.limit * 2) await this.#rewrite();
    });
  }

  clear(): Promise<void> {
    this.#kept = [];
    return this.#inTurn(() => this.#rewrite());
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.file.close());
  }

  async #rewrite(): Promise<void> {
    const kept = [...this.#kept];
    await writeFile(`${this.path}.new`, kept.map(sms => `${JSON.stringify(sms)}\n`).join(''));
    await this.file.close();
    await rename(`${this.path}.new`, this.path);
    this.file = await open(this.path, 'a');
    this.#lines = kept.length;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/** A line that was cut off by a kill is left out. */
function read(line: string): StoredSms[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as StoredSms];
  } catch {
    return [];
  }
}
