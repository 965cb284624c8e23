/** Elements a stylesheet may name without a class. The footer uses one of them, `a`: see `linkRuleFault`. */
const textElements =
  /^(a|p|h[1-6]|ul|ol|li|b|strong|i|em|u|s|small|sub|sup|span|img|hr|blockquote|code|pre|th|caption)$/;
const harmlessPseudo = /:(hover|active|focus|visited|link|first-child|last-child|nth-child\([\dn+\s-]+\))/g;

/**
 * What is wrong with an author's stylesheet, or null.
 * The engine's footer bears no class and no id, so a selector that ends in a class or id of the author's, or in a plain
 * text element, cannot reach it, nor `html` and `body` around it.
 */
export function stylesheetFault(css: string): string | null {
  const plain = withoutComments(css);
  if (/[<\\]/.test(plain)) return 'A stylesheet may contain neither "<" nor "\\".';
  return blockFault(plain, 0);
}

/** By hand: a pattern takes quadratic time over openings that are never closed. */
function withoutComments(css: string): string {
  let plain = '';
  let at = 0;
  for (;;) {
    const open = css.indexOf('/*', at);
    if (open === -1) return plain + css.slice(at);
    const close = css.indexOf('*/', open + 2);
    plain += css.slice(at, open);
    if (close === -1) return plain;
    at = close + 2;
  }
}

function blockFault(sheet: string, depth: number): string | null {
  const css = sheet.trim();
  let at = 0;
  while (at < css.length) {
    const open = css.indexOf('{', at);
    if (open === -1) return `"${css.slice(at).trim().slice(0, 40)}" is no rule: it lacks { ... }.`;
    const close = closingBrace(css, open);
    if (close === -1) return 'A { in the stylesheet is never closed.';
    const prelude = css.slice(at, open).trim();
    const body = css.slice(open + 1, close);
    const fault = prelude.startsWith('@')
      ? atRuleFault(prelude, body, depth)
      : (selectorsFault(prelude) ?? declarationsFault(body) ?? linkRuleFault(prelude, body));
    if (fault) return fault;
    at = close + 1;
  }
  return null;
}

function closingBrace(css: string, open: number): number {
  let depth = 0;
  for (let at = open; at < css.length; at++) {
    if (css[at] === '{') depth++;
    else if (css[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

function atRuleFault(prelude: string, body: string, depth: number): string | null {
  if (!/^@(media|supports)\b/i.test(prelude) || prelude.includes(';')) {
    return `"${prelude.slice(0, 40)}" is not allowed in a mail; only @media and @supports are.`;
  }
  return depth > 3 ? 'The stylesheet is nested too deeply.' : blockFault(body, depth + 1);
}

function selectorsFault(prelude: string): string | null {
  for (const selector of prelude.split(',')) {
    const subject = bare(selector)
      .split(/[\s>+~]+/)
      .at(-1);
    if (subject === undefined || subject === '' || /[:()]/.test(subject)) {
      return `The selector "${selector.trim().slice(0, 60)}" is not allowed; name a class, as in ".my-class".`;
    }
    const named = /[.#][A-Za-z_-]/.test(subject);
    if (!named && !textElements.test(subject.toLowerCase())) {
      return `The selector "${selector.trim().slice(0, 60)}" reaches beyond your own content; end it in a class.`;
    }
  }
  return null;
}

const typographic =
  /^(color|background-color|font(-[a-z]+)?|line-height|text-(decoration(-[a-z]+)?|align)|(margin|padding|border)(-[a-z-]+)?)$/;

/** A rule for every `a` reaches the footer's links too. It may style them; hiding is not among these properties. */
function linkRuleFault(prelude: string, body: string): string | null {
  const reachesAll = prelude.split(',').some(selector => /(^|[\s>+~])a$/i.test(bare(selector)));
  if (!reachesAll) return null;
  const other = withoutComments(body)
    .split(';')
    .map(declaration => (declaration.split(':', 1)[0] ?? '').trim().toLowerCase())
    .find(property => property !== '' && !typographic.test(property));
  return other === undefined
    ? null
    : `A rule for every link may not set "${other.slice(0, 40)}"; name a class, as in "a.my-link".`;
}

/** A selector without pseudo-classes and what stands in brackets. */
function bare(selector: string): string {
  return selector
    .replace(harmlessPseudo, '')
    .replace(/\[[^\]]*\]/g, '')
    .trim();
}

const refusedProperty = /^(position|behavior|-moz-binding|-webkit-user-modify)$/;

/** What is wrong with declarations (of a rule, or of a `style` attribute), or null. */
export function declarationsFault(declarations: string): string | null {
  const plain = withoutComments(declarations);
  if (/[<>\\{}@]/.test(plain.replaceAll('&quot;', '"'))) return 'A style may not contain < > { } @ or \\.';
  for (const declaration of plain.split(';')) {
    const [property = '', ...rest] = declaration.split(':');
    const value = rest.join(':').trim().toLowerCase();
    const name = property.trim().toLowerCase();
    if (refusedProperty.test(name) && !/^(static|relative)\b/.test(value)) {
      return `"${name}: ${value.slice(0, 40)}" is not allowed in a mail: it could lay content over the legal footer.`;
    }
    if (/expression\s*\(|javascript:|-moz-element|image-set/.test(value))
      return `"${name}" has a value that is not allowed.`;
    for (const [, url] of value.matchAll(/url\(\s*['"]?([^'")]*)/g)) {
      if (!url?.startsWith('https://')) return `"${name}" may only load pictures from https:// addresses.`;
    }
  }
  return null;
}
