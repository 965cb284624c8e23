import { type Locale, localize } from '#common';
import { directionOf } from './bidi.js';
import { escapeHtml } from './clean-text.js';
import { LiquidDialect, type Parsed } from './liquid-dialect.js';
import { htmlEncoders, textEncoder } from './liquid-values.js';
import { Lru } from './lru.js';
import { type MailFiles } from './mail-files.js';
import { type FooterFacts } from './person.js';
import { StaticText, type TextPieces } from './text-pieces.js';

/** What differs from person to person; the rest of a footer is the same for a sender, topic and language. */
type Hole = 'unsubscribeUrl' | 'preferencesUrl' | 'date';

const QUARTER_HOUR = 15 * 60_000;

interface Frozen {
  html: (StaticText | Hole)[];
  text: (StaticText | Hole)[];
}

/**
 * Signs that stand for the holes while the rest is rendered. Private characters of no direction: letters would make the
 * encoder isolate them, and a mail program would then take the isolate for a part of the link.
 */
const signs = {
  ...{ topic: '\uE010', date: '\uE011', unsubscribeUrl: '\uE012', preferencesUrl: '\uE013' },
  brand: '\uE014',
};
const anySign = /[\uE010-\uE014]/g;
const holeSign = /([\uE011-\uE013])/;
const holeOf = new Map<string, Hole>([
  [signs.date, 'date'],
  [signs.unsubscribeUrl, 'unsubscribeUrl'],
  [signs.preferencesUrl, 'preferencesUrl'],
]);

/**
 * Writes the legal footer of every message: who sends, why this person gets it, and the way out. The engine appends it
 * after the author's part is closed; authors neither see nor reach it.
 *
 * Marketing says that it is advertising (Egypt's Law 151/2020 art. 17, E-Commerce Regulations 2002 reg. 7). Service too
 * has a way out (CASL s. 6(6)); what is transactional has none, because it is not subscribed to, but it says who sends
 * and why, and leads to the preferences.
 */
export class LegalFooter {
  readonly #frozen = new Lru<Frozen>(500);
  readonly #formats = new Lru<Intl.DateTimeFormat>(100);
  readonly #dates = new Lru<string>(5_000);
  readonly #dialects: Record<'html' | 'text', Record<Locale, { dialect: LiquidDialect; parsed: Parsed }>>;

  constructor(private readonly files: MailFiles) {
    const load = (part: 'html' | 'text', locale: Locale): { dialect: LiquidDialect; parsed: Parsed } => {
      const dialect = new LiquidDialect(locale, part, () => new Date(0));
      return { dialect, parsed: dialect.parse(files.footer[part]) };
    };
    this.#dialects = {
      html: { ar: load('html', 'ar'), en: load('html', 'en') },
      text: { ar: load('text', 'ar'), en: load('text', 'en') },
    };
  }

  write(facts: FooterFacts, locale: Locale): { html: TextPieces; text: string } {
    const frozen = this.#freeze(facts, locale);
    const date = this.#date(facts, locale);
    const { unsubscribeUrl, preferencesUrl } = facts;
    const direction = directionOf(locale);
    return {
      html: fill(frozen.html, {
        unsubscribeUrl: escapeHtml(unsubscribeUrl),
        preferencesUrl: escapeHtml(preferencesUrl),
        date: htmlEncoders(direction).text(date),
      }),
      text: fill(frozen.text, { unsubscribeUrl, preferencesUrl, date: textEncoder(direction)(date) }).join(
        '',
      ),
    };
  }

  #freeze(facts: FooterFacts, locale: Locale): Frozen {
    const { sender, reason, messageClass } = facts;
    const topic = localize(reason.topicName, locale);
    const key = [
      ...[
        locale,
        messageClass,
        topic,
        reason.basis,
        sender.legalName,
        sender.tradingName,
        sender.registrationNumber,
      ],
      ...[sender.registrationPlace, sender.registeredAddress, sender.contactEmail, sender.phone],
      ...[sender.website, sender.privacyUrl],
    ].join('\0');
    return this.#frozen.remember(key, () => this.#render(facts, topic, locale));
  }

  #render({ sender, reason, messageClass }: FooterFacts, topic: string, locale: Locale): Frozen {
    const strings = this.files.strings[locale];
    const sentence = strings[`reason_${reason.basis}`] ?? strings['reason_other'] ?? '';
    const brand = sender.tradingName ?? sender.legalName;
    const statement = strings[`statement_${messageClass}${brand === null ? '_anonymous' : ''}`];
    const scope = {
      lang: locale,
      dir: directionOf(locale),
      t: strings,
      sender: withoutSigns(sender),
      statement: statement?.replace('{brand}', signs.brand) ?? null,
      wayOut: strings[`unsubscribe_${messageClass}`] ?? null,
      reason: sentence.replace('{topic}', signs.topic).replace('{date}', signs.date),
      unsubscribeUrl: signs.unsubscribeUrl,
      preferencesUrl: signs.preferencesUrl,
    };
    const direction = directionOf(locale);
    const part = (kind: 'html' | 'text', encode: (value: unknown) => string): (StaticText | Hole)[] => {
      const { dialect, parsed } = this.#dialects[kind][locale];
      const rendered = dialect.render(parsed, scope).trim();
      return rendered
        .replaceAll(signs.topic, () => encode(topic.replace(anySign, '')))
        .replaceAll(signs.brand, () => encode((brand ?? '').replace(anySign, '')))
        .split(holeSign)
        .map(piece => holeOf.get(piece) ?? new StaticText(piece));
    };
    return { html: part('html', htmlEncoders(direction).text), text: part('text', textEncoder(direction)) };
  }

  #date({ sender, reason }: FooterFacts, locale: Locale): string {
    const { timeZone } = sender;
    const time = reason.since.getTime();
    // No time zone changes its day within a quarter of an hour that begins on one (UTC).
    return this.#dates.remember(`${locale} ${timeZone} ${Math.floor(time / QUARTER_HOUR)}`, () =>
      this.#formats.remember(`${locale} ${timeZone}`, () => dateFormat(locale, timeZone)).format(time),
    );
  }
}

function withoutSigns(sender: FooterFacts['sender']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(sender).map(([key, value]) => [
      key,
      typeof value === 'string' ? value.replace(anySign, '') : value,
    ]),
  );
}

function dateFormat(locale: Locale, timeZone: string): Intl.DateTimeFormat {
  // Latin digits in Arabic too: the same as in the phone and registration numbers beside it.
  const tag = locale === 'ar' ? 'ar-u-ca-gregory-nu-latn' : 'en-GB';
  try {
    return new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone });
  } catch {
    return new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone: 'UTC' });
  }
}

function fill(pieces: (StaticText | Hole)[], values: Record<Hole, string>): TextPieces {
  return pieces.map(piece => (typeof piece === 'string' ? values[piece] : piece));
}
