import { type Channel, formatId, type Locale, localize, type MessageClass } from '#common';
import {
  actText,
  basisText,
  deferrals,
  type FrequencyCap,
  lawsText,
  momentText,
  quotedText,
  type Sender,
  type SuppressionReason,
  valueText,
} from '#consent';
import { reasonText } from './message-reason.js';
import { HELD } from './settlement.js';
import { type Why } from './why.js';

type Words = Record<Locale, string>;

const kinds: Record<MessageClass, Record<Channel, Words>> = {
  marketing: {
    email: { en: 'a marketing email', ar: 'رسالة بريد إلكتروني تسويقية' },
    sms: { en: 'a marketing text message', ar: 'رسالة نصية تسويقية' },
  },
  service: {
    email: { en: 'a service email', ar: 'رسالة بريد إلكتروني خدمية' },
    sms: { en: 'a service text message', ar: 'رسالة نصية خدمية' },
  },
  transactional: {
    email: { en: 'an email of a transaction', ar: 'رسالة بريد إلكتروني تخص معاملة' },
    sms: { en: 'a text message of a transaction', ar: 'رسالة نصية تخص معاملة' },
  },
};

const suppressed: Record<SuppressionReason, Words> = {
  unsubscribed: { en: 'the person unsubscribed', ar: 'ألغى الشخص اشتراكه' },
  hard_bounce: { en: 'mail to it came back for good', ar: 'ارتدّت الرسائل إليه ارتدادًا نهائيًا' },
  complaint: { en: 'the person reported a message as spam', ar: 'أبلغ الشخص عن رسالة بوصفها مزعجة' },
  erased: { en: 'the person had their data erased', ar: 'مُحيت بيانات الشخص بطلب منه' },
  manual: { en: 'it was put there by hand', ar: 'أُضيف يدويًا' },
  carrier: {
    en: 'the carrier takes no messages from this sender for this number',
    ar: 'لا تقبل شركة الاتصالات رسائل هذا المرسل إلى هذا الرقم',
  },
  unclear: {
    en: 'the person wrote back something that is still to be read',
    ar: 'ردّ الشخص بما لم يُقرأ بعد',
  },
  unreachable: {
    en: 'nobody could be reached at this number for days; it is tried again later',
    ar: 'تعذر الوصول إلى هذا الرقم عدة أيام، وستُعاد المحاولة لاحقًا',
  },
};

/** Why something is on the suppression list, as a phrase. */
export function suppressionText(reason: SuppressionReason, locale: Locale): string {
  return suppressed[reason][locale];
}

/**
 * Why a message was or was not sent, in sentences for the person and for a regulator: what it was, what the person did
 * and read, which laws were asked, what came of it.
 */
export function whyText(why: Why, locale: Locale): string {
  return whyParagraphs(why, locale).join(' ');
}

/** The same, a paragraph each: what it was, what decided it, what came of it. */
export function whyParagraphs(why: Why, locale: Locale): string[] {
  const { message } = why;
  const isWaiting = message.state === 'deferred' && deferrals.some(deferral => deferral === message.reason);
  const parts: string[][] =
    message.state === 'skipped'
      ? [refusal(why, locale), grounds(why, locale)]
      : isWaiting
        ? [waiting(why, locale), grounds(why, locale)]
        : [permission(why, locale), outcome(why, locale)];
  return [[whatText(why, locale)], ...parts]
    .filter(part => part.length > 0)
    .map(part => part.join(' ').trim());
}

function whatText({ message, dispatch, topic, sender }: Why, locale: Locale): string {
  const kind = kinds[dispatch.messageClass][message.channel ?? dispatch.channel][locale];
  const about = quotedText(localize(topic.name, locale), locale);
  const name = quotedText(dispatch.name, locale);
  const from = valueText(nameOf(sender), locale);
  return locale === 'ar'
    ? `هذه ${kind} عن ${about} من ${from} (${name}، ${valueText(formatId('dispatch', dispatch.id), locale)}).`
    : `This is ${kind} about ${about} from ${from} (${name}, ${formatId('dispatch', dispatch.id)}).`;
}

