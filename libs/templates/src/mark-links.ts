import { convert } from 'html-to-text';
import { escapeHtml } from './clean-text.js';
import { type LiquidSign, restoreSigns, signOf } from './expand-source.js';
import { LINK_TAG } from './link-tag.js';
import { type WalkResult } from './markup-walk.js';

/** What stands in `rel` of a link that must stay as it is; MJML's own elements take no other attribute through. */
const UNTOUCHED = 'no-track';

const choice = /\sdata-track\s*=\s*(?:"(on|off)"|'(on|off)')/i;

/** `data-track="off"` on MJML's own elements, which know no such attribute; on `<a>` it stays what it is. */
export function untouchedLinks(source: string): string {
  return source.replace(/<mj-[^>]*>/gi, tag => {
    const [, double, single] = choice.exec(tag) ?? [];
    const chosen = (double ?? single)?.toLowerCase();
    if (chosen === undefined) return tag;
    const bare = tag.replace(choice, '');
    if (chosen === 'on') return bare;
    return /\srel\s*=\s*["']/i.test(bare)
      ? bare.replace(/(\srel\s*=\s*["'])/i, `$1${UNTOUCHED} `)
      : bare.replace(/^<mj-[\w-]+/i, name => `${name} rel="${UNTOUCHED}"`);
  });
}

/** A compiled document in which the web links are marked, and what was written in each, in order and each once. */
export interface MarkedLinks {
  html: string;
  links: string[];
}

/**
 * Puts `{% link n %}` around the address of every link that may be a web link: neither `mailto:`, `tel:`, `sms:` nor a
 * place in the document, and not one that its author wants untouched. The address itself is written anew, so that
 * whatever entities an author used, taking it out of its attribute is one plain step for each message.
 * @param html its Liquid is signs; those of the marks are added to `signs`
 */
export function markLinks(html: string, walk: WalkResult, signs: LiquidSign[]): MarkedLinks {
  const sign = (text: string): string => signOf(signs.push({ kind: 'tag', name: LINK_TAG, text }) - 1);
  const links: string[] = [];
  let marked = '';
  let at = 0;
  for (const { begin, end, attributes } of walk.links) {
    const address = addressIn(html.slice(begin, end));
    if (isUntouched(attributes) || !/^(?:https?:\/\/|\uE000)/i.test(address)) continue;
    const written = restoreSigns(address, index => signs[index]?.text ?? '');
    let link = links.indexOf(written);
    if (link === -1) link = links.push(written) - 1;
    const tags = [sign(`{% ${LINK_TAG} ${link} %}`), sign(`{% end${LINK_TAG} %}`)];
    marked += html.slice(at, begin) + tags.join(escapeHtml(address));
    at = end;
  }
  return { html: marked + html.slice(at), links };
}

function isUntouched(attributes: ReadonlyMap<string, string>): boolean {
  return (
    attributes.get('data-track')?.trim().toLowerCase() === 'off' ||
    (attributes.get('rel') ?? '').toLowerCase().split(/\s+/).includes(UNTOUCHED)
  );
}

/** What a browser reads out of the attribute: entities as HTML has them, in all their kinds; no space around. */
function addressIn(value: string): string {
  let address = '';
  convert(`<a href="${value}"></a>`, {
    formatters: {
      read: element => {
        address = (element.attribs as Record<string, string>)['href'] ?? '';
      },
    },
    selectors: [{ selector: 'a', format: 'read' }],
  });
  return address.trim();
}
