import { arabicRules, notInArabic, spokenOfInArabic } from './opt-out-arabic.js';
import { englishRules, notInEnglish, ofOthers, spokenOfInEnglish } from './opt-out-english.js';
import { frenchRules, notInFrench, spokenOfInFrench } from './opt-out-french.js';
import { type OptOutRule } from './opt-out-words.js';

/** Words that say it when they are the whole sentence (FCC 47 CFR 64.1200(a)(10), Twilio, Saudi CST, and plain usage). */
export const loneWords: ReadonlySet<string> = new Set([
  ...[
    'stop',
    'stopall',
    'stop all',
    'unsubscribe',
    'unsub',
    'unsubscribe me',
    'optout',
    'opt out',
    'opt me out',
    'remove',
    'remove me',
  ],
  ...[
    'revoke',
    'quit',
    'end',
    'cancel',
    'stop it',
    'stop this',
    'stop that',
    'quit it',
    'desist',
    'cease',
    'no more',
    'cancel subscription',
    'unsubscribed',
    'delete me',
    'take me off',
  ],
  ...[
    'arret',
    'arreter',
    'arretez',
    'desabonner',
    'desabonnement',
    'desabonnez moi',
    'desinscription',
    'desinscrire',
    'se desabonner',
  ],
  ...[
    'desinscrivez moi',
    'me desabonner',
    'me desinscrire',
    'desabonne moi',
    'stopper',
    'resilier',
    'radiez moi',
    'stop pub',
  ],
  ...[
    'قف',
    'ايقاف',
    'توقف',
    'توقفوا',
    'وقف',
    'اوقف',
    'اوقفوا',
    'الغاء',
    'الغاء الاشتراك',
    'الغاء اشتراكي',
    'الغاء اشتراك',
    'احذفوني',
    'احذفني',
  ],
  ...[
    'ازاله',
    'كفي',
    'كفايه',
    'خلاص كفايه',
    'يكفي',
    'بكفي',
    'كافي',
    'حظر',
    'بلوك',
    'بس',
    'غ',
    'الغ الاشتراك',
    'الغوا اشتراكي',
    'ايقاف الرسايل',
  ],
]);

/** What takes a request back. */
export const retractions =
  / (?:never ?mind|nvm|just kidding|changed my mind|ignore (?:this|that|my)|forget (?:it|that)|scratch that|laissez tomber|oubliez|j ai change d avis|لا عليكم|لا تهتموا|تجاهلوا|غيرت رايي|امزح) /u;

/** What people write who want no more mail, in order: the first that fits a sentence decides, and "none" ends it. */
export const optOutRules: readonly OptOutRule[] = [
  // What sounds like it and is the opposite, or of somebody else.
  ...notInEnglish,
  ...notInFrench,
  ...notInArabic,
  ofOthers,
  ...englishRules,
  ...frenchRules,
  ...arabicRules,
  spokenOfInEnglish,
  spokenOfInFrench,
  spokenOfInArabic,
];
