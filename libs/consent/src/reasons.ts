import { type Locale } from '#common';

/** Why the gate said no. Codes are stable: they are stored with messages and counted in audiences. */
export const denials = [
  'NO_ADDRESS',
  'SUPPRESSED',
  'WITHDRAWN',
  'NO_CONSENT',
  'CONSENT_UNPROVEN',
  'BASIS_NOT_ACCEPTED',
  'CONSENT_EXPIRED',
] as const;
export type Denial = (typeof denials)[number];

const words: Record<Denial, Record<Locale, string>> = {
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
};

/** A denial in a sentence a customer or a regulator understands. */
export function denialText(denial: Denial, locale: Locale): string {
  return words[denial][locale];
}
