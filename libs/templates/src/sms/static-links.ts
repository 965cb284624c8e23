/** A link as people write it in a text; what closes a sentence does not belong to it. */
const link = /\bhttps?:\/\/[^\s"'<>«»“”]+/gi;
const closing = /[.,;:!?)\]}»”’'"،؛؟]+$/u;

/** The web links in a text, each where it stands, without the punctuation behind it. */
function linksAt(text: string): { at: number; url: string }[] {
  return [...text.matchAll(link)].map(found => ({ at: found.index, url: found[0].replace(closing, '') }));
}

/**
 * The links that everybody gets alike, in the order in which they first stand: written out by the author, with no Liquid in
 * them or right behind them. A template that was used does not change, so that the number of one means it for good.
 */
export function staticLinks(source: string): string[] {
  const found = linksAt(source)
    .filter(({ at, url }) => !/[{}]/.test(url) && !source.startsWith('{', at + url.length))
    .map(({ url }) => url);
  return [...new Set(found)];
}

/** The text with its links as `shorter` gives them: where it gives none, and where that would not be shorter, as they are. */
export function withShortLinks(text: string, shorter: (url: string) => string | null): string {
  let [written, from] = ['', 0];
  for (const { at, url } of linksAt(text)) {
    const short = shorter(url);
    if (short === null || short.length >= url.length) continue;
    written += text.slice(from, at) + short;
    from = at + url.length;
  }
  return written + text.slice(from);
}
