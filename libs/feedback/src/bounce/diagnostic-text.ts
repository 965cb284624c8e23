import { foldText } from '#common';
import { decodeWords } from 'postal-mime';
import { type EnhancedStatus, parseStatus } from './enhanced-status.js';

/** A server's words, ready for rules: without addresses, hosts, numbers and punctuation, in one spelling. */
export interface DiagnosticText {
  /** Words in lower case with single spaces, one in front and one behind. */
  words: string;
  /** Every enhanced status in it, in order: the innermost server's stands last. */
  statuses: EnhancedStatus[];
  /** Every reply code in it. */
  codes: number[];
}

/** Nobody explains more than this; a report that does is cut in the middle. */
const longest = 6_000;

export function readDiagnostic(source: string): DiagnosticText {
  const plain = withoutAddresses(decodeLeftovers(cut(source)));
  const statuses: EnhancedStatus[] = [];
  const codes: number[] = [];
  const rest = plain
    .replace(/(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)/g, found => {
      const status = parseStatus(found);
      if (status) statuses.push(status);
      return ' ';
    })
    // `550-` may stand in front of every line of a long answer; it counts where an answer begins.
    .replace(/(?<![\w.-])[45]\d\d(?![\w.]|-\d)/g, (found, at: number, whole: string) => {
      const before = whole.slice(Math.max(0, at - 8), at).trimEnd();
      if (before !== '' && !/[:;,("'<>]$/.test(before)) return ' ';
      const status = before === '' || /smtp;$/i.test(before) ? parseStatus(found) : null;
      if (status) statuses.push(status);
      else codes.push(Number(found));
      return ' ';
    });
  return { words: ` ${inWords(rest)} `, statuses, codes };
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1_000)} ${text.slice(-1_000)}`;
}

/** Encodings a report was not cleaned of: encoded words, quoted-printable, a text that is base64 as a whole. */
function decodeLeftovers(text: string): string {
  let decoded = text.includes('=?') ? decodeWords(text) : text;
  if (/=\r?\n|=3D|=20/i.test(decoded)) {
    decoded = decoded
      .replace(/=\r?\n/g, '')
      .replace(/=([2-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  }
  const compact = decoded.replace(/\s+/g, '');
  if (compact.length >= 24 && compact.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    const bytes = Buffer.from(compact, 'base64').toString('utf8');
    if (bytes.includes(' ') && !/[\uFFFD\p{Cc}]/u.test(bytes.replace(/\s/g, ' '))) return bytes;
  }
  return decoded;
}

/** Hosts that say by their name alone that they list senders. */
const listHosts =
  /spamhaus|spamcop|barracudacentral|sorbs|uceprotect|surbl|uribl|abuseat|invaluement|mailspike|senderbase|senderscore|(?:^|\.)(?:dns)?[rs]bl\d*\.[^.]+\./i;

/**
 * Takes out URLs, addresses, hosts and IP addresses: `unknown@spam.example` judges nothing. A host that is a list of
 * senders becomes the word dnsbl. By tokens, not by one expression over all of it, so that it stays linear.
 */
function withoutAddresses(text: string): string {
  return text
    .replace(/\b(?:https?|ftp):\/\/[^\s<>"']+/gi, url =>
      listHosts.test(url.split(/[/?]/, 3)[2] ?? '') ? ' dnsbl ' : ' ',
    )
    .replace(/[^\s<>()[\]{}"',;|=:]+/g, token => {
      if (token.includes('@')) return ' ';
      const bare = token.replace(/^[.#*-]{1,8}|[.!?*]{1,8}$/g, '');
      if (!bare.includes('.')) return token;
      if (/^\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?$/.test(bare)) return ' ';
      if (!isHost(bare)) return token;
      return listHosts.test(bare) ? ' dnsbl ' : ' ';
    });
}

/** A domain name; not the `RESOLVER.ADR.RecipNotFound` of Exchange, nor two sentences without a space between. */
function isHost(token: string): boolean {
  const labels = token.split('.');
  const last = labels.at(-1) ?? '';
  return (
    /^(?:[a-z]{2,24}|[A-Z]{2,24}|xn--[a-z0-9-]{1,60})$/.test(last) &&
    labels.every(label => /^[A-Za-z0-9_-]{1,63}$/.test(label)) &&
    !/^(?:RESOLVER|STOREDRV|ROUTING|SMTPSEND|QUEUE)$/.test(labels[0] ?? '')
  );
}

function inWords(text: string): string {
  const spaced = text.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2');
  return foldText(spaced)
    .text.normalize('NFD')
    .replace(/([a-z])[\u0300-\u036f]+/g, '$1')
    .normalize('NFC')
    .replace(/[ıß]/g, letter => (letter === 'ı' ? 'i' : 'ss'))
    .replace(/(\p{L})'(?=\p{L})/gu, '$1')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
