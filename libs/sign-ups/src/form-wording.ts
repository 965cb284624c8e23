import { type Channel, type Locale, locales, localize, type LocalizedText } from '#common';

/** One box of a form: a topic on a channel, and the sentence that stands beside it. */
export interface FormChoice {
  topicId: number;
  channel: Channel;
  consent: LocalizedText;
}

/** What somebody gets for subscribing, once they have confirmed. */
export interface Incentive {
  /** How the form names it. */
  name: LocalizedText;
  /** What the page shows after the confirmation: a code, or where to find it. */
  text: LocalizedText;
  /** Where it is, by language. */
  url: LocalizedText;
  /** A template that brings it by mail as well; null: the page alone. */
  templateId: number | null;
}

/** Everything a form says. Stored whole in each version, so that what people agreed to can be shown for ever. */
export interface FormWording {
  heading: LocalizedText;
  lead: LocalizedText;
  choices: FormChoice[];
  privacyNoticeVersion: string | null;
  incentive: Incentive | null;
  asks: { firstName: boolean; phone: boolean };
}

/** What the author of a form gives; the rest is filled in with words that fit most. */
export interface FormDraft {
  heading?: LocalizedText | undefined;
  lead?: LocalizedText | undefined;
  choices: { topicId: number; channel: Channel; consent?: LocalizedText | undefined }[];
  privacyNoticeVersion?: string | null | undefined;
  incentive?:
    (Partial<Pick<Incentive, 'url' | 'templateId'>> & Pick<Incentive, 'name' | 'text'>) | null | undefined;
  asks?: { firstName?: boolean | undefined; phone?: boolean | undefined } | undefined;
}

/** The draft with everything it left open, for a sender of this name and topics of these. */
export function completeWording(
  draft: FormDraft,
  senderName: string,
  topicNames: ReadonlyMap<number, LocalizedText>,
): FormWording {
  const { incentive } = draft;
  return {
    heading: draft.heading ?? inEach(locale => words[locale].heading(senderName)),
    lead: draft.lead ?? inEach(locale => words[locale].lead),
    choices: draft.choices.map(({ topicId, channel, consent }) => ({
      topicId,
      channel,
      consent:
        consent ??
        inEach(locale => words[locale][channel](localize(topicNames.get(topicId) ?? {}, locale), senderName)),
    })),
    privacyNoticeVersion: draft.privacyNoticeVersion ?? null,
    incentive: incentive ? { url: {}, templateId: null, ...withoutUndefined(incentive) } : null,
    asks: { firstName: draft.asks?.firstName ?? false, phone: draft.asks?.phone ?? false },
  };
}

/**
 * The whole of what a person read before they agreed to one topic: the ledger keeps it as it was.
 * @param closing what the page said below the boxes, its button included.
 */
export function wordingShown(
  wording: FormWording,
  { topicId, channel }: Pick<FormChoice, 'topicId' | 'channel'>,
  locale: Locale,
  closing: readonly string[] = [],
): string {
  const choice = wording.choices.find(one => one.topicId === topicId && one.channel === channel);
  const lines = [
    localize(wording.heading, locale),
    localize(wording.lead, locale),
    wording.incentive ? localize(wording.incentive.name, locale) : '',
    choice ? `☑ ${localize(choice.consent, locale)}` : '',
    ...closing,
  ];
  return lines.filter(line => line !== '').join('\n');
}

const words: Record<
  Locale,
  { heading(sender: string): string; lead: string } & Record<
    Channel,
    (topic: string, sender: string) => string
  >
> = {
  en: {
    heading: sender => `Hear from ${sender}`,
    lead: 'Tick what you would like to get. We then send you one mail to make sure that the address is yours.',
    email: (topic, sender) =>
      `Yes, ${sender} may send me emails about: ${topic}. I can stop them at any time.`,
    sms: (topic, sender) =>
      `Yes, ${sender} may send me text messages about: ${topic}. I can stop them at any time.`,
  },
  ar: {
    heading: sender => `جديد ${sender} يصلك أولًا بأول`,
    lead: 'نرجو وضع علامة على ما ترغب في تلقيه. ستصلك بعدها رسالة بريدية واحدة للتأكد من أن العنوان عنوانك.',
    email: (topic, sender) =>
      `نعم، أوافق على أن ترسل إليّ ${sender} رسائل بريدية عن: ${topic}. ويمكنني إيقافها في أي وقت.`,
    sms: (topic, sender) =>
      `نعم، أوافق على أن ترسل إليّ ${sender} رسائل نصية عن: ${topic}. ويمكنني إيقافها في أي وقت.`,
  },
};

function inEach(write: (locale: Locale) => string): LocalizedText {
  return Object.fromEntries(locales.map(locale => [locale, write(locale)]));
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}
