import { Tokenizer, TypeGuards } from 'liquidjs';
import { type AuthorFault } from './template.errors.js';
import { liquidFault, MOST_PIECES } from './liquid-dialect.js';
import { type MailFiles } from './mail-files.js';
import { type Arguments, fillParameters, readArguments } from './partial-arguments.js';

/** A Liquid output or tag, taken out of the text so that MJML and the markup checks see one opaque sign for it. */
export interface LiquidSign {
  kind: 'output' | 'tag';
  /** The tag's name; empty for an output. */
  name: string;
  /** As it was written, with its delimiters. */
  text: string;
}

/** MJML with every piece of Liquid replaced by a sign, and the way back to the author's lines. */
export interface ExpandedSource {
  text: string;
  signs: LiquidSign[];
  /** `lines[n]` is the author's line behind line n + 1 of `text`. */
  lines: number[];
  /** Stretches of `text` that come from our own files. */
  ours: [begin: number, end: number][];
}

const SIGN_BEGIN = '\uE000';
const SIGN_END = '\uE001';
export const signPattern = /\uE000(\d+)\uE001/g;
const privateUse = /[\uE000-\uE001]/g;
const MOST_LINES = 10_000;

export const signOf = (index: number): string => `${SIGN_BEGIN}${index}${SIGN_END}`;

/** Puts the Liquid back where its signs stand. */
export function restoreSigns(text: string, write: (index: number) => string): string {
  return text.replace(signPattern, (_, index: string) => write(Number(index)));
}

/**
 * Takes comments out, puts partials and the layout in, and replaces Liquid by signs.
 * The Liquid itself was checked before (`LiquidChecker`).
 */
export function expandSource(source: string, files: MailFiles): ExpandedSource | AuthorFault {
  const expansion = new Expansion(files);
  return expansion.run(source.replace(privateUse, '')) ?? expansion.result();
}

/** The author's line behind a place in the expanded text. */
export function lineFinder({ text, lines }: ExpandedSource): (offset: number) => number | undefined {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return offset => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return lines[low];
  };
}

/** A body without a layout gets this one. */
const DEFAULT_LAYOUT = 'standard';

class Expansion {
  readonly #signs: LiquidSign[] = [];
  readonly #lines: number[] = [1];
  readonly #ours: [number, number][] = [];
  #text = '';
  #line = 1;
  #inComment = false;
  #liquidComments = 0;

  constructor(private readonly files: MailFiles) {}

