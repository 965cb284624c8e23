import { type Refusal, refused } from './provider.js';

/** Largest body that is read; SendGrid, which sends most at once, stays below a megabyte. */
export const LARGEST_BODY = 2 * 1024 * 1024;
/** Deepest nesting that is read; no provider goes beyond eight. */
export const DEEPEST = 32;

/** The value, or why there is none. The depth is counted before anything is built, in one walk over the bytes. */
export function parseJson(body: Buffer): { value: unknown } | Refusal {
  if (depthOf(body) > DEEPEST) {
    return refused('WEBHOOK_TOO_LARGE', `The body is nested deeper than ${DEEPEST} levels.`);
  }
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown };
  } catch {
    return refused('WEBHOOK_UNREADABLE', 'The body is not JSON in UTF-8.');
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** How deep the brackets outside of strings go. Of what is no JSON it may say anything. */
function depthOf(body: Buffer): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] as number;
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (OPENING.has(byte)) deepest = Math.max(deepest, ++depth);
    else if (CLOSING.has(byte)) depth--;
  }
  return deepest;
}
