import { declarationsFault } from './style-rules.js';

/** HTML an author may write inside MJML's text elements. A list of what is allowed: the rest is refused. */
export const htmlElements = new Set(
  (
    'a abbr b bdi bdo blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure ' +
    'font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub sup table tbody ' +
    'td tfoot th thead tr tt u ul var wbr'
  ).split(' '),
);

/** MJML elements that hold text and HTML; the others hold elements only. */
export const textHolders = new Set([
  'mj-text',
  'mj-button',
  'mj-table',
  'mj-raw',
  'mj-title',
  'mj-preview',
  'mj-style',
  'mj-accordion-title',
  'mj-accordion-text',
  'mj-navbar-link',
  'mj-social-element',
]);

/** MJML elements between whose children an `{% if %}` or `{% for %}` may stand (they take `mj-raw`). */
export const repeaters = new Set(
  ['body', 'wrapper', 'section', 'group', 'column', 'hero', 'social', 'navbar', 'accordion'].map(
    name => `mj-${name}`,
  ),
);

export const voidElements = new Set(
  'area base br col embed hr img input link meta param source track wbr'.split(' '),
);

/** What MJML's own output may hold besides `htmlElements`; it writes menus and accordions with hidden check boxes. */
export const compiledElements = new Set([
  ...htmlElements,
  ...['html', 'head', 'title', 'meta', 'style', 'body', 'input', 'label'],
]);

/** Why an element is refused, or null. */
export function elementFault(name: string, parent: string | null): { code: string; message: string } | null {
  if (name === 'mj-include') {
    return {
      code: 'INCLUDE_BLOCKED',
      message: '<mj-include> is blocked. Use {% render %} with one of our partials.',
    };
  }
  if (name === 'mj-font') {
    return {
      code: 'FONT_BLOCKED',
      message:
        '<mj-font> is blocked: it would tell another party who opened the mail. Name fonts people have.',
    };
  }
  if (name === 'mj-html-attributes') {
    return {
      code: 'ELEMENT_BLOCKED',
      message: '<mj-html-attributes> is blocked. Put attributes on the elements.',
    };
  }
  if (name === 'mj-raw' && parent !== null && ['mjml', 'mj-head', 'mj-attributes'].includes(parent)) {
    return { code: 'ELEMENT_BLOCKED', message: `<mj-raw> may not stand in <${parent}>.` };
  }
  if (name === 'mjml' && parent !== null) {
    return {
      code: 'ELEMENT_BLOCKED',
      message: '<mjml> is the whole document; it cannot stand inside another element.',
    };
  }
  if (name === 'mjml' || name.startsWith('mj-')) {
    if (parent !== null && (textHolders.has(parent) || htmlElements.has(parent))) {
      return { code: 'ELEMENT_MISPLACED', message: `<${name}> cannot stand inside <${parent}>.` };
    }
    return null;
  }
  if (!htmlElements.has(name)) {
    return { code: 'ELEMENT_BLOCKED', message: `<${name}> is not allowed in a mail.` };
  }
  if (parent === null || ['mj-title', 'mj-preview', 'mj-style'].includes(parent)) {
    return { code: 'ELEMENT_MISPLACED', message: `<${name}> cannot stand here; put it inside <mj-text>.` };
  }
  return null;
}

const linkAttribute = /^(href|src|srcset|background|background-url|cite|action|formaction|poster|longdesc)$/;
export const isLinkAttribute = (name: string): boolean => linkAttribute.test(name);
export const isLabelAttribute = (name: string): boolean => /^(alt|title|aria-label|summary)$/.test(name);

/** The attributes MJML copies into attributes; nearly all others end in `style`. */
const liquidAttribute = /^(href|src|srcset|alt|title|aria-label|css-class|name|rel|target)$/;

const LONGEST_MJML_ATTRIBUTE = 2_048;

/**
 * Why an attribute is refused, or null.
 * @param value the literal parts, each piece of Liquid as its sign.
 */
export function attributeFault(
  element: string,
  name: string,
  value: string,
): { code: string; message: string } | null {
  if (name.startsWith('on') || name === 'srcdoc' || name === 'formaction' || name === 'ping') {
    return { code: 'ATTRIBUTE_BLOCKED', message: `The attribute "${name}" is not allowed in a mail.` };
  }
  if (name === 'style') {
    const fault = declarationsFault(value.replaceAll('&quot;', "'"));
    return fault === null ? null : { code: 'STYLE_BLOCKED', message: fault };
  }
  if (element.startsWith('mj') && value.includes('\uE000') && !liquidAttribute.test(name)) {
    return {
      code: 'LIQUID_IN_STYLE',
      message: `Liquid cannot stand in "${name}", which becomes a style. Use {% if %}.`,
    };
  }
  if (isLinkAttribute(name)) return linkFault(name, value);
  if (!element.startsWith('mj')) return null;
  if (value.length > LONGEST_MJML_ATTRIBUTE) {
    return {
      code: 'ATTRIBUTE_TOO_LONG',
      message: `"${name}" is longer than ${LONGEST_MJML_ATTRIBUTE} characters.`,
    };
  }
  // MJML prints attributes as they are: into attributes of HTML, and most of them into `style`.
  const forbidden = isLabelAttribute(name) ? /["<>]/ : /["<>;{}\\]/;
  if (forbidden.test(value)) {
    return { code: 'ATTRIBUTE_INVALID', message: `"${name}" may not contain " < > ; { } or \\.` };
  }
  if (name === 'position') return { code: 'ATTRIBUTE_BLOCKED', message: '"position" is not allowed.' };
  return null;
}

const allowedLink = /^(https?:\/\/|mailto:|tel:|sms:|#)/i;

function linkFault(name: string, value: string): { code: string; message: string } | null {
  const link = value.trim();
  if (/["<>\s]/.test(link)) {
    return {
      code: 'LINK_INVALID',
      message: `The link in "${name}" contains a space, a quote or an angle bracket.`,
    };
  }
  if (link.length > LONGEST_MJML_ATTRIBUTE) {
    return {
      code: 'ATTRIBUTE_TOO_LONG',
      message: `The link is longer than ${LONGEST_MJML_ATTRIBUTE} characters.`,
    };
  }
  // A link that begins with Liquid has its scheme checked when it is rendered.
  if (link === '' || link.startsWith('\uE000') || allowedLink.test(link)) return null;
  return {
    code: 'LINK_INVALID',
    message: `"${link.slice(0, 60)}" is no link for a mail: it begins with https://, mailto: or tel:.`,
  };
}
