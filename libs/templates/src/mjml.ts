import mjml from 'mjml';
import { type Locale } from '#common';
import { directionOf } from './bidi.js';
import { untouchedLinks } from './mark-links.js';
import { type AuthorFault } from './template.errors.js';

// A CommonJS module: under ES modules its function is one level further in than its types say.
const mjml2html = (mjml as unknown as { default?: typeof mjml }).default ?? mjml;

/**
 * MJML's own alignment is left-to-right; these are its defaults the other way round. What an author writes on an
 * element wins, as it does over MJML's.
 */
const rightToLeftDefaults =
  '<mj-attributes>' +
  ['mj-section', 'mj-wrapper', 'mj-group', 'mj-column'].map(name => `<${name} direction="rtl"/>`).join('') +
  '<mj-text align="right"/><mj-table align="right"/>' +
  '<mj-social-element align="right" text-padding="4px 0 4px 4px"/>' +
  '</mj-attributes>';

/** Compiles MJML (Liquid already replaced by signs) to HTML: language and direction set, nothing read from anywhere. */
export async function compileMjml(
  source: string,
  locale: Locale,
  preheader: string | null,
): Promise<{ html: string } | { faults: AuthorFault[] }> {
  try {
    const { html } = await mjml2html(prepare(source, locale, preheader), {
      ignoreIncludes: true,
      keepComments: false,
      fonts: {},
      validationLevel: 'strict',
    });
    return { html };
  } catch (error) {
    return { faults: faultsOf(error) };
  }
}

function prepare(source: string, locale: Locale, preheader: string | null): string {
  const direction = directionOf(locale);
  const first = direction === 'rtl' ? rightToLeftDefaults : '';
  // MJML takes the last mj-preview it meets.
  const last = preheader === null ? '' : `<mj-preview>${preheader}</mj-preview>`;
  const rooted = logicalWords(untouchedLinks(source), direction === 'rtl').replace(
    /<mjml(\s[^>]*)?>/i,
    (_, attributes?: string) => {
      const others = (attributes ?? '').replace(/\s(lang|dir)\s*=\s*("[^"]*"|'[^']*')/gi, '');
      return `<mjml lang="${locale}" dir="${direction}"${others}>`;
    },
  );
  if (/<mj-head(\s[^>]*)?>/i.test(rooted)) {
    return rooted
      .replace(/<mj-head(\s[^>]*)?>/i, head => head.replace(/\/>$/, '></mj-head>') + first)
      .replace(/<\/mj-head\s*>/i, end => last + end);
  }
  return rooted.replace(/<mjml[^>]*>/i, root => `${root}<mj-head>${first}${last}</mj-head>`);
}

/** `align="start"`, `padding-end="8px"`: one wording for both directions, which MJML does not know. */
function logicalWords(source: string, rightToLeft: boolean): string {
  const start = rightToLeft ? 'right' : 'left';
  const end = rightToLeft ? 'left' : 'right';
  return source.replace(/<mj-[^>]*>/gi, tag =>
    tag
      .replace(/="start"|='start'/g, `="${start}"`)
      .replace(/="end"|='end'/g, `="${end}"`)
      .replace(/\b((?:inner-)?(?:padding|border))-start=/g, `$1-${start}=`)
      .replace(/\b((?:inner-)?(?:padding|border))-end=/g, `$1-${end}=`),
  );
}

function faultsOf(error: unknown): AuthorFault[] {
  if (error instanceof RangeError) {
    return [{ code: 'TEMPLATE_TOO_DEEP', message: 'The template is nested too deeply. Make it simpler.' }];
  }
  if (error instanceof Error && 'errors' in error && Array.isArray(error.errors)) {
    return (error.errors as { line?: number; message: string }[]).slice(0, 20).map(({ line, message }) => ({
      code: 'MJML_INVALID',
      message: `MJML: ${message}.`,
      line,
    }));
  }
  return [
    {
      code: 'MJML_INVALID',
      message: 'MJML: this is no complete document. It needs <mjml> with <mj-body> and sections in it.',
    },
  ];
}
