import { formatId, type Locale, localize } from '#common';
import { actionText, actText, type ConsentEvent, countryText, type Link, momentText } from '#consent';
import { type Names } from '#subjects';
import { type PageStrings } from '../public/page-strings.js';
import { senderName } from '../public/sender-view.js';
import { type DocumentEntry, entry, fact, type Fact } from './document.js';

/** What an event names, in the language of the document; null: every one. */
export function namesOf(
  { topicId, senderId }: { topicId: number | null; senderId: number | null },
  names: Names,
  locale: Locale,
): { topic: string | null; sender: string | null } {
  const topic = topicId === null ? undefined : names.topics.get(topicId);
  const sender = senderId === null ? undefined : names.senders.get(senderId);
  return { topic: topic ? localize(topic.name, locale) : null, sender: sender ? senderName(sender) : null };
}

/** An event with everything that makes it a proof. */
export function eventEntry(
  event: ConsentEvent,
  names: Names,
  locale: Locale,
  strings: PageStrings,
  link?: Link | null,
): DocumentEntry {
  const t = (key: string): string => strings.text(locale, key);
  const { evidence } = event;
  const text = (key: string): string | null => (typeof evidence[key] === 'string' ? evidence[key] : null);
  const country = text('country');
  const isBroken = link?.intact === false;
  // The wording stands below as it was, with its line breaks; the sentence need not repeat it.
  const act = actText({ ...event, textShown: null }, namesOf(event, names, locale), locale);
  return entry(actionText(event.action, locale), {
    mark: isBroken ? t('sealBroken') : formatId('consentEvent', event.id),
    tone: isBroken ? 'bad' : 'plain',
    texts: [act],
    quote: event.textShown,
    facts: [
      ...fact(t('where'), event.source, true),
      ...fact(t('ip'), event.ip, true),
      ...fact(t('userAgent'), event.userAgent, true),
      ...fact(t('place'), country && countryText(country, locale)),
      ...fact(t('actor'), event.actor, true),
      ...fact(t('recorded'), momentText(event.recordedAt, locale)),
      ...fact(t('textVersion'), event.textVersion, true),
      ...fact(t('textHash'), event.textHash?.toString('hex'), true),
      ...fact(t('privacyNotice'), text('privacyNoticeVersion'), true),
      ...fact(t('evidence'), furtherEvidence(evidence), true),
      ...(link === undefined ? [] : linkFacts(link, t)),
    ],
  });
}

function linkFacts(link: Link | null, t: (key: string) => string): Fact[] {
  if (link === null) return fact(t('seal'), t('sealWaiting'));
  return [
    ...fact(t('seal'), `${link.number} · ${t(link.intact ? 'sealIntact' : 'sealBroken')}`),
    ...fact(t('sealHash'), link.hash, true),
    ...fact(t('sealBefore'), link.previousHash, true),
  ];
}

/** What has no line of its own and stands in no sentence. */
function furtherEvidence({
  country: _country,
  privacyNoticeVersion: _version,
  softOptIn: _soft,
  ...more
}: Record<string, unknown>): string | null {
  return Object.keys(more).length === 0 ? null : JSON.stringify(more);
}
