import { domainToASCII } from 'node:url';
import { cleanLine } from './clean-text.js';

/** What a link tells the shop's own statistics of where somebody came from; the same for everybody who gets the message. */
export interface UtmTags {
  source: string;
  medium: string;
  campaign: string;
  content?: string;
  /** Links to these hosts and what is below them; absent: every web link. */
  domains?: string[];
}

/** RFC 3986 appendix B, of the web alone: the authority, the path, the query, the fragment; each as it stands. */
const webLink = /^(https?:\/\/)([^/?#\\]*)([^?#]*)(\?[^#]*)?(#[\s\S]*)?$/i;

/** Adds the tags a link does not have already; the rest of it stays to the letter. */
export function withUtm(url: string, tags: UtmTags): string {
  const [, scheme = '', authority = '', path = '', query = '', fragment = ''] = webLink.exec(url) ?? [];
  if (scheme === '' || !isOneOf(authority, tags.domains)) return url;
  const present = namesIn(query);
  const wanted = Object.entries({
    utm_source: tags.source,
    utm_medium: tags.medium,
    utm_campaign: tags.campaign,
    utm_content: tags.content,
  });
  const added = wanted
    .filter(([name, value]) => value !== undefined && !present.has(name))
    .map(([name, value]) => `${name}=${encodeURIComponent(cleanLine(value ?? ''))}`)
    .join('&');
  if (added === '') return url;
  const before = query === '' ? '?' : query === '?' || query.endsWith('&') ? query : `${query}&`;
  return `${scheme}${authority}${path}${before}${added}${fragment}`;
}

function namesIn(query: string): Set<string> {
  return new Set([...query.matchAll(/[?&](utm_\w+)/gi)].map(([, name = '']) => name.toLowerCase()));
}

/** `shop.example` is `shop.example` itself, and `www.shop.example`, in whichever spelling. */
function isOneOf(authority: string, domains: readonly string[] | undefined): boolean {
  if (domains === undefined) return true;
  const host = asciiHost(authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, ''));
  return (
    host !== '' &&
    domains.some(domain => {
      const wanted = asciiHost(domain);
      return wanted !== '' && (host === wanted || host.endsWith(`.${wanted}`));
    })
  );
}

function asciiHost(host: string): string {
  return domainToASCII(host.replace(/\.$/, '')).toLowerCase();
}
