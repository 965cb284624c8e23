import { inWords } from '../mail/opt-out-spelling.js';

/** What a word can ask for. */
export const keywordCommands = ['stop', 'start', 'help'] as const;
export type KeywordCommand = (typeof keywordCommands)[number];

/** The words of a country or of all; each in the form that `inWords` gives it. */
export interface SmsKeywords {
  stop: ReadonlySet<string>;
  start: ReadonlySet<string>;
  help: ReadonlySet<string>;
  /** What begins with a stop word and asks for something else. */
  innocent: readonly RegExp[];
}

const set = (...words: string[]): ReadonlySet<string> => new Set(words.map(inWords));

/**
 * Twilio's own words with those it announced for May 2025, those that the FCC names (47 CFR 64.1200(a)(10)), those of
 * Amazon, and those that Arabic operators print on their messages (CST's unsubscribe rule for SMS services: U and غ).
 */
export const defaultKeywords: SmsKeywords = {
  stop: set(
    ...[
      'stop',
      'stopall',
      'stop all',
      'unsubscribe',
      'unsub',
      'cancel',
      'end',
      'quit',
      'optout',
      'opt out',
      'opt-out',
    ],
    ...[
      'revoke',
      'remove',
      'td',
      'u',
      'stopp',
      'stpo',
      'stop.',
      'arret',
      'arrêt',
      'arrete',
      'arrêtez',
      'arreter',
    ],
    ...['stop sms', 'sms stop', 'stop pub', 'désabonner', 'désabonnement', 'désinscription', 'désinscrire'],
    ...[
      'قف',
      'إيقاف',
      'ايقاف',
      'غ',
      'توقف',
      'وقف',
      'أوقف',
      'أوقفوا',
      'إلغاء',
      'الغاء',
      'ألغ',
      'ألغي',
      'إلغاء الاشتراك',
    ],
    ...[
      'الغاء الاشتراك',
      'إلغاء اشتراك',
      'إلغاء الإشتراك',
      'ايقاف الرسائل',
      'إيقاف الرسائل',
      'وقف الرسائل',
      'حذف',
      'كفى',
      'كفاية',
      'بس',
      'خلاص',
    ],
  ),
  start: set(
    ...['start', 'unstop', 'yes', 'subscribe', 'resume', 'oui', 'début', 'reprendre', 'abonner'],
    ...['ابدأ', 'ابدا', 'اشتراك', 'اشترك', 'تفعيل', 'استئناف', 'نعم'],
  ),
  help: set('help', 'info', 'aide', 'مساعدة', 'مساعده', 'معلومات', 'ساعدني'),
  innocent: [
    /^(?:stop|end|cancel|remove) (?:by|at|in|of|over|the|my|order|delivery|appointment|car|on)\b/,
    /^(?:وقف|توقف|الغاء|الغي|ايقاف|حذف) (?:ال)?(?:طلب|طلبي|طلبيه|حجز|حجزي|موعد|موعدي|شحن|شحنه|سياره|توصيل)/u,
  ],
};
