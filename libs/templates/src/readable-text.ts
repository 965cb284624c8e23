import { Tokenizer, TypeGuards } from 'liquidjs';
import { type LiquidSign, signOf, signPattern } from './expand-source.js';

/** A stretch of text that a person reads in one go, and where each of its characters stands in the source. */
export interface Readable {
  text: string;
  at: number[];
}

export interface ReadableParts {
  texts: Readable[];
  /** Where links lead to, with an `x` for each piece of Liquid. */
  links: { url: string; at: number }[];
}

/** Stands for what Liquid prints: it may be a number, and it is no word. */
export const PRINTED = '\uFFFC';

/** Elements within a sentence; every other one ends it. */
const inline = new Set(
  'a abbr b bdi bdo code del em font i ins kbd mark q s small span strong sub sup u wbr'.split(' '),
);
const unread = new Set(['style', 'mj-style', 'mj-attributes', 'mj-font', 'mj-breakpoint']);
const readAttributes = new Set(['alt', 'title', 'aria-label', 'label']);
const linkAttributes = new Set(['href', 'action', 'background-url', 'mj-href']);

const named: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', ensp: ' ', emsp: ' ', thinsp: ' ' },
  ...{
    percnt: '%',
    dollar: '$',
    euro: '€',
    pound: '£',
    yen: '¥',
    cent: '¢',
    hellip: '…',
    copy: '©',
    reg: '®',
  },
  ...{ ndash: '–', mdash: '—', lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', laquo: '«', raquo: '»' },
  ...{ shy: '', zwj: '', zwnj: '', lrm: '', rlm: '', middot: '·', bull: '•', times: '×', excl: '!' },
};

