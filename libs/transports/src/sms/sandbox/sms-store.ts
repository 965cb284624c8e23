import { mkdir, open, readFile, rename, type FileHandle, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Twilio's words: what the API was given, what somebody wrote to us, and what we answered to that. */
export type SmsDirection = 'outbound-api' | 'outbound-reply' | 'inbound';

/** A message as the sandbox keeps it. */
export interface StoredSms {
  id: string;
  direction: SmsDirection;
  /** A number, a name, or a Messaging Service. */
  from: string;
  to: string;
  text: string;
  validSeconds: number | null;
  /** ISO 8601. */
  at: string;
  /** `received`: whoever answers for the number took it; `failed`: they did not. */
  state: 'queued' | 'delivered' | 'undelivered' | 'receiving' | 'received' | 'failed';
  /** Twilio's, of one that is undelivered; of one that failed the HTTP status it was answered with, null: with none. */
  errorCode: number | null;
}

export type SmsChange = Pick<StoredSms, 'state' | 'errorCode'>;

/**
 * Messages in one file, a line each, the newest at its end; what became of one is a line of its own that takes the place of
 * the first. Rewritten when half of it is too old.
 */
export class SmsStore {
  #kept: Map<string, StoredSms>;
  #lines: number;
  #turn: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly limit: number,
    private file: FileHandle,
    lines: readonly StoredSms[],
  ) {
    const latest = new Map(lines.map(sms => [sms.id, sms]));
    this.#kept = new Map([...latest].slice(-limit));
    this.#lines = lines.length;
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

  get count(): number {
    return this.#kept.size;
  }

  /** Newest first; all, or those that fit. */
  newest(limit: number, fits: (sms: StoredSms) => boolean = () => true): StoredSms[] {
    return [...this.#kept.values()].reverse().filter(fits).slice(0, limit);
  }

  add(sms: StoredSms): Promise<void> {
    this.#kept.set(sms.id, sms);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.limit && oldest !== undefined) this.#kept.delete(oldest);
    return this.#write(sms);
  }

  /** Changes nothing when the message is no longer kept. */
  async change(id: string, change: SmsChange): Promise<void> {
    const sms = this.#kept.get(id);
    if (!sms) return;
    const changed = { ...sms, ...change };
    this.#kept.set(id, changed);
    await this.#write(changed);
  }

  clear(): Promise<void> {
    this.#kept.clear();
    return this.#inTurn(() => this.#rewrite());
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.file.close());
  }

  #write(sms: StoredSms): Promise<void> {
    return this.#inTurn(async () => {
      await this.file.appendFile(`${JSON.stringify(sms)}\n`);
      if (++this.#lines > this.limit * 2) await this.#rewrite();
    });
  }

  async #rewrite(): Promise<void> {
    const kept = [...this.#kept.values()];
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

/** A line that was cut off by a kill is left out; one of an older release lacks what was not kept then. */
function read(line: string): StoredSms[] {
  const older = { direction: 'outbound-api', state: 'queued', errorCode: null } as const;
  try {
    return line === '' ? [] : [{ ...older, ...(JSON.parse(line) as StoredSms) }];
  } catch {
    return [];
  }
}
