import { type AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { type Logger } from '#common';
import { type InboundMailService } from './inbound-mail.service.js';

export interface ListenerOptions {
  host: string;
  /** 0 takes a free port; see `port`. */
  port: number;
  /** What it calls itself. */
  name: string;
  /** Bytes of a mail; a larger one is refused before it is read. */
  largestMail?: number;
  /** Mails a second, over all connections; beyond it their servers are asked to come again. */
  mailsPerSecond?: number;
  connections?: number;
  connectionsOfOne?: number;
  /** Bytes of mails that are being taken and not yet kept, all connections together. */
  memory?: number;
}

const defaults = {
  largestMail: 10 * 1024 * 1024,
  mailsPerSecond: 200,
  connections: 200,
  connectionsOfOne: 50,
  memory: 64 * 1024 * 1024,
};
/** Recipients of one mail; a server that has more sends the rest in another (RFC 5321 section 4.5.3.1.10). */
const MOST_RECIPIENTS = 50;
const SILENCE_MS = 60_000;

type Refused = 'too large' | 'no room';

/**
 * Takes mail for our own addresses, and for no other: it relays nothing. A mail is answered with 250 once it is kept, so
 * that a server that hears nothing brings it again; the same one again is no news.
 */
export class InboundListener {
  readonly #server: SMTPServer;
  readonly #limits: Required<ListenerOptions>;
  readonly #open = new Map<string, number>();
  #second = 0;
  #mails = 0;
  #held = 0;

  private constructor(
    private readonly inbound: InboundMailService,
    private readonly logger: Logger,
    options: ListenerOptions,
  ) {
    this.#limits = { ...defaults, ...options };
    this.#server = new SMTPServer({
      ...{ name: options.name, banner: 'Ithn', size: this.#limits.largestMail, logger: false },
      ...{ authOptional: true, hideSTARTTLS: true, disableReverseLookup: true },
      ...{ disabledCommands: ['AUTH', 'STARTTLS'], hideENHANCEDSTATUSCODES: false },
      ...{ maxClients: this.#limits.connections, socketTimeout: SILENCE_MS, closeTimeout: 2000 },
      onConnect: ({ remoteAddress }, done) => done(this.#enter(remoteAddress)),
      onClose: ({ remoteAddress }) => this.#leave(remoteAddress),
      onRcptTo: ({ address }, session, done) => done(this.#refusal(address, session)),
      onData: (stream, session, done) => {
        this.#take(stream, session).then(
          answer => (answer instanceof Error ? done(answer) : done(null, answer)),
          (error: unknown) => {
            this.logger.error(
              { err: error },
              'a mail that came back could not be kept; its server comes again',
            );
            done(refusal(451, '4.3.0 The mail could not be kept. Please try again later.'));
          },
        );
      },
    });
    // A client that hangs up in the middle is the client's affair.
    this.#server.on('error', () => undefined);
  }

  /** @throws Error when the port cannot be listened on */
  static async start(
    inbound: InboundMailService,
    logger: Logger,
    options: ListenerOptions,
  ): Promise<InboundListener> {
    const listener = new InboundListener(inbound, logger, options);
    await new Promise<void>((resolve, reject) => {
      listener.#server.server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = `FEEDBACK_SMTP_PORT: port ${options.port} cannot be listened on (${error.code ?? error.message}).`;
        reject(new Error(taken, { cause: error }));
      });
      listener.#server.listen(options.port, options.host, () => resolve());
    });
    return listener;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  /** Takes no further connection and lets those that are there finish what they have begun, for a moment. */
  async close(): Promise<void> {
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
  }

  #enter(address: string): Error | null {
    const open = (this.#open.get(address) ?? 0) + 1;
    this.#open.set(address, open);
    return open > this.#limits.connectionsOfOne ? refusal(421, '4.7.0 Too many connections from you.') : null;
  }

  #leave(address: string): void {
    const open = (this.#open.get(address) ?? 1) - 1;
    if (open > 0) this.#open.set(address, open);
    else this.#open.delete(address);
  }

  #refusal(address: string, session: SMTPServerSession): Error | null {
    if (session.envelope.rcptTo.length >= MOST_RECIPIENTS) return refusal(452, '4.5.3 Too many recipients.');
    return this.inbound.takes(address) ? null : refusal(550, '5.1.1 There is no such address here.');
  }

  async #take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string | Error> {
    const held = { bytes: 0 };
    try {
      const raw = await this.#read(stream, held);
      if (raw === 'too large') return refusal(552, '5.3.4 The mail is too large.');
      if (raw === 'no room' || this.#isTooFast())
        return refusal(451, '4.3.2 Too many mails just now. Please try again in a minute.');
      const { mailFrom, rcptTo } = session.envelope;
      await this.inbound.accept(
        mailFrom ? mailFrom.address : '',
        rcptTo.map(({ address }) => address),
        raw,
      );
      return '2.0.0 Ok: kept';
    } finally {
      this.#held -= held.bytes;
    }
  }

  /** The mail's bytes, counted in `held` too. What is refused is read on and thrown away, as the dialogue needs. */
  async #read(stream: SMTPServerDataStream, held: { bytes: number }): Promise<Buffer | Refused> {
    const { largestMail, memory } = this.#limits;
    const chunks: Buffer[] = [];
    let refused: Refused | null = null;
    for await (const chunk of stream) {
      if (refused) continue;
      const { length } = chunk as Buffer;
      if (held.bytes + length > largestMail) refused = 'too large';
      else if (this.#held + length > memory) refused = 'no room';
      if (refused) {
        chunks.length = 0;
        this.#held -= held.bytes;
        held.bytes = 0;
        continue;
      }
      chunks.push(chunk as Buffer);
      held.bytes += length;
      this.#held += length;
    }
    return refused ?? Buffer.concat(chunks);
  }

  #isTooFast(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) [this.#second, this.#mails] = [second, 0];
    return ++this.#mails > this.#limits.mailsPerSecond;
  }
}

function refusal(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
