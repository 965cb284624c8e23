import { type SmtpExtensions } from './ehlo.js';
import { parseReply, type SmtpReply, type SmtpResult, type SmtpStage, toAcceptance } from './smtp-reply.js';
import { type SmtpWire } from './smtp-wire.js';

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
  messageId?: string;
}

export interface Limits {
  command: number;
  afterData: number;
}

interface Refusal {
  stage: SmtpStage;
  reply: SmtpReply;
}

/** RFC 5321 section 3.8: the relay closes the connection. */
const GOODBYE = 421;

type Step = { stage: SmtpStage; text: string; wanted: 2 | 3 };

/**
 * One mail's dialogue: MAIL, RCPT and DATA together where the relay takes them so, then the mail, whose answer is the
 * outcome. While the mail's last piece has not been handed over the relay provably does not have it.
 *
 * The mail needs no dots doubled and no line ends mended: quoted-printable and base64 never begin a line with a dot, nor
 * do our headers, and all of them end their lines with CR LF.
 */
export class SmtpTransaction {
  /** From here on the relay may have the whole mail. */
  #ended = false;
  #begun = 0;
  #refusal: Refusal | null = null;
  #settle: (result: SmtpResult) => void = () => undefined;

  constructor(
    private readonly wire: SmtpWire,
    private readonly mail: SmtpMail,
    private readonly offers: SmtpExtensions,
    private readonly limits: Limits,
    /**
     * The whole mail is on its way: the next one's envelope may follow it (RFC 2920 section 3.1). `envelopeMs`: how long the
     * answer to this one's took.
     */
    private readonly onEnded: (envelopeMs: number) => void,
  ) {}

  /** Never rejects. After a loss or a goodbye the connection is gone. */
  run(): Promise<SmtpResult> {
    return new Promise(resolve => {
      this.#settle = resolve;
      this.#begun = performance.now();
      const steps = this.#envelope();
      if (this.offers.pipelining) {
        this.wire.write(steps.map(({ text }) => text).join(''));
        for (const step of steps) this.#await(step, code => this.#envelopeAnswered(step, code));
      } else this.#oneByOne(steps);
    });
  }

  #envelope(): Step[] {
    const { from, to, raw, needsSmtpUtf8 } = this.mail;
    const { size, eightBitMime } = this.offers;
    const parameters =
      (size ? ` SIZE=${raw.length}` : '') +
      (needsSmtpUtf8 ? ` SMTPUTF8${eightBitMime ? ' BODY=8BITMIME' : ''}` : '');
    return [
      { stage: 'sender', text: `MAIL FROM:<${from}>${parameters}\r\n`, wanted: 2 },
      { stage: 'recipient', text: `RCPT TO:<${to}>\r\n`, wanted: 2 },
      { stage: 'data', text: 'DATA\r\n', wanted: 3 },
    ];
  }

  #oneByOne([step, ...rest]: Step[]): void {
    if (!step) return;
    this.wire.write(step.text);
    this.#await(step, code => {
      if (this.#refusal) this.#refuse(this.#refusal);
      else if (step.stage === 'data') this.#envelopeAnswered(step, code);
      else this.#oneByOne(rest);
    });
  }

  /** Waits for a command's answer and keeps the first refusal; what cannot be an answer ends the connection. */
  #await({ stage, wanted }: Step, then: (code: number) => void): void {
    this.wire.expect(this.limits.command, {
      answered: text => {
        const reply = parseReply(text, this.mail.secrets);
        const code = reply?.code ?? 0;
        if (reply && code >= 400) {
          this.#refusal ??= { stage, reply };
          if (code === GOODBYE) return this.#refuse(this.#refusal);
        } else if (Math.floor(code / 100) !== wanted) return this.#lose('The relay answered out of step.');
        then(code);
      },
      lost: reason =>
        this.#refusal
          ? this.#refuse(this.#refusal)
          : this.#settle({ kind: 'lost', reason, bodyEnded: false }),
    });
  }

  #envelopeAnswered({ stage }: Step, code: number): void {
    if (stage !== 'data') return;
    if (!this.#refusal) return this.#sendMail();
    this.#refuse(this.#refusal);
    // RFC 2920 section 3.1: one that wants a mail to nobody gets the dot alone, and its answer is no news.
    if (code >= 400) return;
    this.wire.expect(this.limits.command, { answered: () => undefined, lost: () => undefined });
    this.wire.write('.\r\n');
  }

  #sendMail(): void {
    const envelopeMs = performance.now() - this.#begun;
    this.wire.expect(this.limits.command, {
      answered: text => this.#mailAnswered(text),
      lost: reason => this.#settle({ kind: 'lost', reason, bodyEnded: this.#ended }),
    });
    this.wire.writeMail(this.mail.wire, this.limits, {
      ending: () => (this.#ended = true),
      ended: () => this.onEnded(envelopeMs),
    });
  }

  #mailAnswered(text: string): void {
    const reply = parseReply(text, this.mail.secrets);
    // An answer in the middle of the mail: the rest of it, and the dot, must not follow.
    if (!this.#ended) this.wire.cut();
    if (reply && reply.code >= 400) this.#refuse({ stage: 'body', reply });
    else if (!this.#ended) this.#lose('The relay answered before the mail had ended.');
    else if (reply && reply.code < 300) this.#settle(toAcceptance(reply));
    else this.#lose('The relay gave no answer that can be read.');
  }

  #refuse(refusal: Refusal): void {
    this.#settle({ kind: 'refused', ...refusal });
    // At once: a mail that follows must not be on its way when the connection closes.
    if (refusal.reply.code === GOODBYE) this.wire.cut();
  }

  #lose(reason: string): void {
    this.#settle({ kind: 'lost', reason, bodyEnded: this.#ended });
    this.wire.cut(reason);
  }
}
