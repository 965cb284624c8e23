import { type Locale } from '#common';
import { reasonText } from '#sending';
import { type EndReason, type Move, type MoveOutcome } from './enrolment.js';

type Words = Record<Locale, string>;

const ends: Record<EndReason, Words> = {
  COMPLETED: { en: 'came to the end', ar: 'بلغ نهاية التسلسل' },
  GOAL: { en: 'reached the goal', ar: 'حقق الهدف' },
  WITHDRAWN: { en: 'took back a consent that it sends on', ar: 'سحب موافقة يعتمد عليها الإرسال' },
  PURCHASED: { en: 'bought', ar: 'اشترى' },
  ORDER_ENDED: { en: 'the order was cancelled or refunded', ar: 'أُلغي الطلب أو رُدّ ثمنه' },
  ORDER_MOVED: { en: "the order turned out to be somebody else's", ar: 'تبيّن أن الطلب يخص شخصًا آخر' },
  LEFT_SEGMENT: { en: 'is in the segment no more', ar: 'لم يعد ضمن الشريحة' },
  NOTHING_TO_WAIT_FOR: {
    en: 'no item of the order says how long it lasts',
    ar: 'لا يذكر أي منتج في الطلب مدة نفاده',
  },
  STOPPED: { en: 'the sequence was stopped', ar: 'أُوقف التسلسل' },
  REMOVED: { en: 'was taken out', ar: 'أُخرج من التسلسل' },
};

const outcomes: Record<Exclude<MoveOutcome, 'finished' | 'left'>, (about: string) => Words> = {
  entered: () => ({ en: 'Entered.', ar: 'دخل التسلسل.' }),
  waits: until => ({ en: `Waits until ${until}.`, ar: `ينتظر حتى ${until}.` }),
  waited: () => ({ en: 'The wait is over.', ar: 'انتهى الانتظار.' }),
  listens: until => ({ en: `May do it until ${until}.`, ar: `أمامه حتى ${until} ليفعل ذلك.` }),
  did: () => ({ en: 'Did it.', ar: 'فعل ذلك.' }),
  did_not: () => ({ en: 'Did not do it in time.', ar: 'لم يفعل ذلك في الوقت المحدد.' }),
  branched: way => ({ en: `Took the way "${way}".`, ar: `سلك المسار "${way}".` }),
  split: arm => ({ en: `Chance chose "${arm}".`, ar: `وقع الاختيار العشوائي على "${arm}".` }),
  updated: attribute => ({ en: `The attribute "${attribute}" was set.`, ar: `ضُبطت الخاصية "${attribute}".` }),
  not_updated: attribute => ({
    en: `The attribute "${attribute}" was not set: there is no room for more attributes of this person.`,
    ar: `لم تُضبط الخاصية "${attribute}": لا متسع لمزيد من خصائص هذا الشخص.`,
  }),
  told: () => ({ en: 'Webhooks were told.', ar: 'أُبلغت الخطافات.' }),
  sending: () => ({ en: 'The message is on its way.', ar: 'الرسالة في طريقها.' }),
  sent: () => ({ en: 'The message was accepted.', ar: 'قُبلت الرسالة.' }),
  not_sent: () => ({ en: 'The message was not sent.', ar: 'لم تُرسل الرسالة.' }),
  too_late: () => ({
    en: 'It had become too late for the message; it was left out.',
    ar: 'فات وقت الرسالة فتُركت.',
  }),
  goal_missed: () => ({ en: 'Has not reached the goal.', ar: 'لم يحقق الهدف بعد.' }),
};

/** One entry of somebody's way, in a sentence. */
export function moveText({ outcome, reason }: Pick<Move, 'outcome' | 'reason'>, locale: Locale): string {
  if (outcome === 'finished' || outcome === 'left') {
    const why = ends[reason as EndReason]?.[locale] ?? reason ?? '';
    return locale === 'ar' ? `انتهى: ${why}.` : `It ended: ${why}.`;
  }
  const text = outcomes[outcome](reason ?? '')[locale];
  return outcome === 'not_sent' && reason !== null ? `${text} ${reasonText(reason, locale)}` : text;
}
