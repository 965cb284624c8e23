import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { DomainError, type ErrorDetail } from '#common';
import { Database, storable } from '#database';
import { foldSms, readSms } from './sms-command.js';
import { type CountryWord, SmsKeywordRepository } from './sms-keyword.repository.js';
import { defaultKeywords, type KeywordCommand, keywordCommands, type SmsKeywords } from './sms-keywords.js';

/** Words by what they ask for. */
export type WordsByCommand = Record<KeywordCommand, string[]>;

/** The words that people of a country use beside our own. */
@Injectable()
export class SmsKeywordsService {
  constructor(
    private readonly db: Database,
    private readonly repository: SmsKeywordRepository,
    private readonly audit: AuditTrail,
  ) {}

  async ofCountry(country: string): Promise<WordsByCommand> {
    return byCommand(await this.repository.ofCountry(country));
  }

  /** Ours and those of the country that gave out this number (E.164). */
  async ofPhone(phone: string): Promise<SmsKeywords> {
    const words = byCommand(await this.repository.ofPhone(phone));
    const both = (command: KeywordCommand): ReadonlySet<string> =>
      new Set([...defaultKeywords[command], ...words[command]]);
    return { ...defaultKeywords, stop: both('stop'), start: both('start'), help: both('help') };
  }

  /**
   * Sets the words of a country; no others remain. They are kept as they are compared: without case, accents, marks.
   * @throws DomainError SMS_KEYWORDS_INVALID telling what is wrong with each
   */
  async set(country: string, words: WordsByCommand, actor: string): Promise<WordsByCommand> {
    const folded = keywordCommands.flatMap(command =>
      words[command].map((text, at) => ({ command, at, text, word: foldSms(storable(text)) })),
    );
    const faults = folded.flatMap((one, index) => faultOf(one, folded.slice(0, index)) ?? []);
    if (faults.length > 0) throw invalid(faults);
    const distinct = [...new Map(folded.map(one => [one.word, one])).values()];
    await this.db.transaction(async () => {
      await this.repository.replace(country, distinct);
      await this.audit.record(actor, 'sms-keywords.set', country, { words: byCommand(distinct) });
    });
    return this.ofCountry(country);
  }
}

type Given = CountryWord & { at: number; text: string };

function faultOf({ command, at, text, word }: Given, earlier: readonly Given[]): ErrorDetail | null {
  const fault = (code: string, message: string): ErrorDetail => ({ path: `${command}.${at}`, code, message });
  if (word === '') return fault('NO_WORD', 'There is no letter or digit in it.');
  const other = earlier.find(one => one.word === word && one.command !== command);
  if (other) return fault('REPEATED', `It stands under "${other.command}" already.`);
  const read = readSms(text).command;
  // To say that a doubtful word is a stop errs on the person's side; that it is anything else does not.
  const isFree = read === 'none' || read === command || (read === 'ambiguous' && command === 'stop');
  return isFree
    ? null
    : fault('MEANS_OTHERWISE', `Everywhere it means "${read}"; nobody would expect anything else.`);
}

function byCommand(words: readonly CountryWord[]): WordsByCommand {
  const of = (wanted: KeywordCommand): string[] =>
    words.filter(({ command }) => command === wanted).map(({ word }) => word);
  return { stop: of('stop'), start: of('start'), help: of('help') };
}

function invalid(details: ErrorDetail[]): DomainError {
  return new DomainError({
    ...{ kind: 'unprocessable', code: 'SMS_KEYWORDS_INVALID', details },
    message: 'These cannot be words that people answer with; the details say why.',
  });
}
