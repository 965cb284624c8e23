const FIRST_SIZE = 128 * 1024;
const KEPT_SIZE = 4 * 1024 * 1024;

/** A buffer that grows, so that a mail is written once and copied once. */
export class ByteWriter {
  bytes = Buffer.allocUnsafe(FIRST_SIZE);
  length = 0;

  /** Makes room for this many further bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  /** @param text ASCII only. */
  ascii(text: string): void {
    this.reserve(text.length);
    this.length += this.bytes.write(text, this.length, 'latin1');
  }

  copy(bytes: Buffer): void {
    this.reserve(bytes.length);
    bytes.copy(this.bytes, this.length);
    this.length += bytes.length;
  }

  utf8(text: string): void {
    this.reserve(text.length * 3);
    this.length += this.bytes.write(text, this.length, 'utf8');
  }

  /** What was written, as a copy; the writer is empty again. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.length));
    this.length = 0;
    // One giant mail must not keep its size for the life of the process.
    if (this.bytes.length > KEPT_SIZE) this.bytes = Buffer.allocUnsafe(FIRST_SIZE);
    return taken;
  }
}
