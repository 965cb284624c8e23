import { type UtmTags } from './utm.js';

/** How the addresses of one message may be written: tags for everybody's statistics, and addresses of this person's own. */
export interface LinkMarking {
  /** Tags, which tell nobody apart and so need nobody's consent; null: none. */
  utm: UtmTags | null;
  /** What the addresses of our own pages for customers begin with, as in `https://mail.shop.example`. */
  ourPages: string;
  /**
   * An address of ours that leads to `destination` and tells that this person pressed the link.
   * @param link 1 and up; 0 is the link that no person sees
   * @param of how many links the message has
   */
  clickUrl(link: number, of: number, destination: string): string;
  /** The address of a picture that tells that this person's mail program loaded it. */
  openUrl(): string;
}
