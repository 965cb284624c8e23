/** The longest address of RFC 5321 4.5.3.1: 64 and 255 characters with the sign between. */
const longest = 320;

/** Every address in a text, in lower case, once. By tokens, so that it stays linear. */
export function addressesIn(text: string, most = 50): string[] {
  const found = new Set<string>();
  for (const [token] of text.matchAll(/[^\s<>()[\]",;|=]+/g)) {
    if (!token.includes('@')) continue;
    const address = addressOf(token);
    if (address) found.add(address);
    if (found.size >= most) break;
  }
  return [...found];
}

/** The address a token is, without what sticks to it; null when it is none. */
function addressOf(token: string): string | null {
  let text = token.slice(0, longest * 2).toLowerCase();
  text = text.slice(text.lastIndexOf('mailto:') === -1 ? 0 : text.lastIndexOf('mailto:') + 7);
  text = text.replace(/^(?:rfc822:|smtp:)?['*.:]{0,4}/, '').replace(/['*.:!?]{1,8}$/, '');
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at).slice(text.slice(0, at).lastIndexOf(':') + 1);
  const domain = text.slice(at + 1).split(/[:'*?!]/, 1)[0] ?? '';
  if (local === '' || local.includes('@') || `${local}@${domain}`.length > longest) return null;
  return /^[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u.test(domain) ? `${local}@${domain}` : null;
}

/**
 * The recipient a report names: `rfc822; <a@b>`, `utf-8; \x{fc}@b` (RFC 6533), or what stands there when it is no
 * address. Null when there is nothing, or when it was redacted.
 */
export function reportedAddress(value: string | null): string | null {
  if (value === null) return null;
  const plain = value
    .slice(0, 1_000)
    .replace(/^\s{0,5}[A-Za-z0-9_-]{1,40}\s{0,5};/, '')
    .replace(/\\x\{([0-9a-f]{2,6})\}/gi, (whole, hex: string) => {
      const code = parseInt(hex, 16);
      return code > 0x20 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
        ? String.fromCodePoint(code)
        : whole;
    });
  const [address] = addressesIn(plain, 1);
  if (address) return isRedacted(address) ? null : address;
  const bare = plain.replace(/[<>"]/g, '').trim().toLowerCase();
  return bare === '' || isRedacted(bare) ? null : bare.slice(0, longest);
}

/** What providers write where the complaining person's address was (RFC 6590 leaves the form open). */
export function isRedacted(text: string): boolean {
  const [local = '', domain] = text.split('@', 2);
  if (domain === undefined)
    return /^\W*(?:redacted|removed|hidden|anonymi[sz]ed|unknown|undisclosed|withheld|x{3,})\W*$|^\W*$/i.test(
      text,
    );
  return (
    /redacted|\*\*|^anonymi[sz]ed$|^x{5,}$/i.test(local) ||
    /^(?:redacted|removed|hidden)(?:\.|$)/i.test(domain)
  );
}
