import { EventEmitter } from 'node:events';
import { type AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { type Clock, SystemClock } from '#common';
import { MailStore } from './mail-store.js';
import {
  type MailSummary,
  readMail,
  readSummary,
  type ReceivedMail,
  type StoredMail,
} from './received-mail.js';
import { TestAddresses } from './test-addresses.js';

const LARGEST_MAIL = 50 * 1024 * 1024;

export interface SandboxOptions {
  /** Where the mails lie, as .eml files. */
  folder: string;
  /** 0 takes a free port; see `port`. */
  port: number;
  /** Mails kept; beyond it the oldest go. */
  limit?: number;
  clock?: Clock;
}

/**
 * An inbox for everyone: a real SMTP server on this machine that keeps whatever it is sent and delivers nothing.
 * Emits `mail` with the StoredMail after each one.
 */
export class SandboxInbox extends EventEmitter<{ mail: [StoredMail] }> {
  readonly #server: SMTPServer;
  readonly #addresses = new TestAddresses();
  readonly #summaries = new Map<string, MailSummary>();
  /** Mails taken since the start. */
  received = 0;
  /** Recipients refused since the start (see TestAddresses). */
  refused = 0;

  private constructor(
    private readonly store: MailStore,
    private readonly clock: Clock,
  ) {
    super();
    this.setMaxListeners(0);
    this.#server = new SMTPServer({
      name: 'sandbox.ithn.invalid',
      banner: 'Ithn sandbox inbox',
      authOptional: true,
      allowInsecureAuth: true,
      hideSTARTTLS: true,
      hideENHANCEDSTATUSCODES: true,
      disableReverseLookup: true,
      disabledCommands: ['STARTTLS'],
      size: LARGEST_MAIL,
      closeTimeout: 1000,
      logger: false,
      onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'anyone' }),
      onRcptTo: ({ address }, session, done) => done(this.#refusal(address, session)),
      onData: (stream, session, done) => {
        this.#take(stream, session).then(
          id => done(null, `2.0.0 Ok: queued as ${id}`),
          (error: unknown) =>
            done(refusal(451, `4.3.0 The sandbox could not keep the mail: ${String(error)}`)),
        );
      },
    });
    // A client that hangs up in the middle is the client's affair.
    this.#server.on('error', () => undefined);
  }

  /**
   * Starts to listen on 127.0.0.1.
   * @throws Error with a sentence that says what to do when the port is taken.
   */
  static async start({
    folder,
    port,
    limit = 5000,
    clock = new SystemClock(),
  }: SandboxOptions): Promise<SandboxInbox> {
    const inbox = new SandboxInbox(await MailStore.open(folder, limit), clock);
    await new Promise<void>((resolve, reject) => {
      inbox.#server.server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = `Port ${port} is taken, perhaps by another Ithn. Stop it, or set INBOX_SMTP_PORT to a free port.`;
        reject(error.code === 'EADDRINUSE' ? new Error(taken, { cause: error }) : error);
      });
      inbox.#server.listen(port, '127.0.0.1', () => resolve());
    });
    return inbox;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  /** Mails kept now. */
  get count(): number {
    return this.store.count;
  }

  /**
   * Newest first.
   * @param search words that all must stand in the subject or an address; empty for every mail.
   */
  async list({ search = '', limit = 50 }: { search?: string; limit?: number } = {}): Promise<MailSummary[]> {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const found: MailSummary[] = [];
    for (const id of this.store.ids()) {
      if (found.length >= limit) break;
      const summary = await this.#summary(id);
      if (summary && matches(summary, words)) found.push(summary);
    }
    return found;
  }

  /** The mail, read; null when it is not here. */
  async get(id: string): Promise<ReceivedMail | null> {
    const stored = await this.store.read(id);
    return stored && readMail(stored);
  }

  /** Every mail kept, newest first, each read when it is reached. */
  async *mails(): AsyncGenerator<ReceivedMail> {
    for (const id of this.store.ids()) {
      const mail = await this.get(id);
      if (mail) yield mail;
    }
  }

  /**
   * The first mail that fits, among those here and those to come.
   * @throws Error when none came in time.
   */
  async waitFor(fits: (mail: ReceivedMail) => boolean, timeoutMs = 60_000): Promise<ReceivedMail> {
    // Listening begins before looking, so that a mail that arrives in between is not missed.
    const arrived: StoredMail[] = [];
    let wake = (): void => undefined;
    const onMail = (mail: StoredMail): void => {
      arrived.push(mail);
      wake();
    };
    this.on('mail', onMail);
    const deadline = performance.now() + timeoutMs;
    try {
      for await (const mail of this.mails()) if (fits(mail)) return mail;
      for (;;) {
        const next = arrived.shift();
        if (next) {
          const mail = await readMail(next);
          if (fits(mail)) return mail;
          continue;
        }
        const left = deadline - performance.now();
        if (left <= 0)
          throw new Error(`No such mail came within ${timeoutMs} ms; ${this.count} others are here.`);
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, left);
          wake = () => (clearTimeout(timer), resolve());
        });
      }
    } finally {
      this.off('mail', onMail);
    }
  }

  /** Forgets every mail. */
  async clear(): Promise<void> {
    this.#summaries.clear();
    await this.store.clear();
  }

  async close(): Promise<void> {
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
  }

  #refusal(address: string, session: SMTPServerSession): Error | null {
    const from = session.envelope.mailFrom;
    const refused = this.#addresses.refusalFor(address, from ? from.address : '');
    if (!refused) return null;
    this.refused++;
    return refusal(refused.code, refused.text);
  }

  async #take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
    const chunks: Buffer[] = [trace(session, this.clock.now())];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const mail = await this.store.add(Buffer.concat(chunks), this.clock.now());
    this.received++;
    this.emit('mail', mail);
    return mail.id;
  }

  async #summary(id: string): Promise<MailSummary | null> {
    const known = this.#summaries.get(id);
    if (known) return known;
    const head = await this.store.readHead(id);
    if (!head) return null;
    const summary = await readSummary(head.mail, head.size);
    this.#summaries.set(id, summary);
    // Those of dropped mails go with the oldest.
    if (this.#summaries.size > this.store.count * 2 + 100) {
      for (const old of this.#summaries.keys()) if (!this.store.has(old)) this.#summaries.delete(old);
    }
    return summary;
  }
}

function matches(mail: MailSummary, words: string[]): boolean {
  if (words.length === 0) return true;
  const text = [mail.subject, mail.from, mail.to, ...mail.envelopeTo].join('\n').toLowerCase();
  return words.every(word => text.includes(word));
}

/** What a last stop puts on top of a mail: its envelope (RFC 5321 section 4.4). */
function trace(session: SMTPServerSession, now: Date): Buffer {
  const { mailFrom, rcptTo } = session.envelope;
  const date = now.toUTCString().replace('GMT', '+0000');
  return Buffer.from(
    `Return-Path: <${mailFrom ? mailFrom.address : ''}>\r\n` +
      rcptTo.map(({ address }) => `Delivered-To: ${address}\r\n`).join('') +
      `Received: by sandbox.ithn.invalid with ${session.transmissionType}; ${date}\r\n`,
  );
}

function refusal(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
