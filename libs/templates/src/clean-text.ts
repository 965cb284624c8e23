/** Embeddings, overrides and isolates: with them a value could turn the text around it, or end our own isolation. */
const directionControls = '\\u202A-\\u202E\\u2066-\\u2069';
const unsafeAnywhere = new RegExp(`[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F${directionControls}]`, 'g');
const unsafeInALine = new RegExp(`[\\x00-\\x08\\x0E-\\x1F\\x7F-\\x84\\x86-\\x9F${directionControls}]`, 'g');
const lineBreaks = /[\t\n\v\f\r\x85\u2028\u2029]+/g;
const anySurrogate = /[\uD800-\uDFFF]/;
const loneSurrogates = /\p{Surrogate}/gu;

/** A text without control characters, direction controls and broken surrogate pairs; line breaks stay. */
export function cleanText(text: string): string {
  const whole = anySurrogate.test(text) ? text.replace(loneSurrogates, '\uFFFD') : text;
  return whole.replace(unsafeAnywhere, '');
}

/** The same on one line: fit for a header (RFC 5322 section 2.2 forbids bare CR and LF there). */
export function cleanLine(text: string): string {
  const whole = anySurrogate.test(text) ? text.replace(loneSurrogates, '\uFFFD') : text;
  return whole.replace(unsafeInALine, '').replace(lineBreaks, ' ');
}

/** Conditions that printed nothing leave empty lines behind. */
export function tidyText(text: string): string {
  if (!/[ \t\r]\n|\n\n\n/.test(text)) return text.trim();
  const lines = text.split('\n').map(line => line.trimEnd());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

const htmlSpecial = /[&<>"']/;
const htmlSpecials = /[&<>"']/g;
const htmlEntities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = /&(?:amp|lt|gt|quot|#39);/g;
const unescaped: Record<string, string> = Object.fromEntries(
  Object.entries(htmlEntities).map(([character, entity]) => [entity, character]),
);

/** What `escapeHtml` was given. */
export function unescapeHtml(text: string): string {
  return text.includes('&') ? text.replace(escaped, entity => unescaped[entity] ?? '') : text;
}

export function escapeHtml(text: string): string {
  return htmlSpecial.test(text)
    ? text.replace(htmlSpecials, character => htmlEntities[character] ?? '')
    : text;
}
