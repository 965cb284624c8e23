import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { MailBody } from './mail-body.js';
import { type RelayOptions } from './relay-options.js';
import { isTooBig, toAcceptance, toFailure } from './read-nodemailer.js';
import { type SmtpFailure, type SmtpResult } from './smtp-reply.js';

export interface SmtpMail {
  from: string;
  to: string;
  raw: Buffer;
  /** With the dot that ends it. */
  wire: Buffer;
  needsSmtpUtf8: boolean;
  /** Spellings of the recipient's address, kept out of replies. */
  secrets: readonly string[];
  idempotencyKey?: string | null;
}

/** A relay that could not be reached or would not have us. */
export class SessionError extends Error {
  constructor(readonly result: SmtpFailure) {
    super(result.kind === 'refused' ? result.reply.text : result.reason);
    this.name = 'SessionError';
  }
}

/** One connection to a relay, logged in, for one mail at a time. */
export class SmtpSession {
  /** Mails offered on this connection. */
  mails = 0;
  #usable = true;
  #needsReset = false;
  #onEnd: () => void = () => undefined;

  private constructor(
    private readonly connection: SMTPConnection,
    private readonly options: RelayOptions,
    private readonly offersSmtpUtf8: boolean,
  ) {
    connection.once('end', () => {
      this.#usable = false;
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
      // Our own timers are stricter; this one only covers what they do not see.
      socketTimeout: Math.max(timeouts.command, timeouts.afterData) + 60_000,
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
      const offersSmtpUtf8 = /^250[ -]SMTPUTF8\b/im.test(String(connection.lastServerResponse));
      if (options.credentials) await logIn(connection, options.credentials, timeouts.command);
      return new SmtpSession(connection, options, offersSmtpUtf8);
    } catch (error) {
      connection.close();
      throw new SessionError(toFailure(error as Error, false, []));
    }
  }

  /** Whether another mail may follow on this connection. */
  get usable(): boolean {
    return this.#usable && this.mails < this.options.messagesPerConnection;
  }

  /** Called when the connection ends by itself. */
  set onEnd(listener: () => void) {
    this.#onEnd = listener;
  }

  /** Offers one mail. Never rejects; after anything but a clear answer the connection is gone. */
  async send(mail: SmtpMail): Promise<SmtpResult> {
    if (mail.needsSmtpUtf8 && !this.offersSmtpUtf8) {
      return {
        kind: 'impossible',
        reason: 'The address needs SMTPUTF8, which this relay does not offer.',
        enhanced: '5.6.7',
      };
    }
    this.mails++;
    const result = await this.#transact(mail);
    if (result.kind === 'lost' || (result.kind === 'refused' && result.reply.code === 421)) this.abandon();
    // A refused envelope leaves its transaction open; the next MAIL FROM would be out of step.
    this.#needsReset = result.kind === 'refused' && result.stage !== 'body';
    return result;
  }

  /** Makes the connection ready for the next mail; separate, so that an outcome does not wait for it. */
  async recover(): Promise<void> {
    if (!this.#needsReset || !this.usable) return;
    this.#needsReset = false;
    try {
      await within(this.options.timeouts.command, this.connection, 'The relay did not answer RSET', done =>
        this.connection.reset(done),
      );
    } catch {
      this.abandon();
    }
  }

  #transact(mail: SmtpMail): Promise<SmtpResult> {
    return new Promise(resolve => {
      const { command, afterData } = this.options.timeouts;
      let timer: NodeJS.Timeout | undefined;
      let settled = false;
      const body = new MailBody(mail, () => wait(body.ended ? afterData : command));
      const settle = (result: SmtpResult): void => {
        settled = true;
        clearTimeout(timer);
        this.connection.off('end', onEnd);
        resolve(result);
      };
      const wait = (milliseconds: number): void => {
        clearTimeout(timer);
        if (settled) return;
        timer = setTimeout(() => {
          settle({ kind: 'lost', reason: 'The relay did not answer in time.', bodyEnded: body.ended });
          this.abandon();
        }, milliseconds);
      };
      // nodemailer always calls back first; a connection that ends without a word still ends the wait.
      const onEnd = (): void => {
        setImmediate(() =>
          settle({ kind: 'lost', reason: 'The connection closed unexpectedly.', bodyEnded: body.ended }),
        );
      };
      this.connection.once('end', onEnd);
      wait(command);
      const { from, to, raw, needsSmtpUtf8 } = mail;
      this.connection.send(
        { from, to, size: raw.length, use8BitMime: needsSmtpUtf8 },
        body,
        (error, info) => {
          // An answer in the middle of the mail: the rest of it, and the dot, must not follow.
          if (body.started && !body.ended) this.abandon();
          if (isTooBig(error)) {
            settle({
              kind: 'impossible',
              reason: 'The mail is larger than the relay takes.',
              enhanced: '5.3.4',
            });
          } else if (error) settle(toFailure(error, body.ended, mail.secrets));
          else if (!info || !body.ended) {
            settle({
              kind: 'lost',
              reason: 'The relay answered before the mail had ended.',
              bodyEnded: body.ended,
            });
          } else settle(toAcceptance(info.response, info.serverMessageId, mail.secrets));
        },
      );
    });
  }

  /** Says goodbye and closes. */
  quit(): void {
    if (!this.#usable) return;
    this.#usable = false;
    this.connection.quit();
    setTimeout(() => this.connection.close(), 1_000).unref();
  }

  /** Closes at once; nothing more is written, not even what was on its way. */
  abandon(): void {
    this.#usable = false;
    const socket = this.connection._socket;
    this.connection.close();
    if (socket) socket.destroy();
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
