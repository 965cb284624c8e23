/** Non-negative integers up to 2^53 in as few bytes as they need (LEB128), so that links stay short. */
export function encodeVarints(values: number[]): Buffer {
  const bytes: number[] = [];
  for (let value of values) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`Not a varint: ${value}`);
    while (value >= 0x80) {
      bytes.push((value % 0x80) | 0x80);
      value = Math.floor(value / 0x80);
    }
    bytes.push(value);
  }
  return Buffer.from(bytes);
}

/** Reads `count` varints; returns them and what is left, or null when the bytes end too early. */
export function decodeVarints(bytes: Buffer, count: number): { values: number[]; rest: Buffer } | null {
  const values: number[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) return null;
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) return null;
      if (byte < 0x80) break;
      scale *= 0x80;
    }
    values.push(value);
  }
  return { values, rest: bytes.subarray(at) };
}
