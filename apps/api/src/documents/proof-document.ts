import { type Channel, formatId, type Locale } from '#common';
import { basisText, denialText, lawsText, momentText, statusText } from '#consent';
import { type ContactProof, type ProvenDecision } from '#subjects';
import { type PageStrings } from '../public/page-strings.js';
import { type DocumentEntry, entry, fact, type Fact, type ReadableDocument, section } from './document.js';
import { eventEntry, namesOf } from './event-entry.js';

/** The proof of what a person agreed to and took back, as a document. */
export function proofDocument(proof: ContactProof, locale: Locale, strings: PageStrings): ReadableDocument {
  const t = (key: string): string => strings.text(locale, key);
  const { profile, names, events, chain, decisions } = proof;
  const hasLinks = events.some(({ link }) => link !== null);
  return {
    title: t('proof.title'),
    lead: t('proof.lead'),
    facts: [
      ...fact(t('person'), formatId('contact', proof.contactId), true),
      ...fact(t('name'), [profile?.firstName, profile?.lastName].filter(Boolean).join(' ')),
      ...fact(t('email'), profile?.email, true),
      ...fact(t('sms'), profile?.phone, true),
      ...fact(t('made'), momentText(proof.at, locale)),
    ],
    sections: [
      section(t('proof.decisions'), t('proof.decisionsNone'), {
        lead: t('proof.decisionsLead'),
        entries: decisions.map(decided => decisionEntry(decided, proof, locale, strings)),
      }),
      section(t('proof.events'), t('none'), {
        lead: t('proof.eventsLead'),
        entries: events.map(({ event, link }) => eventEntry(event, names, locale, strings, link)),
      }),
      section(t('proof.chain'), t('none'), {
        lead: t(!hasLinks ? 'proof.chainEmpty' : chain.intact ? 'proof.chainIntact' : 'proof.chainBroken'),
        facts: [
          ...fact(t('proof.head'), chain.head && String(chain.head.number)),
          ...fact(t('proof.headHash'), chain.head?.hash, true),
        ],
      }),
    ],
    foot: t('proof.foot'),
  };
}

/** The present decision for a channel and topic, in words; the API tells the same ones. */
export function decisionWords(
  { decision, state }: ProvenDecision,
  locale: Locale,
  strings: PageStrings,
): { mark: string; tone: DocumentEntry['tone']; text: string } {
  const t = (key: string): string => strings.text(locale, key);
  if (decision === null) {
    const isAgreed = state?.status === 'granted';
    const text = state ? `${statusText(state.status, locale)}.` : t('none');
    return {
      mark: t(isAgreed ? 'proof.agreed' : 'proof.notAgreed'),
      tone: isAgreed ? 'good' : 'bad',
      text,
    };
  }
  const { outcome, reason } = decision;
  const mark = t(`proof.${outcome}`);
  if (reason === 'CONTACT_NOT_FOUND') return { mark, tone: 'bad', text: t('proof.contactGone') };
  if (reason !== null)
    return { mark, tone: outcome === 'deny' ? 'bad' : 'good', text: denialText(reason, locale) };
  const { basis } = decision;
  const text =
    basis === null
      ? t('proof.allowed')
      : strings.text(locale, 'proof.allowedBecause', { basis: basisText(basis, locale) });
  return { mark, tone: 'good', text };
}

function decisionEntry(
  decided: ProvenDecision,
  { names }: ContactProof,
  locale: Locale,
  strings: PageStrings,
): DocumentEntry {
  const t = (key: string): string => strings.text(locale, key);
  const { channel, topicId, state, decision } = decided;
  const { mark, tone, text } = decisionWords(decided, locale, strings);
  const senderId = names.topics.get(topicId)?.senderId ?? null;
  const { topic, sender } = namesOf({ topicId, senderId }, names, locale);
  const facts: Fact[] = [
    ...fact(t('since'), state && `${momentText(state.since, locale)} (${statusText(state.status, locale)})`),
    ...fact(t('until'), state?.expiresAt && momentText(state.expiresAt, locale)),
    ...fact(t('event'), state && formatId('consentEvent', state.eventId), true),
    ...fact(t('proof.deferUntil'), decision?.until && momentText(decision.until, locale)),
    ...fact(t('law'), decision && lawsText(decision.law.join('+'), locale)),
  ];
  return entry(titleOf(topic, sender, channel, t), { mark, tone, texts: [text], facts });
}

export function titleOf(
  topic: string | null,
  sender: string | null,
  channel: Channel | null,
  t: (key: string) => string,
): string {
  const where = t(`channel.${channel ?? 'all'}`);
  return [topic ?? t('everyTopic'), sender ?? t('everySender'), where].join(' · ');
}
