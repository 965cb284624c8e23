import { convert, type FormatCallback } from 'html-to-text';

const alternativeText: FormatCallback = (element, _walk, builder) => {
  const { alt } = element.attribs as Record<string, string | undefined>;
  if (alt) builder.addInline(alt);
};

/**
 * The text part of a message whose author gave none: the compiled HTML (Liquid as signs) as text, links kept.
 * Links stand in angle brackets, which mail programs know to end a link at (RFC 3986 appendix C).
 */
export function deriveText(html: string): string {
  return convert(html, {
    wordwrap: false,
    formatters: { alternativeText },
    selectors: [
      { selector: 'div[style^="display:none"]', format: 'skip' },
      { selector: 'img', format: 'alternativeText' },
      {
        selector: 'a',
        options: { linkBrackets: ['<', '>'], hideLinkHrefIfSameAsText: true, noAnchorUrl: true },
      },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map(selector => ({ selector, options: { uppercase: false } })),
    ],
  }).trim();
}
