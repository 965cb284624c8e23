import {
  type Context,
  type Emitter,
  Tag,
  type TagToken,
  type Template,
  type TopLevelToken,
  TypeGuards,
} from 'liquidjs';
import { type Liquid, type Parser } from 'liquidjs';
import { escapeHtml, unescapeHtml } from './clean-text.js';
import { StaticText } from './text-pieces.js';

/** Writes what stands in a link's `href`. */
export interface LinkWriter {
  /**
   * @param link which of its variant's links it is
   * @param url where it leads, as a browser reads it out of the attribute
   * @returns what is to stand there instead, or null: what the author wrote
   */
  write(link: number, url: string): string | null;
}

/** Where the writer of one message waits in the scope; no author can name a symbol. */
export const LINK_WRITER = Symbol('link writer');

/** An author has no tag of this name; the checker refuses it. */
export const LINK_TAG = 'link';
const END = `end${LINK_TAG}`;

/** As much as a whole message may have. */
const LONGEST = 1_000_000;

/** `{% link 3 %}https://shop.example/{{ contact.country }}{% endlink %}`: put around an `href` when a variant is compiled. */
export class LinkTag extends Tag {
  readonly templates: Template[] = [];
  readonly #link: number;
  /** Without Liquid in it everything is known beforehand. */
  readonly #fixed: { url: string; written: StaticText } | null;

  constructor(token: TagToken, rest: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, rest, liquid);
    this.#link = Number(token.args);
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      if (TypeGuards.isTagToken(next) && next.name === END) break;
      this.templates.push(parser.parseToken(next, rest));
    }
    this.#fixed = null;
    if (this.templates.every(template => TypeGuards.isHTMLToken(template.token))) {
      const written = this.templates.map(({ token: part }) => part.getText()).join('');
      this.#fixed = { url: unescapeHtml(written), written: new StaticText(written) };
    }
  }

  override render(context: Context, emitter: Emitter): unknown {
    const writer = (context.environments as { [LINK_WRITER]?: LinkWriter })[LINK_WRITER];
    if (this.#fixed === null) return this.#renderParts(context, emitter, writer);
    const address = writer?.write(this.#link, this.#fixed.url) ?? null;
    emitter.write(address === null ? this.#fixed.written : escapeHtml(address));
    return undefined;
  }

  *#renderParts(
    context: Context,
    emitter: Emitter,
    writer: LinkWriter | undefined,
  ): Generator<unknown, void, unknown> {
    const inside = new LinkText();
    yield this.liquid.renderer.renderTemplates(this.templates, context, inside);
    const address = writer?.write(this.#link, unescapeHtml(inside.text)) ?? null;
    emitter.write(address === null ? inside.text : escapeHtml(address));
  }
}

class LinkText implements Emitter {
  readonly buffer = '';
  text = '';

  write(piece: unknown): void {
    if (piece === undefined || piece === null) return;
    this.text += piece instanceof StaticText ? piece.text : String(piece);
    if (this.text.length > LONGEST) throw new Error('output limit exceeded');
  }
}
