import { channels, formatAmount, type Locale, localize, toLocale } from '#common';
import { type ConsentEvent, countryText, methodText } from '#consent';
import { type Why, whyText } from '#sending';
import { type Order } from '#orders';
import { type SubjectExport } from '#subjects';
import { dayInWords } from './page-dates.js';
import { senderName } from './sender-view.js';

/** As many of each as one reads; the file has all of them. */
const MOST_EVENTS = 50;
const MOST_MESSAGES = 25;
const MOST_ORDERS = 25;

/** One thing that happened: a line, its day, and what stands behind it. */
interface Happening {
  /** The key of the sentence, with these values in it. */
  key: string;
  topic: string;
  sender: string;
  channel: string;
  day: string;
  /** How it came about, in a sentence. */
  story: string;
  /** The wording that was read. */
  wording: string | null;
}

/** Everything that is held of a person, as the page tells it: newest first. */
export function heldView(
  held: SubjectExport,
  locale: Locale,
  timeZone: string,
  text: (key: string) => string,
): Record<string, unknown> {
  const day = (time: Date): string => dayInWords(time, locale, timeZone);
  const { senders } = held.names;
  const nameOf = (id: number | null): string => {
    const sender = id === null ? undefined : senders.get(id);
    return sender ? senderName(sender) : text('held.everySender');
  };
  return {
    profile: profileOf(held, locale, text, day),
    preferences: held.preferences.map(({ senderId, frequency, pausedUntil }) => ({
      ...{ sender: nameOf(senderId), frequency: `frequency.${frequency}` },
      pausedUntil: pausedUntil && pausedUntil > held.at ? day(pausedUntil) : null,
    })),
    events: held.events
      .slice(-MOST_EVENTS)
      .reverse()
      .map(event => eventOf(event, held, locale, text, day, nameOf)),
    messages: held.messages.slice(0, MOST_MESSAGES).map(why => messageOf(why, locale, text, day)),
    measured: measuredOf(held),
    suppressions: held.suppressions.map(({ channel, reason, createdAt, senderId }) => ({
      ...{ channel: text(`held.channel.${channel}`), day: day(createdAt), sender: nameOf(senderId) },
      because: text(`held.because.${reason}`),
    })),
    requests: held.requests.map(({ kind, requestedAt }) => ({
      kind: `held.request.${kind}`,
      day: day(requestedAt),
    })),
    signUps: held.confirmations.map(({ requestedAt, senderId }) => ({
      ...{ day: day(requestedAt), sender: nameOf(senderId) },
    })),
    orders: held.orders
      .slice(-MOST_ORDERS)
      .reverse()
      .map(order => orderOf(order, day)),
    isShortened:
      held.events.length > MOST_EVENTS ||
      held.messages.length > MOST_MESSAGES ||
      held.orders.length > MOST_ORDERS,
  };
}

function orderOf(order: Order, day: (time: Date) => string): Record<'day' | 'number' | 'total', string> {
  const { number, externalId, total, currency, placedAt, toldAt } = order;
  return {
    ...{ day: day(placedAt ?? toldAt), number: number ?? externalId },
    total: total === null || currency === null ? '—' : `${formatAmount(total)} ${currency}`,
  };
}

function measuredOf({ engagement }: SubjectExport): { opens: number; clicks: number } | null {
  const opens = engagement.filter(({ kind }) => kind === 'open').length;
  return engagement.length === 0 ? null : { opens, clicks: engagement.length - opens };
}

function profileOf(
  { profile }: SubjectExport,
  locale: Locale,
  text: (key: string) => string,
  day: (time: Date) => string,
): { label: string; value: string }[] {
  if (!profile) return [];
  const { country, externalId, email, phone, timeZone } = profile;
  const name = [profile.firstName, profile.lastName].filter(part => part?.trim()).join(' ');
  const language = toLocale(profile.locale, locale);
  const known: [string, string | null][] = [
    ['name', name === '' ? null : name],
    ['email', email],
    ['phone', phone],
    ['language', profile.locale === null ? null : text(`language.name.${language}`)],
    ['country', country && countryText(country, locale)],
    ['timeZone', timeZone],
    ['number', externalId],
    ['since', day(profile.createdAt)],
  ];
  const fields = known.flatMap(([key, value]) =>
    value === null ? [] : [{ label: text(`held.field.${key}`), value }],
  );
  const own = Object.entries(profile.attributes).map(([label, value]) => ({
    ...{ label, value: Array.isArray(value) ? value.join(', ') : String(value) },
  }));
  return [...fields, ...own];
}

function eventOf(
  event: ConsentEvent,
  { names }: SubjectExport,
  locale: Locale,
  text: (key: string) => string,
  day: (time: Date) => string,
  nameOf: (senderId: number | null) => string,
): Happening {
  const topic = event.topicId === null ? undefined : names.topics.get(event.topicId);
  const channel = channels.find(one => one === event.channel);
  return {
    key: `held.event.${event.action}`,
    topic: topic ? localize(topic.name, locale) : text('held.everyTopic'),
    sender: nameOf(event.senderId),
    channel: text(`held.channel.${channel ?? 'all'}`),
    day: day(event.occurredAt),
    story: methodText(event, locale),
    wording: event.textShown,
  };
}

function messageOf(
  why: Why,
  locale: Locale,
  text: (key: string) => string,
  day: (time: Date) => string,
): Happening {
  const { message, topic, sender, dispatch } = why;
  return {
    key: `held.message.${message.state}`,
    topic: localize(topic.name, locale),
    sender: senderName(sender),
    channel: text(`held.channel.${message.channel ?? dispatch.channel}`),
    day: day(message.allowedAt),
    story: whyText(why, locale),
    wording: null,
  };
}
