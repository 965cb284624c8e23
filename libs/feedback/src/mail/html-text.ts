import { convert, type FormatCallback } from 'html-to-text';

/** The line put where a mail program began to quote without a mark that people would see. */
export const QUOTE_BEGINS = '-----Original Message-----';

const quoteBegins: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 1 });
  builder.addInline(QUOTE_BEGINS);
  builder.closeBlock({ trailingLineBreaks: 1 });
  walk(element.children, builder);
};

/** Where Outlook, Yahoo, Proton and others begin the mail they answer. */
const quotes = [
  ...[
    '#divRplyFwdMsg',
    '#appendonsend',
    '#OLK_SRC_BODY_SECTION',
    'div.OutlookMessageHeader',
    '#mail-editor-reference-message-container',
  ],
  ...[
    'div.yahoo_quoted',
    'div.protonmail_quote',
    'div.zmail_extra',
    '#reply-intro',
    'div.moz-forward-container',
    '#x_divRplyFwdMsg',
  ],
];
const unseen = [
  '.gmail_signature',
  '.moz-signature',
  '#Signature',
  '#ms-outlook-mobile-signature',
  'style',
  'script',
  'head',
  'img',
];

/**
 * Tags that are read. What is nested deeply costs more the deeper it is, seconds for a mail built so; what somebody answers
 * stands at the top.
 */
const MOST_TAGS = 4_000;

function beginningOf(html: string): string {
  let at = -1;
  for (let tags = 0; tags < MOST_TAGS; tags++) {
    at = html.indexOf('<', at + 1);
    if (at === -1) return html;
  }
  return html.slice(0, at);
}

/** The text of an HTML mail, quotes marked with ">" or `QUOTE_BEGINS`. Bounded: of a mail built to hurt it reads the beginning. */
export function textOfHtml(html: string, longest = 200_000): string {
  return convert(outlookQuotesMarked(beginningOf(html.slice(0, longest * 2))), {
    wordwrap: false,
    limits: { maxInputLength: longest * 2, maxDepth: 60, maxChildNodes: 2_000, ellipsis: '' },
    formatters: { quoteBegins },
    selectors: [
      ...quotes.map(selector => ({ selector, format: 'quoteBegins' })),
      ...unseen.map(selector => ({ selector, format: 'skip' })),
      { selector: 'blockquote', format: 'blockquote', options: { trimEmptyLines: true } },
      { selector: 'a', options: { ignoreHref: true } },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map(selector => ({ selector, options: { uppercase: false } })),
      { selector: 'table', format: 'block' },
    ],
  })
    .slice(0, longest)
    .trim();
}

/** Outlook for the desktop marks its quote by nothing but a line above it. */
function outlookQuotesMarked(html: string): string {
  return html.replace(
    /<div[^<>]{0,60}style=["'][^"'<>]{0,80}border-top:\s?solid #(?:E1E1E1|B5C4DF) 1\.0pt[^<>]{0,120}>/gi,
    mark => `${mark}<p>${QUOTE_BEGINS}</p>`,
  );
}
