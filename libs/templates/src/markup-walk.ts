import { type LiquidSign } from './expand-source.js';
import { type OutputPlace } from './liquid-values.js';
import {
  attributeFault,
  compiledElements,
  elementFault,
  htmlElements,
  isLabelAttribute,
  isLinkAttribute,
  repeaters,
  textHolders,
  voidElements,
} from './markup-rules.js';
import { stylesheetFault } from './style-rules.js';

export interface MarkupFault {
  code: string;
  message: string;
  /** Where in the walked text. */
  offset: number;
}

export interface WalkResult {
  faults: MarkupFault[];
  /** Where each output stands. */
  places: Map<number, OutputPlace>;
  /** Tags between MJML elements; they must reach MJML inside `<mj-raw>`. */
  betweenElements: Set<number>;
  /** Elements with their attributes, in order. */
  elements: { name: string; offset: number; attributes: ReadonlyMap<string, string> }[];
  /** Where the address of each `<a href="...">` stands, and the element's attributes. */
  links: { begin: number; end: number; attributes: ReadonlyMap<string, string> }[];
  /** Offsets of the compiled document's `<body ...>` and `</body>`. */
  body: { begin: number; contentBegin: number; end: number } | null;
}

/** The open elements, as a linked list: two positions are alike when they hold the very same node. */
interface Open {
  name: string;
  offset: number;
  parent: Open | null;
  depth: number;
}

interface Frame {
  tag: string;
  index: number;
  offset: number;
  open: Open | null;
  attribute: object | null;
  prefix: string;
}

interface AttributeState {
  element: string;
  name: string;
  /** The literal text before this point in the value. */
  prefix: string;
}

