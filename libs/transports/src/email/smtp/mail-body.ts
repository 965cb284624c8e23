import { Readable } from 'node:stream';

const PIECE = 64 * 1024;

/**
 * A mail as the connection reads it, which is how we know how far it got: nodemailer writes the final dot only after
 * this stream has ended, so while `ended` is false the dot was not written. Its errors are the same before and after.
 */
export class MailBody extends Readable {
  /** From here on the relay may have the whole mail. */
  ended = false;
  #at = 0;

  /** @param onProgress called whenever more of the mail is taken, and once more at its end. */
  constructor(
    private readonly raw: Buffer,
    private readonly onProgress: () => void,
  ) {
    super({ highWaterMark: PIECE });
  }

  /** The relay has said that it wants the mail. */
  get started(): boolean {
    return this.#at > 0;
  }

  override _read(): void {
    if (this.#at < this.raw.length) {
      const piece = this.raw.subarray(this.#at, this.#at + PIECE);
      this.#at += piece.length;
      this.onProgress();
      this.push(piece);
      return;
    }
    this.ended = true;
    this.onProgress();
    this.push(null);
  }
}
