import { domainToASCII } from 'node:url';

const web = /^(https?:\/\/)([^/?#\\]*)([\s\S]*)$/i;

/**
 * An address as a header can bear it. One of ASCII alone stays to the letter. Of one in another script, which a header
 * cannot bear, each such character is written as every browser writes it when it asks for that address (RFC 3987 section
 * 3.1): the host as punycode, the rest as UTF-8 in per cent; everything else stays to the letter.
 */
export function locationOf(address: string): string {
  if (/^[\x21-\x7e]*$/.test(address)) return address;
  const [, scheme = '', authority = '', rest = ''] = web.exec(address) ?? [];
  const at = authority.lastIndexOf('@') + 1;
  const [, host = '', port = ''] = /^([\s\S]*?)(:\d*)?$/.exec(authority.slice(at)) ?? [];
  return `${scheme}${inPerCent(authority.slice(0, at))}${domainToASCII(host) || inPerCent(host)}${port}${inPerCent(rest)}`;
}

function inPerCent(text: string): string {
  return text.replace(/[^\x21-\x7e]+/g, run => encodeURIComponent(run.replace(/\p{Surrogate}/gu, '\ufffd')));
}