/** What a person reads of MJML whose Liquid is signs (`expandSource`). */
export function readMarkup(source: string, signs: readonly LiquidSign[]): ReadableParts {
  const reader = new Reader(signs);
  let hidden: string | null = null;
  const token = /<\/?([A-Za-z][\w:-]*)((?:[^"'<>]|"[^"]*"|'[^']*')*)>|[^<]+|</g;
  for (const match of source.matchAll(token)) {
    const [whole, element, attributes = ''] = match;
    const name = element?.toLowerCase();
    if (name === undefined) {
      if (hidden === null) reader.add(whole, match.index);
      continue;
    }
    const closes = whole.startsWith('</');
    if (hidden !== null) {
      if (closes && name === hidden) hidden = null;
      continue;
    }
    if (unread.has(name) && !closes && !whole.endsWith('/>')) hidden = name;
    if (name === 'br') reader.space(match.index);
    else if (!inline.has(name)) reader.end();
    const begin = match.index + whole.indexOf(attributes, name.length);
    for (const attribute of attributes.matchAll(/([\w:-]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
      const [written, key = '', quoted = ''] = attribute;
      const at = begin + attribute.index + written.length - quoted.length + 1;
      if (readAttributes.has(key.toLowerCase())) reader.aside(quoted.slice(1, -1), at);
      if (linkAttributes.has(key.toLowerCase())) reader.link(quoted.slice(1, -1), at);
    }
  }
  return reader.parts();
}

/** What a person reads of a subject, a preheader or a text part: plain, with Liquid in it. */
export function readPlain(source: string): ReadableParts {
  const signs: LiquidSign[] = [];
  const reader = new Reader(signs);
  let at = 0;
  for (const token of new Tokenizer(source).readTopLevelTokens()) {
    const text = token.getText();
    if (TypeGuards.isTagToken(token)) signs.push({ kind: 'tag', name: token.name, text });
    else if (TypeGuards.isOutputToken(token)) signs.push({ kind: 'output', name: '', text });
    if (TypeGuards.isTagToken(token) || TypeGuards.isOutputToken(token)) {
      reader.add(signOf(signs.length - 1), at, false);
    } else {
      // An empty line ends a paragraph; a single break may stand in the middle of a sentence.
      for (const piece of text.matchAll(/\n[ \t]*\n\s*|[\s\S]+?(?=\n[ \t]*\n|$)/g)) {
        if (/^\n[ \t]*\n/.test(piece[0])) reader.end();
        else reader.add(piece[0], at + piece.index, false);
      }
    }
    at += text.length;
  }
  return reader.parts();
}

class Reader {
  readonly #texts: Readable[] = [];
  readonly #links: ReadableParts['links'] = [];
  #open: Readable = { text: '', at: [] };

  constructor(private readonly signs: readonly LiquidSign[]) {}

  /** @param escaped whether entities stand for characters. */
  add(source: string, offset: number, escaped = true): void {
    const piece = /\uE000(\d+)\uE001|&(#\d{1,7}|#x[\da-f]{1,6}|\w{2,10});|[\s\S]/giu;
    for (const match of source.matchAll(piece)) {
      const [written, sign, entity] = match;
      const at = offset + match.index;
      if (sign !== undefined) this.#sign(this.signs[Number(sign)], at);
      else if (entity !== undefined) {
        const character = escaped ? characterOf(entity) : undefined;
        this.#append(character ?? written, at);
      } else this.#append(written, at);
    }
  }

  space(at: number): void {
    this.#append(' ', at);
  }

  end(): void {
    if (this.#open.text.trim() !== '') this.#texts.push(this.#open);
    this.#open = { text: '', at: [] };
  }

  /** A text beside the one being read. */
  aside(source: string, offset: number): void {
    const open = this.#open;
    this.#open = { text: '', at: [] };
    this.add(source, offset);
    this.end();
    this.#open = open;
  }

  link(source: string, at: number): void {
    const url = source.replace(signPattern, 'x').replace(/&amp;|&#38;/g, '&');
    this.#links.push({ url, at });
    for (const match of source.matchAll(signPattern)) {
      for (const literal of literalsOf(this.signs[Number(match[1])])) this.#links.push({ url: literal, at });
    }
  }

  parts(): ReadableParts {
    this.end();
    for (const { text, at } of this.#texts) {
      for (const match of text.matchAll(/https?:\/\/[^\s<>"']+/gi)) {
        this.#links.push({ url: match[0].replaceAll(PRINTED, 'x'), at: at[match.index] ?? 0 });
      }
    }
    return { texts: this.#texts, links: this.#links };
  }

  /** What Liquid prints is not known but for the literals in it: `{{ 50 }}`, or a fallback, or what is kept for later. */
  #sign(sign: LiquidSign | undefined, at: number): void {
    if (sign === undefined) return;
    const literals = literalsOf(sign);
    for (const literal of literals) {
      this.#texts.push({ text: literal, at: Array.from({ length: literal.length }, () => at) });
    }
    if (sign.kind === 'tag') return;
    const head = /^\{\{-?\s*(?:'([^']*)'|"([^"]*)"|(\d[\d.]*))/.exec(sign.text);
    this.#append(head?.[1] ?? head?.[2] ?? head?.[3] ?? PRINTED, at);
  }

  #append(text: string, at: number): void {
    this.#open.text += text;
    for (let unit = 0; unit < text.length; unit++) this.#open.at.push(at);
  }
}

/** Texts in quotes that may end up in the message. Those of a condition are only compared with. */
function literalsOf(sign: LiquidSign | undefined): string[] {
  if (sign === undefined || (sign.kind === 'tag' && sign.name !== 'assign')) return [];
  return [...sign.text.matchAll(/'([^']*)'|"([^"]*)"/g)].map(match => match[1] ?? match[2] ?? '');
}

function characterOf(entity: string): string | undefined {
  if (!entity.startsWith('#')) return named[entity.toLowerCase()];
  const code = /^#x/i.test(entity) ? parseInt(entity.slice(2), 16) : Number(entity.slice(1));
  return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '';
}
