import { type Context, type Emitter, Output, type Template, TypeGuards } from 'liquidjs';
import { LinkTag } from './link-tag.js';
import { StaticText } from './text-pieces.js';

/**
 * Liquid evaluates every output through a chain of generators, which costs about ten times what a plain look-up does,
 * and most outputs of a mail are plain look-ups: `{{ contact.firstName | default: 'there' }}`. These are rendered by
 * `PlainOutput` instead: the same result, several times as many messages a second (the numbers are in the README).
 *
 * What stands between them is written as `StaticText`, so that its encoding need not be made for every message; inside
 * loops it is as it was.
 */
export function withPlainOutputs(
  source: string,
  templates: Template[],
  encoders: ReadonlyMap<string, (value: unknown) => string>,
  standard: (value: unknown) => string,
): Template[] {
  const isShadowed = shadowing.test(source);
  const replace = (list: Template[]): void => {
    list.forEach((template, index) => {
      if (template instanceof Output && !isShadowed) {
        const plain = plainOutput(template, encoders, standard);
        if (plain) list[index] = plain;
      } else if (TypeGuards.isHTMLToken(template.token)) {
        list[index] = new StaticPart(template.token, template.token.getContent());
      }
      if (template instanceof LinkTag) replace(template.templates);
      // Of the tags only the branches of conditions are looked into; loops have variables of their own.
      const { branches, elseTemplates, name } = template as Branching;
      if (name !== 'if' && name !== 'unless') return;
      for (const branch of branches ?? []) replace(branch.templates);
      if (elseTemplates) replace(elseTemplates);
    });
  };
  replace(templates);
  return templates;
}

type Branching = Template & {
  name?: string;
  branches?: { templates: Template[] }[];
  elseTemplates?: Template[];
};

const roots = 'contact|sender|campaign|unsubscribeUrl|preferencesUrl|purchases|order|event';
const path = String.raw`(?:${roots})(?:\.[A-Za-z_]\w*)*`;
const plain = new RegExp(
  String.raw`^\{\{-?\s*(?<path>${path})\s*(?:\|\s*default:\s*(?:'(?<single>[^']*)'|"(?<double>[^"]*)"|(?<other>${path}))\s*)?(?:\|\s*(?<place>at_\w+)\s*)?-?\}\}$`,
);
/** Liquid computes these instead of reading them. */
const computed = /\.(size|first|last)\b/;

/** An author gives one of our variables another meaning. */
const shadowing = new RegExp(String.raw`\{%-?\s*(?:assign|for)\s+(?:${roots})\b`);

function plainOutput(
  output: Output,
  encoders: ReadonlyMap<string, (value: unknown) => string>,
  standard: (value: unknown) => string,
): PlainOutput | null {
  const text = output.token.getText();
  const parts = plain.exec(text)?.groups;
  if (!parts || computed.test(text)) return null;
  const encode = parts['place'] === undefined ? standard : encoders.get(parts['place']);
  if (!encode) return null;
  const literal = parts['single'] ?? parts['double'];
  return new PlainOutput(
    output,
    (parts['path'] ?? '').split('.'),
    literal ?? parts['other']?.split('.') ?? null,
    encode,
  );
}

class StaticPart implements Template {
  readonly #text: StaticText;

  constructor(
    readonly token: Template['token'],
    text: string,
  ) {
    this.#text = new StaticText(text);
  }

  render(_context: Context, emitter: Emitter): never {
    emitter.write(this.#text);
    return undefined as never;
  }
}

class PlainOutput implements Template {
  readonly token: Template['token'];

  constructor(
    output: Output,
    private readonly path: string[],
    private readonly fallback: string | string[] | null,
    private readonly encode: (value: unknown) => string,
  ) {
    this.token = output.token;
  }

  /** Not a generator on purpose: Liquid runs either. */
  render(context: Context, emitter: Emitter): never {
    let value = read(context.environments as object, this.path);
    if (this.fallback !== null && isMissing(value)) {
      value =
        typeof this.fallback === 'string'
          ? this.fallback
          : read(context.environments as object, this.fallback);
    }
    emitter.write(this.encode(value));
    return undefined as never;
  }
}

/** Own properties only, as Liquid is told to: `contact.constructor` is nothing. */
function read(scope: object, path: string[]): unknown {
  let value: unknown = scope;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** What Liquid's `default` replaces. */
function isMissing(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === false ||
    value === '' ||
    (Array.isArray(value) && value.length === 0)
  );
}
