import { type Locale } from '#common';

/** Why the gate said no. Codes are stable: they are stored with messages and counted in audiences. */
export const denials = [
  'NO_ADDRESS',
  'SUPPRESSED',
  'WITHDRAWN',
  'NO_CONSENT',
  'NOT_CONFIRMED',
  'CONSENT_REFUSED',
  'CONSENT_UNPROVEN',
  'BASIS_NOT_ACCEPTED',
  'CONSENT_EXPIRED',
  'SOFT_OPT_IN_INCOMPLETE',
  'NOT_SIMILAR',
  'PAUSED',
  'NO_SENDING_HOURS',
] as const;
export type Denial = (typeof denials)[number];

/** Why the gate said "later". */
export const deferrals = ['QUIET_HOURS', 'FREQUENCY', 'BUSY'] as const;
export type Deferral = (typeof deferrals)[number];

const words: Record<Denial | Deferral, Record<Locale, string>> = {
  NO_ADDRESS: {
    en: 'There is no address for this channel.',
    ar: 'لا يوجد عنوان لهذه القناة.',
  },
  SUPPRESSED: {
    en: 'The address is on the suppression list.',
    ar: 'العنوان مدرج في قائمة المنع.',
  },
  WITHDRAWN: {
    en: 'The person withdrew their permission.',
    ar: 'سحب الشخص إذنه.',
  },
  NO_CONSENT: {
    en: 'The person never agreed to this topic on this channel.',
    ar: 'لم يوافق الشخص قط على هذا الموضوع عبر هذه القناة.',
  },
  CONSENT_UNPROVEN: {
    en: 'There is a note of consent, but no proof of it.',
    ar: 'توجد إشارة إلى موافقة دون ما يثبتها.',
  },
  BASIS_NOT_ACCEPTED: {
    en: 'The recorded basis is not enough under the rules in force.',
    ar: 'الأساس المسجَّل غير كافٍ بموجب القواعد السارية.',
  },
  CONSENT_EXPIRED: {
    en: 'The consent has expired.',
    ar: 'انتهت مدة الموافقة.',
  },
  NOT_CONFIRMED: {
    en: 'Somebody entered this address in a form, and whoever reads it has not confirmed.',
    ar: 'أُدخل هذا العنوان في نموذج ولم يؤكده صاحبه بعد.',
  },
  CONSENT_REFUSED: {
    en: 'The person was asked to confirm and said no.',
    ar: 'طُلب من الشخص التأكيد فرفض.',
  },
  SOFT_OPT_IN_INCOMPLETE: {
    en: 'The person bought something, but the record lacks the order, what was bought, who took the address down, or the refusal that was offered.',
    ar: 'اشترى الشخص شيئًا، لكن السجل ينقصه الطلب أو ما تم شراؤه أو من أخذ العنوان أو خيار الرفض الذي عُرض.',
  },
  NOT_SIMILAR: {
    en: 'The person bought something, and this message does not say that it offers only similar products.',
    ar: 'اشترى الشخص شيئًا، وهذه الرسالة لا تبيّن أنها تعرض منتجات مشابهة فقط.',
  },
  PAUSED: {
    en: 'The person asked for a pause.',
    ar: 'طلب الشخص التوقف مدة.',
  },
  NO_SENDING_HOURS: {
    en: 'No hour suits every rule and time zone that may apply to this person; their own time zone would help.',
    ar: 'لا توجد ساعة تناسب كل القواعد والمناطق الزمنية التي قد تنطبق على هذا الشخص؛ معرفة منطقته الزمنية تحل ذلك.',
  },
  QUIET_HOURS: {
    en: 'It is outside the hours or days at which the rules allow such messages.',
    ar: 'الوقت خارج الساعات أو الأيام التي تسمح فيها القواعد بهذه الرسائل.',
  },
  FREQUENCY: {
    en: 'It is too soon after the last message: the person asked to be written to less often, or the sender limits how often it writes to one person.',
    ar: 'لم يمضِ وقت كافٍ على الرسالة السابقة: طلب الشخص رسائل أقل، أو أن المُرسِل يضع حدًا لعدد رسائله إلى الشخص الواحد.',
  },
  BUSY: {
    en: 'Another message to this person was being decided at the same moment; it is asked again within seconds.',
    ar: 'كان يُبَتُّ في رسالة أخرى إلى هذا الشخص في اللحظة نفسها، وسيُعاد النظر في هذه الرسالة خلال ثوانٍ.',
  },
};

/** A denial (or a deferral) in a sentence a customer or a regulator understands. */
export function denialText(denial: Denial | Deferral, locale: Locale): string {
  return words[denial][locale];
}
