const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648 section 6 in small letters and without padding: for what travels where capitals may be lost. */
export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(value >>> (bits - 5)) & 31];
  }
  return bits > 0 ? text + ALPHABET[(value << (5 - bits)) & 31] : text;
}

/** Reads it, in letters of either size. null for anything else; of bits that say nothing each must be 0. */
export function fromBase32(text: string): Buffer | null {
  const bytes = Buffer.alloc(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let value = 0;
  let at = 0;
  for (const letter of text.toLowerCase()) {
    const five = ALPHABET.indexOf(letter);
    if (five < 0) return null;
    value = ((value << 5) | five) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (value >>> bits) & 0xff;
  }
  // One spelling for each value, so that a token cannot be varied.
  return bits >= 5 || (value & ((1 << bits) - 1)) !== 0 ? null : bytes;
}
