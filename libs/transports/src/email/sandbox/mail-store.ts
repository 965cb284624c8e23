import { open, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StoredMail } from './received-mail.js';

const fileName = /^(\d{13})-(\d{6})\.eml$/;
const HEAD_BYTES = 64 * 1024;

/** Mails as files of a folder, named by time so that their order is their age; beyond the limit the oldest go. */
export class MailStore {
  /** Oldest first. */
  readonly #ids: string[] = [];
  readonly #known = new Set<string>();
  #sequence = 0;

  private constructor(
    private readonly folder: string,
    private readonly limit: number,
  ) {}

  /** Opens the folder, made when it is not there, with the mails of earlier runs. */
  static async open(folder: string, limit: number): Promise<MailStore> {
    await mkdir(folder, { recursive: true });
    const store = new MailStore(folder, limit);
    const files = (await readdir(folder)).filter(name => fileName.test(name)).sort();
    for (const file of files) store.#add(file.slice(0, -'.eml'.length));
    store.#sequence = Number(fileName.exec(files.at(-1) ?? '')?.[2] ?? 0);
    await store.#dropOldest();
    return store;
  }

  get count(): number {
    return this.#ids.length;
  }

  has(id: string): boolean {
    return this.#known.has(id);
  }

  /** Newest first. */
  ids(): string[] {
    return [...this.#ids].reverse();
  }

  /** Keeps a mail; it is on disk under its name when this resolves. */
  async add(raw: Buffer, receivedAt: Date): Promise<StoredMail> {
    this.#sequence = (this.#sequence + 1) % 1_000_000;
    const id = `${String(receivedAt.getTime()).padStart(13, '0')}-${String(this.#sequence).padStart(6, '0')}`;
    const path = this.#path(id);
    // Written under another name first: a crash in between leaves no half mail in the list.
    await writeFile(`${path}.part`, raw);
    await rename(`${path}.part`, path);
    this.#add(id);
    await this.#dropOldest();
    return { id, receivedAt, raw };
  }

  /** The whole mail, or null when it is not (or no longer) here. */
  async read(id: string): Promise<StoredMail | null> {
    if (!this.has(id)) return null;
    try {
      return { id, receivedAt: timeOf(id), raw: await readFile(this.#path(id)) };
    } catch (error) {
      return gone(error);
    }
  }

  /** The mail's beginning, enough for its header, and its size. */
  async readHead(id: string): Promise<{ mail: StoredMail; size: number } | null> {
    if (!this.has(id)) return null;
    try {
      const file = await open(this.#path(id));
      try {
        const { size } = await file.stat();
        const raw = Buffer.alloc(Math.min(size, HEAD_BYTES));
        await file.read(raw, 0, raw.length, 0);
        return { mail: { id, receivedAt: timeOf(id), raw }, size };
      } finally {
        await file.close();
      }
    } catch (error) {
      return gone(error);
    }
  }

  async clear(): Promise<void> {
    const ids = this.#ids.splice(0);
    this.#known.clear();
    for (const id of ids) await rm(this.#path(id), { force: true });
  }

  #add(id: string): void {
    this.#ids.push(id);
    this.#known.add(id);
  }

  async #dropOldest(): Promise<void> {
    while (this.#ids.length > this.limit) {
      const id = this.#ids.shift() as string;
      this.#known.delete(id);
      await rm(this.#path(id), { force: true });
    }
  }

  #path(id: string): string {
    return join(this.folder, `${id}.eml`);
  }
}

function timeOf(id: string): Date {
  return new Date(Number(id.slice(0, 13)));
}

function gone(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw error;
}
