import { escapeHtml } from './clean-text.js';
import { type AuthorFault } from './template.errors.js';

/** An argument is a literal, which can stand anywhere in MJML, or a variable, which can stand where Liquid can. */
export type Argument = { literal: string } | { variable: string };
export type Arguments = ReadonlyMap<string, Argument>;

const nameFirst = /^\s*(['"])(?<name>[^'"]*)\1\s*(?:,|$)/;
const oneArgument =
  /\s*(?<key>[A-Za-z_]\w*)\s*:\s*(?:'(?<single>[^']*)'|"(?<double>[^"]*)"|(?<number>-?\d+(?:\.\d+)?)|(?<variable>[A-Za-z_]\w*(?:\.\w+)*))\s*(?:,|$)/y;

/** Reads `'button', label: 'Shop now', href: contact.attributes.link`. */
export function readArguments(tag: string, text: string): { name: string; given: Arguments } | AuthorFault {
  const first = nameFirst.exec(text);
  if (!first?.groups) {
    return {
      code: 'LIQUID_INVALID',
      message: `{% ${tag} %} needs a name in quotes, as in {% ${tag} 'name', key: 'value' %}.`,
    };
  }
  const given = new Map<string, Argument>();
  oneArgument.lastIndex = first[0].length;
  while (text.slice(oneArgument.lastIndex).trim() !== '') {
    const match = oneArgument.exec(text)?.groups;
    if (!match) {
      return {
        code: 'LIQUID_INVALID',
        message: `The arguments of {% ${tag} %} are key: 'text', key: 12 or key: contact.firstName, with commas between.`,
      };
    }
    const literal = match['single'] ?? match['double'] ?? match['number'];
    given.set(
      match['key'] ?? '',
      literal === undefined ? { variable: match['variable'] ?? '' } : { literal },
    );
  }
  return { name: first.groups['name'] ?? '', given };
}

const parameterOutput =
  /\{\{-?\s*(?<name>[a-z]\w*)(?<property>\.[\w.]+)?(?:\s*\|\s*default:\s*'(?<fallback>[^']*)')?(?<rest>[^}]*?)-?\}\}/g;

/**
 * Puts arguments into one of our files. `{{ label }}` and `{{ color | default: '#333' }}` become the literal itself, so
 * that MJML sees a colour where it needs one; a variable stays Liquid. Names that start one of our variables
 * (`{{ sender.tradingName }}`) are left alone.
 */
export function fillParameters(source: string, given: Arguments): string {
  return source.replace(parameterOutput, (whole: string, ...rest: unknown[]) => {
    const { name, property, fallback, rest: filters } = rest.at(-1) as Record<string, string | undefined>;
    if (name === undefined || name === 'content' || property !== undefined || filters?.trim()) return whole;
    if (name === 'unsubscribeUrl' || name === 'preferencesUrl') return whole;
    const argument = given.get(name);
    if (argument === undefined) return asMarkup(fallback ?? '');
    if ('literal' in argument) return asMarkup(argument.literal || (fallback ?? ''));
    return fallback === undefined
      ? `{{ ${argument.variable} }}`
      : `{{ ${argument.variable} | default: '${fallback}' }}`;
  });
}

/** A brace as an entity: a literal is text and is not read as Liquid again. */
function asMarkup(literal: string): string {
  return escapeHtml(literal).replaceAll('{', '&#123;');
}