/** What allowed it. */
function permission(why: Why, locale: Locale): string[] {
  const at = momentText(why.message.allowedAt, locale);
  const intro =
    locale === 'ar'
      ? `سُمح بها في ${at}، في لحظة الإرسال نفسها، استنادًا إلى ما يلي:`
      : `It was allowed on ${at}, in the moment of sending, on these grounds:`;
  const standing =
    locale === 'ar'
      ? 'ولم تكن الموافقة في تلك اللحظة قد سُحبت أو انتهت، ولم يكن العنوان في قائمة المنع.'
      : 'In that moment this had not been withdrawn and had not ended, and the address was not barred by the suppression list.';
  return [intro, ...acts(why, locale), standing, ...laws(why, locale, true)];
}

/** The person's act, or what is left of it. */
function acts({ consent, purge, message, topic, sender }: Why, locale: Locale): string[] {
  const isArabic = locale === 'ar';
  if (consent) {
    const names = {
      topic: consent.topicId === null ? null : localize(topic.name, locale),
      sender: consent.senderId === null ? null : nameOf(sender),
    };
    return [actText(consent, names, locale)];
  }
  if (message.consentEventId === null) return [];
  const id = valueText(formatId('consentEvent', message.consentEventId), locale);
  const basis =
    message.basis === null
      ? ''
      : isArabic
        ? ` وكان الأساس: ${basisText(message.basis, locale)}.`
        : ` It rested on ${basisText(message.basis, locale)}.`;
  if (!purge) return [isArabic ? `سجل الموافقة ${id}.${basis}` : `Consent record ${id}.${basis}`];
  const when = momentText(purge.purgedAt, locale);
  const words: Record<typeof purge.reason, Words> = {
    erased: {
      en: `Consent record ${id} was erased on ${when} at the person’s request; a minimal proof is kept apart for as long as the law asks.`,
      ar: `مُحي سجل الموافقة ${id} في ${when} بطلب من الشخص، ويُحفظ حدّ أدنى من الإثبات منفصلًا طوال المدة التي يطلبها القانون.`,
    },
    retention: {
      en: `Consent record ${id} was deleted on ${when}, the time for which the law has it kept being over.`,
      ar: `حُذف سجل الموافقة ${id} في ${when} بعد انقضاء المدة التي يوجب القانون حفظه فيها.`,
    },
    unconfirmed: {
      en: `Consent record ${id} was deleted on ${when}, because it was never confirmed.`,
      ar: `حُذف سجل الموافقة ${id} في ${when} لأنه لم يؤكَّد قط.`,
    },
  };
  return [words[purge.reason][locale] + basis];
}

function refusal({ message, suppression }: Why, locale: Locale): string[] {
  const at = momentText(message.allowedAt, locale);
  const reason = message.reason === null ? '' : reasonText(message.reason, locale);
  const sentences = [
    locale === 'ar'
      ? sentence('لم تُرسل.', reason, `وتم التحقق من ذلك في ${at}، في لحظة الإرسال نفسها.`)
      : sentence('It was not sent.', reason, `This was checked on ${at}, in the moment of sending.`),
  ];
  if (suppression && (message.reason === 'SUPPRESSED' || message.reason === 'WITHDRAWN')) {
    const since = momentText(suppression.createdAt, locale);
    const because = suppressionText(suppression.reason, locale);
    sentences.push(
      locale === 'ar'
        ? `والعنوان مدرج في قائمة المنع منذ ${since}، والسبب: ${because}.`
        : `The address has been on the suppression list since ${since}, because ${because}.`,
    );
  }
  return sentences;
}

function waiting({ message, cap }: Why, locale: Locale): string[] {
  const reason = sentence(
    message.reason === null ? '' : reasonText(message.reason, locale),
    cap ? capText(cap, locale) : '',
  );
  const until = message.retryAt === null ? null : momentText(message.retryAt, locale);
  if (locale === 'ar') {
    const then = until === null ? '' : `وسيُعاد السؤال عن الإذن من جديد ابتداءً من ${until}.`;
    return [sentence('لم تُرسل بعد.', reason, then)];
  }
  const then = until === null ? '' : `Permission is asked for anew from ${until} on.`;
  return [sentence('It has not been sent yet.', reason, then)];
}

