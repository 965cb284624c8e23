/** Cuts a stream of bytes into pieces of one size; the last may be shorter, and none is empty. */
export async function* cutInPieces(source: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length;) {
      const taken = chunk.subarray(at, at + size - length);
      waiting.push(taken);
      length += taken.length;
      at += taken.length;
      if (length === size) {
        yield Buffer.concat(waiting, length);
        waiting = [];
        length = 0;
      }
    }
  }
  if (length > 0) yield Buffer.concat(waiting, length);
}
