import { type Emitter, Context, Liquid, LiquidError, type Template, toValueSync } from 'liquidjs';
import { type Locale, messageOf } from '#common';
import { directionOf } from './bidi.js';
import { LINK_TAG, LinkTag } from './link-tag.js';
import { htmlEncoders, type OutputPlace, smsEncoder, subjectEncoder, textEncoder } from './liquid-values.js';
import { withPlainOutputs } from './plain-output.js';
import { type AuthorFault, renderFailed } from './template.errors.js';
import { StaticText, type TextPieces } from './text-pieces.js';
import { LocalDate } from './written-values.js';

/**
 * The Liquid an author may use. Left out on purpose: `raw` (it would let a contact's data in unescaped), `capture`,
 * `liquid`, `echo`, `cycle`, `include` (other ways to the same, each another hole), filters that are random, and
 * filters that hash or decode.
 */
const allowedTags = ['assign', 'if', 'unless', 'case', 'for', 'break', 'continue', 'comment', '#'];
const allowedFilters = [
  ...[
    'abs',
    'at_least',
    'at_most',
    'ceil',
    'divided_by',
    'floor',
    'minus',
    'modulo',
    'plus',
    'round',
    'times',
  ],
  ...[
    'append',
    'capitalize',
    'downcase',
    'lstrip',
    'prepend',
    'remove',
    'remove_first',
    'replace',
    'replace_first',
  ],
  ...['rstrip', 'slice', 'split', 'squish', 'strip', 'strip_newlines', 'truncate', 'truncatewords', 'upcase'],
  ...[
    'compact',
    'concat',
    'first',
    'join',
    'last',
    'map',
    'reverse',
    'size',
    'sort',
    'sort_natural',
    'uniq',
    'where',
  ],
  ...['date', 'default', 'url_encode'],
];

/** Limits of one render. A starter template takes well under a millisecond and makes about 30 KB. */
const MEMORY_UNITS = 2_000_000;
const RENDER_MS = 1_000;
const OUTPUT_CHARACTERS = 1_000_000;
const OUTPUT_WRITES = 100_000;
/** Also the most a compiled mail may have. */
export const PARSE_CHARACTERS = 1_000_000;

/** The parser's time grows with the square of this. */
export const MOST_PIECES = 5_000;

export type Parsed = Template[];
export type Scope = Record<string, unknown>;

/** Gathers the output of a render and refuses to let it grow without end. */
class LimitedOutput implements Emitter {
  /** Liquid returns it from every list of parts it has rendered; nobody here reads it. */
  readonly buffer = '';
  readonly pieces: (string | StaticText)[] = [];
  #length = 0;
  #writes = 0;

  write(piece: unknown): void {
    if (piece === undefined || piece === null) return;
    const isStatic = piece instanceof StaticText;
    const text = isStatic ? piece.text : String(piece);
    this.#length += text.length;
    if (++this.#writes > OUTPUT_WRITES || this.#length > OUTPUT_CHARACTERS) {
      throw new Error('output limit exceeded');
    }
    const last = this.pieces.at(-1);
    if (isStatic) this.pieces.push(piece);
    else if (typeof last === 'string') this.pieces[this.pieces.length - 1] = last + text;
    else this.pieces.push(text);
  }
}

/** Liquid for one language and one kind of part, with every value encoded for the place it stands in. */
export class LiquidDialect {
  readonly #liquid: Liquid;
  readonly #standard: (value: unknown) => string;
  readonly #places = new Map<string, (value: unknown) => string>();

  /** @param now tells the time for `'now' | date`. */
  constructor(locale: Locale, part: 'html' | 'text' | 'subject' | 'sms', now: () => Date) {
    const direction = directionOf(locale);
    const html = htmlEncoders(direction);
    this.#standard = {
      html: html.text,
      text: textEncoder(direction),
      subject: subjectEncoder(direction),
      sms: smsEncoder(direction),
    }[part];
    this.#liquid = createLiquid(locale, now, this.#standard);
    if (part !== 'html') return;
    this.#liquid.registerTag(LINK_TAG, LinkTag);
    for (const [place, encoder] of Object.entries(html)) {
      const filter = placeFilter(place as OutputPlace);
      this.#places.set(filter, encoder);
      this.#liquid.registerFilter(filter, { handler: encoder, raw: true });
    }
  }

  parse(source: string): Parsed {
    return withPlainOutputs(source, this.#liquid.parse(source), this.#places, this.#standard);
  }

  /** @throws DomainError RENDER_FAILED */
  render(parsed: Parsed, scope: Scope): string {
    return this.renderPieces(parsed, scope).join('');
  }

  /** The same as it was put together. */
  renderPieces(parsed: Parsed, scope: Scope): TextPieces {
    const output = new LimitedOutput();
    const context = new Context(scope, this.#liquid.options, { sync: true }, {
      liquid: this.#liquid,
    } as never);
    try {
      toValueSync(this.#liquid.renderer.renderTemplates(parsed, context, output));
    } catch (error) {
      throw renderFailed(liquidReason(error), error);
    }
    return output.pieces;
  }
}

/** The filter that encodes a value for a place; authors cannot name it. */
export function placeFilter(place: OutputPlace): string {
  return `at_${place}`;
}