  run(source: string): AuthorFault | null {
    const frame = this.#frame(source);
    if ('code' in frame) return frame;
    this.#insert(frame.before);
    const fault = this.#author(source);
    if (fault) return fault;
    if (this.#inComment) return commentOpen(this.#line);
    this.#insert(frame.after);
    if (this.#signs.length > MOST_PIECES) return tooMuch(`more than ${MOST_PIECES} pieces of Liquid`);
    if (this.#lines.length > MOST_LINES) return tooMuch(`more than ${MOST_LINES} lines`);
    return null;
  }

  result(): ExpandedSource {
    return { text: this.#text, signs: this.#signs, lines: this.#lines, ours: this.#ours };
  }

  /** The layout around the author's text: none around a whole `<mjml>`. */
  #frame(source: string): { before: string; after: string } | AuthorFault {
    const start = source.replace(/^(\s+|<!--[\s\S]*?-->)+/, '');
    if (/^<mjml[\s>]/i.test(start)) return { before: '', after: '' };
    const tag = /^\{%-?\s*layout\b([\s\S]*?)-?%\}/.exec(start);
    const read = readArguments('layout', tag?.[1] ?? `'${DEFAULT_LAYOUT}'`);
    if ('code' in read) return { ...read, line: 1 };
    const layout = this.files.layouts.get(read.name);
    if (layout === undefined) {
      const names = [...this.files.layouts.keys()].join(', ');
      return {
        code: 'LAYOUT_UNKNOWN',
        message: `There is no layout "${read.name}". There is: ${names}.`,
        line: 1,
      };
    }
    const notLiteral = [...read.given].find(([, argument]) => 'variable' in argument);
    if (notLiteral) {
      return {
        code: 'LAYOUT_ARGUMENT',
        message: `The layout's "${notLiteral[0]}" must be a text in quotes.`,
        line: 1,
      };
    }
    const [before = '', after = ''] = fillParameters(layout, read.given).split('{{ content }}');
    return { before, after };
  }

  #author(source: string): AuthorFault | null {
    let tokens;
    try {
      tokens = new Tokenizer(source).readTopLevelTokens();
    } catch (error) {
      return liquidFault(error);
    }
    for (const token of tokens) {
      const text = token.getText();
      const fault = TypeGuards.isTagToken(token)
        ? this.#tag(token.name, token.args, text)
        : TypeGuards.isOutputToken(token)
          ? this.#sign({ kind: 'output', name: '', text })
          : this.#html(text);
      if (fault) return fault;
      if (TypeGuards.isTagToken(token) || TypeGuards.isOutputToken(token)) this.#line += newlines(text);
    }
    return null;
  }

  /** Authors' comments never reach a mail: they could hide what follows, and Outlook reads some of them. */
  #html(text: string): AuthorFault | null {
    if (this.#liquidComments > 0) {
      this.#line += newlines(text);
      return null;
    }
    let at = 0;
    while (at < text.length) {
      const end = this.#inComment ? text.indexOf('-->', at) : text.indexOf('<!--', at);
      const until = end === -1 ? text.length : end;
      const piece = text.slice(at, until);
      if (this.#inComment) {
        if (/\[\s*(end)?if/i.test(piece)) return conditional(this.#line);
        this.#line += newlines(piece);
      } else {
        this.#append(piece);
      }
      if (end === -1) return null;
      at = end + (this.#inComment ? 3 : 4);
      this.#inComment = !this.#inComment;
    }
    return null;
  }

  #tag(name: string, given: string, text: string): AuthorFault | null {
    if (name === 'comment') this.#liquidComments++;
    else if (name === 'endcomment') this.#liquidComments--;
    else if (name === 'render') return this.#render(given);
    else if (name === 'layout') return this.#layoutTag();
    else if (!name.startsWith('#')) return this.#sign({ kind: 'tag', name, text });
    return null;
  }

  #layoutTag(): AuthorFault | null {
    const written = this.#text.slice(this.#ours.at(-1)?.[1] ?? 0);
    return written.trim() === '' && this.#ours.length > 0
      ? null
      : {
          code: 'LAYOUT_NOT_FIRST',
          message: '{% layout %} must be the first thing, in a template that is no whole <mjml>.',
          line: this.#line,
        };
  }

  #sign(sign: LiquidSign): null {
    if (!this.#inComment && this.#liquidComments === 0) {
      this.#text += signOf(this.#signs.length);
      this.#signs.push(sign);
    }
    return null;
  }

  #render(given: string): AuthorFault | null {
    if (this.#inComment || this.#liquidComments > 0) return null;
    const read = readArguments('render', given);
    if ('code' in read) return { ...read, line: this.#line };
    const partial = this.files.partials.get(read.name);
    if (partial === undefined) {
      const names = [...this.files.partials.keys()].join(', ');
      return {
        code: 'PARTIAL_UNKNOWN',
        message: `There is no partial "${read.name.slice(0, 80)}". There is: ${names}.`,
        line: this.#line,
      };
    }
    this.#insert(withArguments(partial, read.given));
    return null;
  }

  /** Text of ours: its Liquid becomes signs too, and all its lines count as the author's current one. */
  #insert(text: string): void {
    const begin = this.#text.length;
    for (const token of new Tokenizer(text).readTopLevelTokens()) {
      if (TypeGuards.isTagToken(token)) this.#sign({ kind: 'tag', name: token.name, text: token.getText() });
      else if (TypeGuards.isOutputToken(token))
        this.#sign({ kind: 'output', name: '', text: token.getText() });
      else {
        this.#text += token.getText();
        for (let i = newlines(token.getText()); i > 0; i--) this.#lines.push(this.#line);
      }
    }
    this.#ours.push([begin, this.#text.length]);
  }

  #append(text: string): void {
    this.#text += text;
    for (let i = newlines(text); i > 0; i--) this.#lines.push(++this.#line);
  }
}

function withArguments(partial: string, given: Arguments): string {
  return fillParameters(partial, given).trim();
}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

const commentOpen = (line: number): AuthorFault => ({
  code: 'COMMENT_NOT_CLOSED',
  message: 'A comment is opened with <!-- and never closed with -->.',
  line,
});

const conditional = (line: number): AuthorFault => ({
  code: 'CONDITIONAL_COMMENT',
  message: 'Conditional comments (<!--[if ...]>) are not allowed; MJML writes the ones Outlook needs.',
  line,
});

const tooMuch = (what: string): AuthorFault => ({
  code: 'TEMPLATE_TOO_COMPLEX',
  message: `The template has ${what}. Make it simpler.`,
});
