import { type LawCells } from '#consent';
import { type SmsSource } from '#transports';
import { type Rate } from '../pacing/rate.js';

/** The most characters of a name that SMS come from (GSM 03.40: an alphanumeric originating address). */
export const LONGEST_NAME = 11;

/** Whom a sender's SMS come from, for phones of one country or of all that have none of their own. */
export interface SourceOfSender {
  senderId: number;
  /** ISO 3166-1 alpha-2, of the phone it goes to; null: any that has none of its own. */
  country: string | null;
  kind: SmsSource['kind'];
  value: string;
  /** How many parts it may send in a time; null: as fast as the provider takes them. */
  rate: Rate | null;
  /** Whether the provider itself answers "STOP" and the like. */
  providerAnswers: boolean;
}

/** What a source looks like: a name has a letter, so that it is no number. */
export function kindOfSource(value: string): SmsSource['kind'] | null {
  if (/^MG[0-9a-f]{32}$/i.test(value)) return 'service';
  if (/^\+[1-9]\d{6,14}$|^\d{3,8}$/.test(value)) return 'number';
  return /^(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}$/.test(value) ? 'name' : null;
}

/** A long number sends a part a second in the networks of the US and Canada, and is safe with that elsewhere. */
export function usualRate(kind: SmsSource['kind'], value: string): Rate | null {
  return kind === 'number' && value.startsWith('+') ? { messages: 1, per: 'second' } : null;
}

export function sourceFor(sources: readonly SourceOfSender[], country: string | null): SourceOfSender | null {
  return (
    sources.find(source => source.country !== null && source.country === country) ??
    sources.find(source => source.country === null) ??
    null
  );
}

type Mark = LawCells['mark.smsSender']['value'];

/** A name as an advertisement must bear it in a country: `AD-Shop`, `Shop-AD`. One that has the mark gets no second. */
export function markedName(name: string, { prefix, suffix }: Mark): string {
  const front = name.startsWith(prefix) ? name : prefix + name;
  return front.endsWith(suffix) ? front : front + suffix;
}

/** What an SMS comes from; only names of advertisements are marked. */
export function toSource({ kind, value }: SourceOfSender, isMarketing: boolean, mark: Mark): SmsSource {
  if (kind === 'number') return { kind, number: value };
  if (kind === 'service') return { kind, serviceSid: value };
  return { kind, name: isMarketing ? markedName(value, mark) : value };
}
