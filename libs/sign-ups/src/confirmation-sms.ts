import { type Locale } from '#common';
import { type Sender } from '#consent';
import { programmeName } from '#templates';

const words: Record<Locale, (topics: string, url: string) => string> = {
  en: (topics, url) =>
    `please confirm that you want ${topics} by SMS: ${url}\nNot you? Do nothing, and you get nothing.`,
  ar: (topics, url) =>
    `نرجو تأكيد رغبتك في تلقي ${topics} برسائل نصية: ${url}\nإن لم تكن صاحب الطلب فلا يلزمك شيء.`,
};

/**
 * The SMS that asks whoever has a phone to confirm. It carries no marketing, and nothing that was typed into the form: a
 * stranger may have typed it.
 */
export function confirmationSms(
  sender: Sender,
  locale: Locale,
  topics: readonly string[],
  url: string,
): string {
  const list = new Intl.ListFormat(locale, { type: 'conjunction' }).format(topics.map(topic => `“${topic}”`));
  return `${programmeName(sender)}: ${words[locale](list, url)}`;
}
