import { formatAmount, formatId, type Locale } from '#common';
import { type ConsentState, countryText, languageText, momentText, statusText } from '#consent';
import { formatMessageId, suppressionText, whyParagraphs } from '#sending';
import { type PersonEvent } from '#events';
import { type EngagementEvent } from '#feedback';
import { type Order } from '#orders';
import { type SubjectExport } from '#subjects';
import { type PageStrings } from '../public/page-strings.js';
import { type DocumentEntry, entry, fact, type Fact, type ReadableDocument, section } from './document.js';
import { eventEntry, namesOf } from './event-entry.js';
import { titleOf } from './proof-document.js';

/** Everything that is held of a person, as a document they can read. */
export function exportDocument(data: SubjectExport, locale: Locale, strings: PageStrings): ReadableDocument {
  const t = (key: string): string => strings.text(locale, key);
  const none = t('none');
  const attributes = Object.entries(data.profile?.attributes ?? {});
  return {
    title: t('export.title'),
    lead: t('export.lead'),
    facts: [
      ...fact(t('person'), formatId('contact', data.contactId), true),
      ...fact(t('made'), momentText(data.at, locale)),
    ],
    sections: [
      section(t('export.profile'), t('export.profileGone'), { facts: profileFacts(data, locale, t) }),
      section(t('export.attributes'), none, {
        facts: attributes.flatMap(([key, value]) =>
          fact(key, Array.isArray(value) ? value.join(', ') : String(value)),
        ),
      }),
      section(t('export.states'), none, {
        entries: data.states.map(state => stateEntry(state, data, locale, t)),
      }),
      section(t('export.events'), none, {
        lead: t('export.eventsLead'),
        entries: data.events.map(event => eventEntry(event, data.names, locale, strings)),
      }),
      section(t('export.preferences'), none, { entries: preferences(data, locale, t) }),
      section(t('export.suppressions'), none, { entries: suppressions(data, locale, t) }),
      section(t('export.confirmations'), none, { entries: confirmations(data, locale, t) }),
      section(t('export.messages'), none, {
        lead: data.messages.length === 0 ? null : t('export.messagesLead'),
        entries: data.messages.map(why =>
          entry(why.dispatch.name, {
            mark: t(`message.${why.message.state}`),
            tone: why.message.state === 'accepted' ? 'good' : 'plain',
            texts: whyParagraphs(why, locale),
            facts: fact(t('event'), formatMessageId(why.message), true),
          }),
        ),
      }),
      section(t('export.engagement'), none, {
        lead: data.engagement.length === 0 ? null : t('export.engagementLead'),
        entries: data.engagement.map(event => engagementEntry(event, locale, t)),
      }),
      section(t('export.personEvents'), none, {
        lead: data.personEvents.length === 0 ? null : t('export.personEventsLead'),
        entries: data.personEvents.map(event => personEventEntry(event, locale, t)),
      }),
      section(t('export.orders'), none, { entries: data.orders.map(order => orderEntry(order, locale, t)) }),
      section(t('export.imports'), none, {
        entries: data.imports.map(file =>
          entry(file.fileName ?? formatId('import', file.id), {
            mark: formatId('import', file.id),
            facts: fact(t('when'), momentText(file.createdAt, locale)),
          }),
        ),
      }),
      section(t('export.requests'), none, { entries: requests(data, locale, t) }),
    ],
    foot: t('export.foot'),
  };
}

type Say = (key: string) => string;

function profileFacts({ profile }: SubjectExport, locale: Locale, t: Say): Fact[] {
  if (!profile) return [];
  return [
    ...fact(t('name'), [profile.firstName, profile.lastName].filter(Boolean).join(' ')),
    ...fact(t('email'), profile.email, true),
    ...fact(t('sms'), profile.phone, true),
    ...fact(t('externalId'), profile.externalId, true),
    ...fact(t('locale'), profile.locale && languageText(profile.locale, locale)),
    ...fact(t('country'), profile.country && countryText(profile.country, locale)),
    ...fact(t('timeZone'), profile.timeZone, true),
    ...fact(t('createdAt'), momentText(profile.createdAt, locale)),
    ...fact(t('updatedAt'), momentText(profile.updatedAt, locale)),
  ];
}

function stateEntry(state: ConsentState, { names }: SubjectExport, locale: Locale, t: Say): DocumentEntry {
  const senderId = names.topics.get(state.topicId)?.senderId ?? null;
  const { topic, sender } = namesOf({ topicId: state.topicId, senderId }, names, locale);
  return entry(titleOf(topic, sender, state.channel, t), {
    mark: statusText(state.status, locale),
    tone: state.status === 'granted' ? 'good' : 'plain',
    facts: [
      ...fact(t('since'), momentText(state.since, locale)),
      ...fact(t('until'), state.expiresAt && momentText(state.expiresAt, locale)),
      ...fact(t('event'), formatId('consentEvent', state.eventId), true),
    ],
  });
}

