import { escapeHtml } from './clean-text.js';
import { type LinkMarking } from './link-marking.js';
import { type LinkWriter } from './link-tag.js';
import { type RenderContext } from './person.js';
import { withUtm } from './utm.js';

/** Octets of an address that a link of ours still has room for; longer ones stay as they are. */
export const LONGEST_DESTINATION = 2_000;

const ownPage = /^\/[a-z]\//;

/** Writes the links of one message. It is where what may be measured of a person is acted on; see `RenderContext`. */
export class MeasuredLinks implements LinkWriter {
  /** Where the first link leads that was made measurable. */
  #first: string | null = null;

  /** @param numbers the template's number of each of the variant's links */
  constructor(
    private readonly context: RenderContext,
    private readonly marking: LinkMarking,
    private readonly numbers: readonly number[],
  ) {}

  /** null where neither links are measured nor tags added: then a message is what it would be without all this. */
  static of(context: RenderContext, numbers: readonly number[]): MeasuredLinks | null {
    const { marking, tracking } = context;
    if (marking === null || numbers.length === 0 || !(tracking.links || marking.utm)) return null;
    return new MeasuredLinks(context, marking, numbers);
  }

  write(link: number, url: string): string | null {
    if (!/^https?:\/\//i.test(url) || this.#isNeverTouched(url)) return null;
    const { utm } = this.marking;
    const destination = utm === null ? url : withUtm(url, utm);
    if (this.context.tracking.links && isCarried(destination)) {
      this.#first ??= destination;
      return this.marking.clickUrl(this.numbers[link] ?? 0, this.numbers.length, destination);
    }
    return destination === url ? null : destination;
  }

  /**
   * A link that no person sees, hears or reaches by keyboard: only a program that follows every address presses it. There
   * is one where links are measured, and none elsewhere.
   */
  get honeypot(): string {
    if (this.#first === null) return '';
    const href = escapeHtml(this.marking.clickUrl(0, this.numbers.length, this.#first));
    return `<a href="${href}" aria-hidden="true" tabindex="-1" rel="nofollow" style="${hidden}"></a>`;
  }

  /** The way out, the preferences and everything else of ours, and what the law wants people to be able to read. */
  #isNeverTouched(url: string): boolean {
    const { unsubscribeUrl, preferencesUrl, sender } = this.context;
    const { ourPages } = this.marking;
    if (url.startsWith(unsubscribeUrl) || url.startsWith(preferencesUrl)) return true;
    if (sender.privacyUrl !== null && url.split('#', 1)[0] === sender.privacyUrl.split('#', 1)[0])
      return true;
    return url.startsWith(`${ourPages}/`) && ownPage.test(url.slice(ourPages.length));
  }
}

/** An address that a browser takes for one, and for which there is room. */
function isCarried(url: string): boolean {
  return Buffer.byteLength(url) <= LONGEST_DESTINATION && URL.canParse(url);
}

const hidden = [
  ...['display:none!important', 'visibility:hidden', 'mso-hide:all', 'opacity:0', 'overflow:hidden'],
  ...['width:0', 'height:0', 'max-height:0', 'font-size:0', 'line-height:0', 'color:transparent'],
].join(';');

/**
 * The picture that tells of an open, or nothing. Not `display:none`: mail programs do not load what they do not show. It
 * stands before the footer, where those that cut long mails off still reach it.
 */
export function openPicture({ tracking, marking }: RenderContext): string {
  if (!tracking.opens || marking === null) return '';
  const src = escapeHtml(marking.openUrl());
  return `<img src="${src}" width="1" height="1" alt="" aria-hidden="true" style="display:block;width:1px;height:1px;border:0;margin:0;padding:0">`;
}
