import { addressesIn } from './mail-addresses.js';
import { type Field, readFieldBlocks } from './header-fields.js';

/** What is found of original messages in a mail. */
export interface ReturnedTraces {
  references: string[];
  returnedRecipients: string[];
  returnedUnsubscribeUrls: string[];
}

const mostReferences = 50;
const mostRecipients = 50;
const mostUrls = 10;

/** Headers in which a message, or a server's echo of one, bears its Message-ID. */
const idNames =
  /^(?:(?:x-)?(?:original-|failed-|returned-|ms-exchange-(?:parent|original)-)?message-?id|in-reply-to|references|x-(?:ms-exchange-)?original-message-id|x-original-id|original-message-id|x-mailer-msgid|x-google-original-message-id)$/;
const recipientNames = new Set([
  'to',
  'cc',
  'bcc',
  'delivered-to',
  'x-original-to',
  'envelope-to',
  'resent-to',
  'apparently-to',
]);

export class TraceCollector {
  readonly #references = new Set<string>();
  readonly #recipients = new Set<string>();
  readonly #urls = new Set<string>();

  /** Ids in any text: `<something@host>`. Those that are addresses of people do no harm, since no token verifies. */
  addIds(text: string): void {
    for (const id of messageIdsIn(text)) {
      if (this.#references.size >= mostReferences) return;
      this.#references.add(id);
    }
  }

  /** A returned message, or the part with its headers. */
  addReturned(text: string): void {
    for (const field of readFieldBlocks(text, 1_000)[0] ?? []) this.#addField(field);
  }

  /** A text in which the headers of a returned message may stand somewhere, also in the middle of a line. */
  addQuoting(text: string): void {
    for (const [, id] of text.slice(0, 200_000).matchAll(/message-?id\s{0,3}[:=]\s{0,3}<?([^\s<>]{3,998})/gi))
      this.addIds(id ?? '');
    for (const field of readFieldBlocks(text).flat()) this.#addField(field);
  }

  #addField({ name, value }: Field): void {
    if (idNames.test(name)) this.addIds(value);
    if (recipientNames.has(name)) this.#addRecipients(value);
    if (name === 'list-unsubscribe') {
      for (const [url] of value.matchAll(/(?:https?:\/\/|mailto:)[^\s<>,]+/gi)) {
        if (this.#urls.size < mostUrls && url.length <= 2_000) this.#urls.add(url);
      }
    }
  }

  #addRecipients(value: string): void {
    for (const address of addressesIn(value, mostRecipients)) {
      if (this.#recipients.size < mostRecipients) this.#recipients.add(address);
    }
  }

  traces(): ReturnedTraces {
    return {
      references: [...this.#references],
      returnedRecipients: [...this.#recipients],
      returnedUnsubscribeUrls: [...this.#urls],
    };
  }
}

/** Message-IDs in their angle brackets; one without them is put into some. */
export function messageIdsIn(text: string, most = mostReferences): string[] {
  const ids: string[] = [];
  for (const [token] of text.slice(0, 100_000).matchAll(/[^\s<>,;()"]+/g)) {
    if (ids.length >= most) break;
    if (token.length <= 998 && /^[^@]+@[^@]+$/.test(token) && !/^mailto:/i.test(token))
      ids.push(`<${token}>`);
  }
  return ids;
}