function preferences({ preferences: chosen, names }: SubjectExport, locale: Locale, t: Say): DocumentEntry[] {
  return chosen.map(({ senderId, frequency, pausedUntil, updatedAt }) =>
    entry(namesOf({ topicId: null, senderId }, names, locale).sender ?? t('everySender'), {
      texts: [t(`export.frequency.${frequency}`)],
      facts: [
        ...fact(t('export.pausedUntil'), pausedUntil && momentText(pausedUntil, locale)),
        ...fact(t('updatedAt'), momentText(updatedAt, locale)),
      ],
    }),
  );
}

function suppressions(
  { suppressions: found, names }: SubjectExport,
  locale: Locale,
  t: Say,
): DocumentEntry[] {
  return found.map(suppression => {
    const { topic, sender } = namesOf(suppression, names, locale);
    return entry(titleOf(topic, sender, suppression.channel, t), {
      texts: [suppressionText(suppression.reason, locale)],
      facts: fact(t('since'), momentText(suppression.createdAt, locale)),
    });
  });
}

function confirmations(
  { confirmations: asked, names }: SubjectExport,
  locale: Locale,
  t: Say,
): DocumentEntry[] {
  return asked.map(request => {
    const { confirmedAt, refusedAt } = request;
    const answer = confirmedAt ? 'export.confirmed' : refusedAt ? 'export.refused' : 'export.unanswered';
    const topics = request.topicIds.map(
      topicId => namesOf({ topicId, senderId: null }, names, locale).topic ?? formatId('topic', topicId),
    );
    const { sender } = namesOf({ topicId: null, senderId: request.senderId }, names, locale);
    return entry(titleOf(topics.join(', '), sender, request.channel, t), {
      mark: t(answer),
      facts: [
        ...fact(t('when'), momentText(request.requestedAt, locale)),
        ...fact(t('where'), request.source, true),
        ...fact(t('ip'), request.ip, true),
        ...fact(t('userAgent'), request.userAgent, true),
        ...fact(t(answer), answered(confirmedAt ?? refusedAt, locale)),
        ...fact(
          t('export.mails'),
          request.mails.map(({ kind, state, at }) => [kind, state, at].filter(Boolean).join(' ')).join('; '),
          true,
        ),
      ],
    });
  });
}

function engagementEntry(event: EngagementEvent, locale: Locale, t: Say): DocumentEntry {
  return entry(t(event.kind === 'open' ? 'export.opened' : 'export.clicked'), {
    mark: event.machine === null ? null : t('export.machine'),
    facts: [
      ...fact(t('when'), momentText(event.occurredAt, locale)),
      ...fact(t('event'), formatMessageId(event), true),
      ...fact(t('export.link'), event.link === null ? null : String(event.link), true),
      ...fact(t('export.agent'), event.agent, true),
      ...fact(t('export.machine'), event.machine, true),
    ],
  });
}

function personEventEntry(event: PersonEvent, locale: Locale, t: Say): DocumentEntry {
  return entry(event.name, {
    mark: formatId('personEvent', event.id),
    facts: [
      ...fact(t('when'), momentText(event.occurredAt, locale)),
      ...fact(t('export.toldAt'), momentText(event.receivedAt, locale)),
      ...fact(t('export.key'), event.key && `${event.source} ${event.key}`.trim(), true),
      ...Object.entries(event.data).flatMap(([key, value]) =>
        fact(key, Array.isArray(value) ? value.join(', ') : value === null ? null : String(value)),
      ),
    ],
  });
}

function orderEntry(order: Order, locale: Locale, t: Say): DocumentEntry {
  const { currency } = order;
  const money = (micros: bigint | null): string | null =>
    micros === null || currency === null ? null : `${formatAmount(micros)} ${currency}`;
  const bought = order.items.map(({ name, quantity }) => (quantity === 1 ? name : `${name} × ${quantity}`));
  return entry(order.number ?? order.externalId, {
    mark: formatId('order', order.id),
    texts: bought,
    facts: [
      ...fact(t('export.placed'), answered(order.placedAt, locale)),
      ...fact(t('export.fulfilled'), answered(order.fulfilledAt, locale)),
      ...fact(t('export.cancelled'), answered(order.cancelledAt, locale)),
      ...fact(t('export.total'), money(order.total), true),
      ...fact(t('export.givenBack'), order.refunded === 0n ? null : money(order.refunded), true),
      ...fact(t('locale'), order.locale && languageText(order.locale, locale)),
      ...fact(t('export.orderUrl'), order.url, true),
    ],
  });
}

function requests({ requests: asked }: SubjectExport, locale: Locale, t: Say): DocumentEntry[] {
  return asked.map(request =>
    entry(t(`export.request.${request.kind}`), {
      mark: request.doneAt ? null : t('export.open'),
      facts: [
        ...fact(t('when'), momentText(request.requestedAt, locale)),
        ...fact(t('export.due'), momentText(request.dueAt, locale)),
        ...fact(t('export.done'), answered(request.doneAt, locale)),
      ],
    }),
  );
}

function answered(at: Date | null, locale: Locale): string | null {
  return at && momentText(at, locale);
}
