import { type Socket } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { readExtensions, type SmtpExtensions } from './ehlo.js';
import { type RelayOptions } from './relay-options.js';
import { toFailure } from './read-nodemailer.js';
import { type SmtpFailure, type SmtpResult } from './smtp-reply.js';
import { type SmtpMail, SmtpTransaction } from './smtp-transaction.js';
import { SmtpWire } from './smtp-wire.js';

/** A relay that could not be reached or would not have us. */
export class SessionError extends Error {
  constructor(readonly result: SmtpFailure) {
    super(result.kind === 'refused' ? result.reply.text : result.reason);
    this.name = 'SessionError';
  }
}

/**
 * One connection to a relay, logged in. nodemailer opens it; what follows is our own dialogue, because only that can let
 * the next mail's envelope follow a mail whose answer is still to come.
 */
export class SmtpSession {
  /** Mails offered on this connection. */
  mails = 0;
  /** Called when another mail may be offered although the one before has no answer yet. */
  onRoom: () => void = () => undefined;
  /** The shortest that the answer to an envelope took, of those that followed no unanswered mail, in milliseconds. */
  roundTripMs = Infinity;
  #unanswered = 0;
  readonly #wire: SmtpWire;
  /** The whole of the last mail is on its way. */
  #ended = false;
  #needsReset = false;
  #onEnd: () => void = () => undefined;

  private constructor(
    connection: SMTPConnection,
    socket: Socket,
    private readonly options: RelayOptions,
    private readonly offers: SmtpExtensions,
  ) {
    this.#wire = new SmtpWire(socket, () => {
      connection.close();
      this.#onEnd();
    });
  }

  /**
   * Connects, greets, encrypts and logs in.
   * @throws SessionError
   */
  static async open(options: RelayOptions): Promise<SmtpSession> {
    const { timeouts } = options;
    const connection = new SMTPConnection({
      host: options.host,
      port: options.port,
      secure: options.tls === 'implicit',
      requireTLS: options.tls === 'required',
      ignoreTLS: options.tls === 'off',
      tls: { rejectUnauthorized: options.checkCertificate, minVersion: 'TLSv1.2' },
      name: options.ehloName,
      connectionTimeout: timeouts.connect + timeouts.greeting,
      dnsTimeout: timeouts.connect,
      greetingTimeout: timeouts.greeting,
      // For the login; from then on our own timers watch.
      socketTimeout: timeouts.command,
      socketCloseTimeout: 2_000,
      logger: false,
    });
    // An `error` event that nobody listens for would end the process; every one is also told in another way.
    connection.on('error', () => undefined);
    try {
      await within(
        timeouts.connect + timeouts.greeting,
        connection,
        'The relay did not answer in time',
        done => connection.connect(done),
      );
      const offers = readExtensions(String(connection.lastServerResponse));
      if (options.credentials) await logIn(connection, options.credentials, timeouts.command);
      const socket = connection._socket;
      if (!socket) throw new Error('The connection closed unexpectedly.');
      return new SmtpSession(connection, socket, options, offers);
    } catch (error) {
      connection.close();
      throw new SessionError(toFailure(error as Error));
    }
  }

  /** Whether another mail may follow on this connection. */
  get usable(): boolean {
    return !this.#wire.isOver && this.mails < this.options.messagesPerConnection;
  }

  /** Whether the next mail may follow the last one, which has left and may still be unanswered. */
  get hasRoom(): boolean {
    return this.#ended && this.offers.pipelining && this.usable;
  }

  /** Called when the connection ends by itself. */
  set onEnd(listener: () => void) {
    this.#onEnd = listener;
  }

  /**
   * Offers one mail, at once or, after `onRoom`, behind the one before. Never rejects; after anything but a clear answer
   * the connection is gone.
   */
  async send(mail: SmtpMail): Promise<SmtpResult> {
    const refused = this.#refusedUnasked(mail);
    if (refused) return refused;
    this.mails++;
    this.#ended = false;
    const isAlone = this.#unanswered++ === 0;
    const onEnded = (envelopeMs: number): void => {
      this.#ended = true;
      if (isAlone) this.roundTripMs = Math.min(this.roundTripMs, envelopeMs);
      if (this.hasRoom) this.onRoom();
    };
    const transaction = new SmtpTransaction(this.#wire, mail, this.offers, this.options.timeouts, onEnded);
    const result = await transaction.run();
    this.#unanswered--;
    // A refused envelope leaves its transaction open; the next MAIL FROM would be out of step.
    if (result.kind === 'refused' && result.stage !== 'body') this.#needsReset = true;
    return result;
  }

  /** Makes the connection ready for the next mail; separate, so that an outcome does not wait for it. */
  async recover(): Promise<void> {
    if (!this.#needsReset || !this.usable) return;
    this.#needsReset = false;
    await new Promise<void>(resolve => {
      this.#wire.expect(this.options.timeouts.command, {
        answered: text => {
          if (!text.startsWith('2')) this.abandon();
          resolve();
        },
        lost: () => resolve(),
      });
      this.#wire.write('RSET\r\n');
    });
  }

  /** What can be said of a mail without offering it. */
  #refusedUnasked({ needsSmtpUtf8, raw }: SmtpMail): SmtpResult | null {
    const { smtpUtf8, mostBytes } = this.offers;
    if (needsSmtpUtf8 && !smtpUtf8) {
      const reason = 'The address needs SMTPUTF8, which this relay does not offer.';
      return { kind: 'impossible', reason, enhanced: '5.6.7' };
    }
    if (mostBytes !== null && raw.length > mostBytes) {
      return { kind: 'impossible', reason: 'The mail is larger than the relay takes.', enhanced: '5.3.4' };
    }
    return null;
  }

  /** Says goodbye and closes. */
  quit(): void {
    if (this.#wire.isOver) return;
    this.#wire.expect(1_000, { answered: () => this.abandon(), lost: () => undefined });
    this.#wire.write('QUIT\r\n');
  }

  /** Closes at once; nothing more is written, not even what was on its way. */
  abandon(): void {
    this.#wire.cut();
  }
}

/** Waits for nodemailer's callback, its `error` event or the clock, whichever comes first. */
function within(
  milliseconds: number,
  connection: SMTPConnection,
  late: string,
  start: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${late}.`)), milliseconds);
    const finish = (error?: Error | null): void => {
      clearTimeout(timer);
      connection.off('end', onEnd);
      connection.off('error', finish);
      if (error) reject(error);
      else resolve();
    };
    const onEnd = (): void => finish(new Error('The connection closed unexpectedly.'));
    connection.once('error', finish);
    connection.once('end', onEnd);
    start(finish);
  });
}

async function logIn(
  connection: SMTPConnection,
  credentials: { user: string; pass: string },
  timeout: number,
): Promise<void> {
  if (!connection.allowsAuth) {
    throw new Error('The relay offers no login, and its URL has a user and a password.');
  }
  await within(timeout, connection, 'The relay did not answer the login', done =>
    connection.login({ ...credentials }, done),
  );
}