function createLiquid(locale: Locale, now: () => Date, outputEscape: (value: unknown) => string): Liquid {
  const liquid = new Liquid({
    strictFilters: true,
    ownPropertyOnly: true,
    templates: {},
    dynamicPartials: false,
    parseLimit: PARSE_CHARACTERS,
    renderLimit: RENDER_MS,
    memoryLimit: MEMORY_UNITS,
    timezoneOffset: 0,
    locale: locale === 'ar' ? 'ar-u-ca-gregory-nu-latn' : 'en-GB',
    dateFormat: '%-d %B %Y',
    outputEscape,
  });
  for (const tag of Object.keys(liquid.tags)) {
    if (!allowedTags.includes(tag)) Reflect.deleteProperty(liquid.tags, tag);
  }
  for (const filter of Object.keys(liquid.filters)) {
    if (!allowedFilters.includes(filter)) liquid.unregisterFilter(filter);
  }
  // Everything is escaped where it stands; an `escape` out of habit must not do it twice.
  liquid.registerFilter('escape', (value: unknown) => value);
  const date = liquid.filters['date'] as (...parameters: unknown[]) => unknown;
  liquid.registerFilter('date', function (this: unknown, value: unknown, ...rest: unknown[]) {
    if (value === undefined || value === null || value === '') return '';
    if (value instanceof LocalDate && rest[1] === undefined)
      return date.call(this, value, rest[0], value.zone);
    return date.call(this, value === 'now' || value === 'today' ? now().toISOString() : value, ...rest);
  });
  return liquid;
}

/** Checks an author's Liquid: the first thing wrong with it, or null. `render` and `layout` are read by `expandSource`. */
export class LiquidChecker {
  readonly #liquid = createLiquid('en', () => new Date(0), String);

  constructor() {
    const nothing = { parse: (): void => undefined, render: (): string => '' };
    this.#liquid.registerTag('render', nothing);
    this.#liquid.registerTag('layout', nothing);
  }

  check(source: string): AuthorFault | null {
    if (source.split(/\{[{%]/, MOST_PIECES + 2).length > MOST_PIECES + 1) {
      const message = `The template has more than ${MOST_PIECES} pieces of Liquid. Make it simpler.`;
      return { code: 'TEMPLATE_TOO_COMPLEX', message };
    }
    try {
      this.#liquid.parse(source);
      return null;
    } catch (error) {
      return liquidFault(error);
    }
  }

  /** The variables a source reads from outside, as paths of names: `[['contact', 'firstName']]`. */
  variables(source: string): string[][] {
    return this.#liquid
      .globalVariableSegmentsSync(source)
      .map(segments => segments.map(segment => (Array.isArray(segment) ? '[]' : String(segment))));
  }
}

const limitReasons: [pattern: RegExp, code: string, reason: string][] = [
  [/template render limit/, 'RENDER_TOO_SLOW', 'it runs too long; look for a loop without end'],
  [/memory alloc limit/, 'RENDER_TOO_MUCH_MEMORY', 'it needs too much memory; look for a very long loop'],
  [
    /output limit|Invalid string length/,
    'RENDER_TOO_LONG',
    'it makes too much text; look for a very long loop',
  ],
  [/parse length limit/, 'TEMPLATE_TOO_COMPLEX', 'it is too long once it is compiled'],
  [/call stack/, 'TEMPLATE_TOO_DEEP', 'it is nested too deeply'],
];

/** Why a render failed, without anything of the person in it. */
function liquidReason(error: unknown): { code: string; reason: string } {
  const message = error instanceof Error ? error.message : '';
  const [, code, reason] = limitReasons.find(([pattern]) => pattern.test(message)) ?? [];
  return { code: code ?? 'LIQUID_FAILED', reason: reason ?? 'its Liquid failed' };
}

export function liquidFault(error: unknown): AuthorFault {
  const message = messageOf(error);
  const line = LiquidError.is(error) ? error.token.getPosition()[0] : undefined;
  const limit = limitReasons.find(([pattern]) => pattern.test(message));
  if (limit) return { code: limit[1], message: `The template cannot be used: ${limit[2]}.`, line };
  const plain = message.replace(/, (file:.*, )?line:\d+, col:\d+$/s, '').slice(0, 300);
  const filter = /^undefined filter: (.*)/s.exec(plain);
  if (filter) return { code: 'FILTER_UNKNOWN', message: unknownFilter(filter[1] ?? ''), line };
  const tag = /^tag "(.*)" not found/s.exec(plain);
  if (tag) return { code: 'TAG_UNKNOWN', message: unknownTag(tag[1] ?? ''), line };
  return { code: 'LIQUID_INVALID', message: `Liquid: ${plain}.`, line };
}

function unknownFilter(name: string): string {
  if (name === 'raw') return 'The filter "raw" is not available: values are always escaped.';
  return `There is no filter "${name}". Available: ${[...allowedFilters].sort().join(', ')}.`;
}

function unknownTag(name: string): string {
  if (name === 'include')
    return 'There is no tag "include"; use {% render \'name\' %} with one of our partials.';
  return `There is no tag "${name}" here. Available: ${[...allowedTags, 'render', 'layout'].join(', ')}.`;
}
