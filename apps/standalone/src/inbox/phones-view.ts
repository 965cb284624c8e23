import { type StoredSms } from '#transports';
import { sizeOfSms } from '#templates';
import { linkify } from './inbox-view.js';

/** What went to and fro between a phone and one number or name, as the phone shows it. */
export interface Thread {
  /** Whom the phone's owner reads as the sender. */
  with: string;
  /** Oldest first. */
  messages: StoredSms[];
}

export interface Phone {
  number: string;
  /** The one with the newest message first. */
  threads: Thread[];
}

/** Phones by their messages, the one with the newest first. */
export function phonesOf(newestFirst: readonly StoredSms[]): Phone[] {
  const phones = new Map<string, Map<string, StoredSms[]>>();
  for (const sms of newestFirst) {
    const [number, other] = sms.direction === 'inbound' ? [sms.from, sms.to] : [sms.to, sms.from];
    const threads = phones.get(number) ?? new Map<string, StoredSms[]>();
    const messages = threads.get(other) ?? [];
    messages.push(sms);
    phones.set(number, threads.set(other, messages));
  }
  return [...phones].map(([number, threads]) => ({
    number,
    threads: [...threads].map(([other, messages]) => ({ with: other, messages: messages.reverse() })),
  }));
}

/** A name cannot be answered, and of a Messaging Service nobody knows which of its numbers was used. */
export function canBeAnswered(sender: string): boolean {
  return /^(?:\+\d{7,15}|\d{3,8})$/.test(sender);
}

const LETTER = /\p{L}/u;
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
/** Of a text's words; as in the estimate of Google's Closure library: Arabic has Latin in it more often than the reverse. */
const ENOUGH = 0.4;

/**
 * The way a text reads: right to left where enough of its words do, addresses left out. Its first letter says too little:
 * many an Arabic SMS begins with a shop's Latin name, and many an English one greets somebody called منى.
 */
export function readingDirection(text: string): 'ltr' | 'rtl' {
  const parts = linkify(text).filter(part => part.url === null);
  const firstLetters = parts
    .flatMap(part => part.text.split(/\s+/))
    .flatMap(word => LETTER.exec(word)?.[0] ?? []);
  const rightToLeft = firstLetters.filter(letter => RIGHT_TO_LEFT.test(letter)).length;
  return rightToLeft > firstLetters.length * ENOUGH ? 'rtl' : 'ltr';
}

export function smsItem(sms: StoredSms) {
  const { encoding, parts, units } = sizeOfSms(sms.text);
  return { ...sms, parts, encoding, units, dir: readingDirection(sms.text) };
}

export function phoneUrl(number: string): string {
  return `/inbox/phones/${number.replace(/^\+/, '')}`;
}

/** A line of the list: a phone and the newest message on it. */
export function phoneItem({ number, threads }: Phone) {
  const newest = threads[0]?.messages.at(-1) as StoredSms;
  return {
    ...{ number, url: phoneUrl(number), with: threads[0]?.with },
    count: threads.reduce((sum, { messages }) => sum + messages.length, 0),
    ...{ text: newest.text, at: newest.at, dir: readingDirection(newest.text) },
    isOwn: newest.direction === 'inbound',
  };
}

export function phonePage({ number, threads }: Phone) {
  return {
    ...{ number, url: phoneUrl(number) },
    threads: threads.map((thread, at) => ({
      ...{ with: thread.with, anchor: `t${at + 1}`, canBeAnswered: canBeAnswered(thread.with) },
      messages: thread.messages.map(sms => ({
        ...{ at: sms.at, isOwn: sms.direction === 'inbound', dir: readingDirection(sms.text) },
        ...{ text: linkify(sms.text), facts: factsOf(sms), trouble: troubleOf(sms) },
      })),
    })),
  };
}

/** What stands below a message, apart from its time. */
function factsOf(sms: StoredSms): string[] {
  const { encoding, parts } = sizeOfSms(sms.text);
  const { state, validSeconds } = sms;
  return [
    `${parts} ${parts === 1 ? 'part' : 'parts'}, ${encoding === 'gsm7' ? 'GSM-7' : 'UCS-2'}`,
    ...(validSeconds === null ? [] : [`valid for ${lengthOf(validSeconds)}`]),
    ...(state === 'delivered' || state === 'received' ? [state] : []),
    ...(state === 'queued' || state === 'receiving' ? ['on its way'] : []),
  ];
}

function troubleOf({ state, errorCode }: StoredSms): string | null {
  if (state === 'undelivered') return `not delivered: error ${errorCode}`;
  if (state !== 'failed') return null;
  return errorCode === null ? 'not taken: nobody answered' : `not taken: the answer was ${errorCode}`;
}

function lengthOf(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours === 0
    ? `${minutes} min`
    : minutes % 60 === 0
      ? `${hours} h`
      : `${hours} h ${minutes % 60} min`;
}