/** The sender's limit, in words. */
function capText({ messages, days }: FrequencyCap, locale: Locale): string {
  if (locale === 'ar') {
    const many = arabicCount(messages, [
      'رسالة تسويقية واحدة',
      'رسالتان تسويقيتان',
      'رسائل تسويقية',
      'رسالة تسويقية',
    ]);
    const span = arabicCount(days, ['يوم واحد', 'يومين', 'أيام', 'يومًا']);
    return `وحدّ هذا المُرسِل للشخص الواحد ${many} كل ${span}.`;
  }
  const many = messages === 1 ? 'one marketing message' : `${messages} marketing messages`;
  return `This sender’s limit is ${many} per person in ${days === 1 ? 'a day' : `${days} days`}.`;
}

/** A number with its noun: one, two, 3 to 10, more. */
function arabicCount(n: number, [one, two, few, many]: [string, string, string, string]): string {
  if (n === 1) return one;
  if (n === 2) return two;
  const rest = n % 100;
  return `${n} ${rest >= 3 && rest <= 10 ? few : many}`;
}

/** What there is to say, one after another. */
function sentence(...parts: string[]): string {
  return parts.filter(part => part !== '').join(' ');
}

/** What the ledger says of somebody who was not written to, and the laws that were asked. */
function grounds(why: Why, locale: Locale): string[] {
  const told = acts(why, locale);
  const intro = locale === 'ar' ? 'وهذا ما في السجل:' : 'This is what the record says:';
  return [...(told.length === 0 ? [] : [intro, ...told]), ...laws(why, locale, false)];
}

function laws({ message }: Why, locale: Locale, accepted: boolean): string[] {
  if (!message.lawPack) return [];
  const names = lawsText(message.lawPack, locale) || message.lawPack;
  const accept =
    locale === 'ar'
      ? ' وهي تقبل هذا الأساس لمثل هذه الرسالة، وتسمح بها في تلك الساعة.'
      : ' They accept this basis for such a message, and allow it at that hour.';
  return [
    (locale === 'ar' ? `والقوانين التي رُجع إليها: ${names}.` : `The laws asked were: ${names}.`) +
      (accepted ? accept : ''),
  ];
}

/** What became of it. */
function outcome(why: Why, locale: Locale): string[] {
  return [...lostBefore(why, locale), ...lastOutcome(why, locale)];
}

/** Of what was tried once more: what became of it the first time. */
function lostBefore({ message }: Why, locale: Locale): string[] {
  if (message.lostAt === null || message.state === 'deferred') return [];
  const at = momentText(message.lostAt, locale);
  return [
    locale === 'ar'
      ? `ولم تُسلَّم في المرة الأولى بحسب تقرير في ${at} لم تعلم فيه شركة الاتصالات السبب، فأُعيدت المحاولة مرة واحدة.`
      : `The first time it was not delivered: the carrier, which did not know why, said so on ${at}. It was tried once more.`,
  ];
}

function lastOutcome({ message }: Why, locale: Locale): string[] {
  const isArabic = locale === 'ar';
  const at = message.settledAt === null ? '' : momentText(message.settledAt, locale);
  const reason = message.reason === null ? '' : reasonText(message.reason, locale);
  const reply =
    message.reply === null
      ? ''
      : isArabic
        ? `وكان رد الخادم: ${quotedText(message.reply, locale)}.`
        : `The server said: ${quotedText(message.reply, locale)}.`;
  switch (message.state) {
    case 'accepted':
      // Known by evidence alone: there was no answer of the server.
      if (reason !== '') return [reason];
      return [
        isArabic
          ? `وقبلها الخادم المستقبِل في ${at}، ولا يعني ذلك أنها وصلت إلى صندوق الوارد.`
          : `The receiving server accepted it on ${at}; that it reached the inbox is not said by that.`,
      ];
    case 'attempting':
      return [isArabic ? 'وهي تُرسل في هذه اللحظة.' : 'It is being sent at this moment.'];
    case 'deferred': {
      if (message.reason === HELD) return [reason];
      const until = message.retryAt === null ? '' : momentText(message.retryAt, locale);
      const again = isArabic ? `والمحاولة التالية في ${until}.` : `The next try is on ${until}.`;
      return [sentence(reason, until === '' ? '' : again, reply)];
    }
    default:
      return [sentence(reason, reply)];
  }
}

function nameOf(sender: Sender): string {
  return sender.tradingName?.trim() || sender.legalName?.trim() || sender.fromName?.trim() || sender.key;
}
