import { type Direction, isolateWithCharacters, isolationOf } from './bidi.js';
import { cleanLine, cleanText, escapeHtml } from './clean-text.js';
import { LocalDate, Money } from './written-values.js';

/** Where an output `{{ ... }}` stands; each place needs its own encoding. */
export type OutputPlace =
  | 'text' // between tags
  | 'title' // in <title>, where tags are plain text
  | 'label' // an attribute that is read to people: alt, title, aria-label
  | 'attribute' // any other attribute, and Outlook's conditional comments
  | 'url' // the begin of a link: the scheme is checked
  | 'urlPart'; // further along in a link

/** A value of any type as an author expects to read it: lists as an enumeration, nothing for nothing. */
export function valueText(value: unknown, direction: Direction): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Money || value instanceof LocalDate) return value.toString();
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  if (Array.isArray(value)) {
    return value
      .map(item => (Array.isArray(item) ? '' : valueText(item, direction)))
      .filter(text => text !== '')
      .join(direction === 'rtl' ? '، ' : ', ');
  }
  return '';
}

const linkSchemes = /^(https?:\/\/|mailto:|tel:|sms:)/i;

/** A link a mail may hold, or `#`: a value must not smuggle in a script or a file. */
function encodeUrl(value: string): string {
  const url = cleanLine(value).trim();
  return url === '' || linkSchemes.test(url) ? encodeUrlPart(url) : '#';
}

const unsafeInUrl = /[^A-Za-z0-9\-._~%/:@!$'()*,;=+?&#]/gu;

/** Percent-encodes what may not stand in a URL (RFC 3986) and leaves what is encoded already. */
function encodeUrlPart(value: string): string {
  return cleanLine(value).replace(unsafeInUrl, character => encodeURIComponent(character));
}

/** A value may not begin another parameter or a fragment of the link it is put into. */
function encodeUrlInside(value: string): string {
  return encodeUrlPart(value).replaceAll('&', '%26').replaceAll('#', '%23');
}

/** How a value is written at each place of an HTML part in this direction. */
export function htmlEncoders(direction: Direction): Record<OutputPlace, (value: unknown) => string> {
  const text = (value: unknown): string => valueText(value, direction);
  return {
    text: value => {
      const clean = cleanText(text(value));
      const isolation = isolationOf(clean, direction);
      const escaped = escapeHtml(clean);
      return isolation === null ? escaped : `<bdi dir="${isolation}">${escaped}</bdi>`;
    },
    title: value => escapeHtml(isolateWithCharacters(cleanLine(text(value)), direction)),
    label: value => escapeHtml(isolateWithCharacters(cleanLine(text(value)), direction)),
    attribute: value => escapeHtml(cleanLine(text(value))),
    url: value => escapeHtml(encodeUrl(text(value))),
    urlPart: value => escapeHtml(encodeUrlInside(text(value))),
  };
}

/** A link stays bare in plain text: mail programs find it by its characters and would swallow an isolate into it. */
const bareLink = /^(https?:\/\/|mailto:|tel:)\S+$/i;

/** How a value is written in a text part. */
export function textEncoder(direction: Direction): (value: unknown) => string {
  return value => {
    const clean = cleanText(valueText(value, direction));
    return bareLink.test(clean) ? clean : isolateWithCharacters(clean, direction);
  };
}

/** How a value is written in a subject: on one line, isolated. */
export function subjectEncoder(direction: Direction): (value: unknown) => string {
  return value => isolateWithCharacters(cleanLine(valueText(value, direction)), direction);
}

/**
 * How a value is written in an SMS: bare. An isolate would be a character to pay for, would turn GSM-7 into UCS-2, and shows
 * as a box on some phones.
 */
export function smsEncoder(direction: Direction): (value: unknown) => string {
  return value => {
    const text = cleanText(valueText(value, direction));
    // Between an amount and its currency; the alphabet of SMS has none, and one would make the whole message UCS-2.
    return value instanceof Money ? text.replace(/[\u00A0\u202F]/g, ' ') : text;
  };
}