const tagName = /[A-Za-z][A-Za-z0-9:_-]*/y;
const attributeName = /[^\s"'<>/=\uE000\uE001]+/y;
const DEEPEST = 120;
const MOST_FAULTS = 20;
/** MJML takes about half a millisecond for each, during which the process does nothing else. */
const MOST_ELEMENTS = 1_500;
const blockTags = new Set(['if', 'unless', 'case', 'for']);
const branchTags = new Set(['else', 'elsif', 'when']);

/**
 * Walks MJML or compiled HTML in which Liquid is replaced by signs, and finds out where each piece of Liquid stands.
 * It accepts a strict subset of HTML on which all parsers agree (quoted attributes, every element closed), and every
 * branch and loop of Liquid must leave the document where it found it: whatever a template's conditions decide, the
 * document around them, and with it the footer, stays the same.
 */
export function walkMarkup(
  text: string,
  signs: readonly LiquidSign[],
  kind: 'mjml' | 'html',
  ours: readonly [begin: number, end: number][] = [],
): WalkResult {
  return new Walk(text, signs, kind, ours).run();
}

class Walk {
  readonly #result: WalkResult = {
    faults: [],
    places: new Map(),
    betweenElements: new Set(),
    elements: [],
    links: [],
    body: null,
  };
  readonly #frames: Frame[] = [];
  #open: Open | null = null;
  #attribute: AttributeState | null = null;
  #at = 0;
  /** Of the element that is being read; of two a browser takes the first. */
  #href: { begin: number; end: number } | null = null;
  #bodyBegin: { begin: number; contentBegin: number } | null = null;

  constructor(
    private readonly text: string,
    private readonly signs: readonly LiquidSign[],
    private readonly kind: 'mjml' | 'html',
    private readonly ours: readonly [begin: number, end: number][],
  ) {}

  run(): WalkResult {
    while (this.#at < this.text.length && this.#result.faults.length < MOST_FAULTS) this.#step();
    if (this.#result.faults.length === 0) this.#end();
    return this.#result;
  }

  #step(): void {
    const { text } = this;
    const next = this.#nextSpecial();
    if (next > this.#at) this.#literal(text.slice(this.#at, next), this.#at);
    this.#at = next;
    if (next >= text.length) return;
    if (text[next] === '\uE000') this.#sign();
    else if (text.startsWith('<!', next)) this.#declaration();
    else if (text.startsWith('</', next)) this.#endTag();
    else if (/[A-Za-z]/.test(text[next + 1] ?? '')) this.#startTag();
    else {
      // Even a harmless-looking "<" is refused: a condition could end in it, and what follows would make it a tag.
      this.#fault('TAG_INVALID', 'This "<" begins no tag. Write &lt; for the character.');
      this.#at++;
    }
  }

  #nextSpecial(): number {
    for (let at = this.#at; at < this.text.length; at++) {
      const code = this.text.charCodeAt(at);
      if (code === 0x3c || code === 0xe000) return at;
    }
    return this.text.length;
  }

  /** Text between elements of MJML is dropped by MJML without a word; better to say it. */
  #literal(literal: string, offset: number): void {
    if (this.kind !== 'mjml' || literal.trim() === '' || this.#holdsText()) return;
    const shift = literal.length - literal.trimStart().length;
    this.#fault(
      'TEXT_OUTSIDE',
      `"${literal.trim().slice(0, 30)}" stands between elements, where nothing is shown. Put it inside <mj-text>.`,
      offset + shift,
    );
  }

  #holdsText(): boolean {
    const name = this.#open?.name;
    return name !== undefined && (textHolders.has(name) || htmlElements.has(name));
  }

  #declaration(): void {
    const { text } = this;
    if (this.kind === 'html' && text.startsWith('<!--', this.#at)) {
      const end = text.indexOf('-->', this.#at);
      if (end !== -1) {
        this.#comment(end);
        return;
      }
    }
    const doctype = /<!doctype html>/iy;
    doctype.lastIndex = this.#at;
    if (this.kind === 'html' && this.#open === null && doctype.test(text)) {
      this.#at = doctype.lastIndex;
      return;
    }
    this.#fault('TAG_INVALID', 'Comments, CDATA and declarations cannot stand here.');
  }

  /** Only MJML writes comments: what Outlook alone reads. Liquid in them stands in attributes. */
  #comment(end: number): void {
    this.#attribute = { element: '!--', name: '', prefix: '-' };
    while (this.#at < end) {
      if (this.text[this.#at] === '\uE000') this.#sign();
      else this.#at++;
    }
    this.#attribute = null;
    this.#at = end + 3;
  }

  #endTag(): void {
    const begin = this.#at;
    const name = this.#read(tagName, begin + 2)?.toLowerCase();
    const close = name === undefined ? -1 : this.#skipSpace(begin + 2 + name.length);
    if (name === undefined || this.text[close] !== '>') {
      this.#fault('TAG_INVALID', 'A closing tag looks like </p>.');
      this.#at = begin + 2;
      return;
    }
    this.#at = close + 1;
    if (this.#open?.name !== name) {
      const expected = this.#open
        ? ` <${this.#open.name}> is open and must be closed first.`
        : ' Nothing is open.';
      this.#fault('TAG_NOT_OPEN', `</${name}> closes nothing here.${expected}`, begin);
      // Carry on as if it were right, so that one slip is one fault.
      let candidate = this.#open;
      while (candidate && candidate.name !== name) candidate = candidate.parent;
      if (candidate) this.#open = candidate.parent;
      return;
    }
    if (name === 'body' && this.kind === 'html' && this.#bodyBegin && this.#open.depth === 2) {
      this.#result.body = { ...this.#bodyBegin, end: begin };
    }
    this.#open = this.#open.parent;
  }

  #startTag(): void {
    const begin = this.#at;
    const name = (this.#read(tagName, begin + 1) ?? '').toLowerCase();
    this.#at = begin + 1 + name.length;
    this.#href = null;
    this.#refuseElement(name, begin);
    const attributes = new Map<string, string>();
    for (;;) {
      const before = this.#at;
      this.#at = this.#skipSpace(this.#at);
      if (this.text.startsWith('/>', this.#at)) {
        this.#at += 2;
        if (!name.startsWith('mj') && !voidElements.has(name) && this.kind === 'mjml') {
          this.#fault('TAG_INVALID', `Write <${name}></${name}>: HTML has no <${name}/>.`, begin);
        }
        this.#element(name, begin, attributes);
        return;
      }
      if (this.text[this.#at] === '>') {
        this.#at++;
        this.#element(name, begin, attributes);
        if (!voidElements.has(name)) this.#enter(name, begin);
        return;
      }
      const faults = this.#result.faults.length;
      if (this.#at === before || !this.#readAttribute(name, attributes)) {
        if (this.#result.faults.length === faults) {
          this.#fault(
            'TAG_INVALID',
            `<${name}> is not written right; attributes look like name="value".`,
            begin,
          );
        }
        const close = this.text.indexOf('>', this.#at);
        this.#at = close === -1 ? this.text.length : close + 1;
        if (!voidElements.has(name)) this.#enter(name, begin);
        return;
      }
    }
  }

  #readAttribute(element: string, attributes: Map<string, string>): boolean {
    const begin = this.#at;
    if (this.text[begin] === '\uE000') {
      this.#fault(
        'LIQUID_IN_TAG',
        `Liquid may stand in text and inside quoted attribute values, not inside the tag <${element}> itself.`,
      );
      return false;
    }
    const name = this.#read(attributeName, begin)?.toLowerCase();
    if (name === undefined) return false;
    this.#at = begin + name.length;
    const equals = this.#skipSpace(this.#at);
    if (this.text[equals] !== '=') {
      attributes.set(name, '');
      return true;
    }
    this.#at = this.#skipSpace(equals + 1);
    const quote = this.text[this.#at];
    if (quote !== '"' && quote !== "'") return false;
    const value = this.#readValue(element, name, quote);
    if (value === null) return false;
    if (name === 'href') this.#href ??= { begin: this.#at - 1 - value.length, end: this.#at - 1 };
    const fault = attributeFault(element, name, value);
    if (fault && (this.kind === 'mjml' || fault.code !== 'STYLE_BLOCKED')) {
      this.#fault(fault.code, fault.message, begin);
    }
    attributes.set(name, value);
    return true;
  }

  #readValue(element: string, name: string, quote: string): string | null {
    const begin = ++this.#at;
    const state: AttributeState = { element, name, prefix: '' };
    this.#attribute = state;
    while (this.#at < this.text.length && this.text[this.#at] !== quote) {
      if (this.text[this.#at] === '\uE000') this.#sign();
      else state.prefix += this.text[this.#at++];
    }
    const unclosed = this.#frames.at(-1);
    if (unclosed?.attribute === state) {
      this.#fault('BRANCH_UNBALANCED', `{% ${unclosed.tag} %} must end inside the attribute it begins in.`);
      this.#frames.pop();
    }
    this.#attribute = null;
    if (this.#at >= this.text.length) {
      this.#fault('TAG_INVALID', `The value of "${name}" is never closed with ${quote}.`, begin);
      return null;
    }
    return this.text.slice(begin, this.#at++);
  }

  #refuseElement(name: string, offset: number): void {
    if (this.kind === 'mjml') {
      const fault = elementFault(name, this.#open?.name ?? null);
      if (fault) this.#fault(fault.code, fault.message, offset);
    } else if (!compiledElements.has(name)) {
      this.#fault('ELEMENT_BLOCKED', `<${name}> is not allowed in a mail.`, offset);
    }
  }

  #element(name: string, offset: number, attributes: ReadonlyMap<string, string>): void {
    if (name === 'body' && this.kind === 'html' && this.#open?.depth === 1 && !this.#bodyBegin) {
      this.#bodyBegin = { begin: offset, contentBegin: this.#at };
    }
    this.#result.elements.push({ name, offset, attributes });
    if (name === 'a' && this.#href) this.#result.links.push({ ...this.#href, attributes });
    if (this.#result.elements.length === MOST_ELEMENTS && this.kind === 'mjml') {
      this.#fault(
        'TEMPLATE_TOO_COMPLEX',
        `The template has more than ${MOST_ELEMENTS} elements. Make it simpler.`,
      );
      this.#at = this.text.length;
    }
  }

  #enter(name: string, offset: number): void {
    const depth = (this.#open?.depth ?? 0) + 1;
    this.#open = { name, offset, parent: this.#open, depth };
    if (depth > DEEPEST && this.kind === 'mjml') {
      this.#fault('TEMPLATE_TOO_DEEP', `Elements are nested more than ${DEEPEST} deep. Make it simpler.`);
      this.#at = this.text.length;
    }
    if (name === 'style' || name === 'mj-style') this.#skipStyle(name);
  }

  /** CSS is no markup: `a > b` is a selector. Liquid has no place in it, because no escaping makes a value safe there. */
  #skipStyle(name: string): void {
    const closing = name === 'style' ? /<\/style/gi : /<\/mj-style/gi;
    closing.lastIndex = this.#at;
    const end = closing.exec(this.text)?.index ?? this.text.length;
    const sign = this.text.indexOf('\uE000', this.#at);
    if (sign !== -1 && sign < end) {
      this.#fault(
        'LIQUID_IN_STYLE',
        'Liquid cannot stand in a stylesheet. Use a class, and {% if %} around elements.',
        sign,
      );
    }
    const begin = this.#at;
    if (this.kind === 'mjml' && !this.ours.some(([from, to]) => from <= begin && begin < to)) {
      const fault = stylesheetFault(this.text.slice(begin, end));
      if (fault) this.#fault('STYLE_BLOCKED', fault, begin);
    }
    this.#at = end;
  }

  #sign(): void {
    const offset = this.#at;
    const end = this.text.indexOf('\uE001', offset);
    const index = Number(this.text.slice(offset + 1, end));
    const sign = this.signs[index];
    this.#at = end + 1;
    if (!sign) return;
    if (sign.kind === 'output') this.#output(index, offset);
    else this.#tag(sign, index, offset);
  }

  #output(index: number, offset: number): void {
    const place = this.#place();
    if (typeof place === 'string') this.#result.places.set(index, place);
    else this.#fault(place.code, place.message, offset);
  }

  #place(): OutputPlace | { code: string; message: string } {
    const attribute = this.#attribute;
    if (attribute) {
      if (attribute.name === 'style') {
        return {
          code: 'LIQUID_IN_STYLE',
          message: 'Liquid cannot stand in a style. Use a class, and {% if %}.',
        };
      }
      if (isLinkAttribute(attribute.name)) return /[/?#:]/.test(attribute.prefix) ? 'urlPart' : 'url';
      return isLabelAttribute(attribute.name) ? 'label' : 'attribute';
    }
    const name = this.#open?.name;
    if (name === 'title' || name === 'mj-title') return 'title';
    if (
      name === 'head' ||
      name === 'html' ||
      name === undefined ||
      (this.kind === 'mjml' && !this.#holdsText())
    ) {
      return {
        code: 'TEXT_OUTSIDE',
        message: 'This stands between elements, where nothing is shown. Put it inside <mj-text>.',
      };
    }
    return 'text';
  }

  #tag(sign: LiquidSign, index: number, offset: number): void {
    if (this.kind === 'mjml' && this.#attribute === null && !this.#holdsText()) {
      if (!repeaters.has(this.#open?.name ?? '')) {
        const where = this.#open ? `directly inside <${this.#open.name}>` : 'outside <mjml>';
        this.#fault('LIQUID_MISPLACED', `{% ${sign.name} %} cannot stand ${where}.`, offset);
      }
      this.#result.betweenElements.add(index);
    }
    const frame = this.#frames.at(-1);
    if (blockTags.has(sign.name)) this.#begin(sign.name, index, offset);
    else if (branchTags.has(sign.name) && frame) this.#requireSame(frame, offset);
    else if (sign.name.startsWith('end') && frame) {
      this.#requireSame(frame, offset);
      this.#frames.pop();
    } else if (sign.name === 'break' || sign.name === 'continue') {
      const loop = this.#frames.findLast(candidate => candidate.tag === 'for');
      if (loop) this.#requireSame(loop, offset, sign.name);
    }
  }

  #begin(tag: string, index: number, offset: number): void {
    this.#frames.push({
      tag,
      index,
      offset,
      open: this.#open,
      attribute: this.#attribute,
      prefix: this.#attribute?.prefix ?? '',
    });
  }

  #requireSame(frame: Frame, offset: number, jump?: string): void {
    if (frame.open !== this.#open || frame.attribute !== this.#attribute) {
      const inside = this.#open && this.#open !== frame.open ? ` <${this.#open.name}> is open here.` : '';
      const what = jump ? `{% ${jump} %} leaves` : 'A branch must close what it opens, and nothing else:';
      this.#fault(
        'BRANCH_UNBALANCED',
        `${what} {% ${frame.tag} %} with other elements open than it began with.${inside}`,
        offset,
      );
      this.#open = frame.open;
    }
    // Each branch starts a link anew, and after it nothing is known of what stands before.
    if (this.#attribute) this.#attribute.prefix = frame.prefix;
  }

  #end(): void {
    if (this.#open) {
      this.#fault('TAG_NOT_CLOSED', `<${this.#open.name}> is never closed.`, this.#open.offset);
    }
  }

  #fault(code: string, message: string, offset = this.#at): void {
    this.#result.faults.push({ code, message, offset });
  }

  #read(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at;
    return pattern.exec(this.text)?.[0];
  }

  #skipSpace(at: number): number {
    let end = at;
    while (/\s/.test(this.text[end] ?? '')) end++;
    return end;
  }
}
