import { type Locale } from '#common';
import { directionOf } from './bidi.js';
import { type FactName } from './message-subject.js';
import { type AuthorFault } from './template.errors.js';
import { type WalkResult } from './markup-walk.js';

/** Gmail shows this many bytes of HTML and cuts the rest off, the legal footer with it. */
const GMAIL_BYTES = 102_000;

const known: Record<string, readonly string[] | null> = {
  contact: ['firstName', 'lastName', 'email', 'phone', 'locale', 'country', 'attributes'],
  sender: [
    ...['legalName', 'tradingName', 'registrationNumber', 'registrationPlace', 'registeredAddress'],
    ...['contactEmail', 'phone', 'website', 'privacyUrl', 'faq'],
  ],
  campaign: ['name'],
  purchases: [
    ...[
      'count',
      'firstAt',
      'lastAt',
      'daysSinceLast',
      'categories',
      'total',
      'average',
      'totals',
      'averages',
    ],
  ],
  order: ['number', 'placedAt', 'currency', 'total', 'url', 'items'],
  event: ['name', 'occurredAt', 'data'],
  unsubscribeUrl: null,
  preferencesUrl: null,
  forloop: null,
};

/** Variables nothing will ever fill: almost always a slip of the pen. */
export function lintVariables(paths: string[][]): AuthorFault[] {
  return paths.flatMap(([root = '', property]) => {
    const properties = Object.hasOwn(known, root) ? known[root] : undefined;
    if (properties === null) return [];
    if (properties === undefined)
      return [unknownVariable(root, `There is: ${Object.keys(known).join(', ')}.`)];
    if (property === undefined || properties.includes(property)) return [];
    return [unknownVariable(`${root}.${property}`, `${root} has: ${properties.join(', ')}.`)];
  });
}

/** What is filled in some messages only: whoever else gets the template finds nothing there. */
export function lintFacts(facts: ReadonlySet<FactName>): AuthorFault[] {
  return [
    ...(facts.has('order')
      ? [fault('ORDER_ONLY_IN_SEQUENCES', '"order" is filled only in sequences that an order began')]
      : []),
    ...(facts.has('event')
      ? [fault('EVENT_ONLY_IN_SEQUENCES', '"event" is filled only in sequences that an event began')]
      : []),
  ];
}

const fault = (code: string, what: string): AuthorFault => ({
  code,
  message: `${what}; in all other messages it is empty. Give it a default, or ask {% if %} first.`,
});

function unknownVariable(path: string, there: string): AuthorFault {
  return { code: 'VARIABLE_UNKNOWN', message: `"${path}" is never filled and shows as nothing. ${there}` };
}

/** What is allowed, but keeps some people from reading the mail well. */
export function lintMarkup(
  walk: WalkResult,
  locale: Locale,
  lineOf: (offset: number) => number | undefined,
): AuthorFault[] {
  const warnings: AuthorFault[] = [];
  for (const { name, offset, attributes } of walk.elements) {
    const line = lineOf(offset);
    if ((name === 'mj-image' || name === 'img') && !attributes.has('alt')) {
      const message = `<${name}> has no alt. Say what the picture tells, or alt="" if it only decorates.`;
      warnings.push({ code: 'ALT_MISSING', message, line });
    }
    if (directionOf(locale) === 'rtl' && name === 'mj-text' && attributes.get('align') === 'left') {
      const message =
        'align="left" is the end of a line in Arabic. Write align="start" for where lines begin.';
      warnings.push({ code: 'ALIGN_PHYSICAL', message, line });
    }
    if (name === 'mj-social-element' && !attributes.has('src')) {
      const message = 'Without src the icon loads from another company, which then sees who opened the mail.';
      warnings.push({ code: 'ICON_THIRD_PARTY', message, line });
    }
    if (/^http:/i.test(attributes.get('src')?.trim() ?? '')) {
      warnings.push({
        code: 'PICTURE_NOT_HTTPS',
        message: 'Many mail programs show pictures from https:// only.',
        line,
      });
    }
  }
  return warnings;
}

export function lintSize(html: string): AuthorFault[] {
  const bytes = Buffer.byteLength(html);
  if (bytes <= GMAIL_BYTES) return [];
  const message = `The message has ${Math.round(bytes / 1000)} KB of HTML. Gmail cuts it off after 102 KB, and the legal footer with it.`;
  return [{ code: 'GMAIL_CUTS_OFF', message }];
}
