import { type Locale } from '#common';
import { type MachineReason } from './machine.js';

const words: Record<MachineReason, Record<Locale, string>> = {
  APPLE_MAIL_PRIVACY: {
    en: 'Apple’s Mail Privacy Protection loaded the picture, as it does whether or not a mail is read.',
    ar: 'حمّلت خاصية حماية خصوصية البريد من Apple الصورة، وهي تفعل ذلك سواء قُرئت الرسالة أم لم تُقرأ.',
  },
  IMAGE_PROXY: {
    en: 'A proxy of Gmail or Yahoo loaded it; whether a person looked is not known.',
    ar: 'حمّله خادم وسيط من Gmail أو Yahoo، ولا يُعلم هل اطّلع عليه شخص.',
  },
  SCANNER: {
    en: 'The program names itself: a security scanner, a preview, a search engine, a tool.',
    ar: 'عرّف البرنامج بنفسه: برنامج فحص أمني أو معاينة روابط أو محرك بحث أو أداة برمجية.',
  },
  NO_AGENT: {
    en: 'The program does not say what it is, as every browser does.',
    ar: 'لم يذكر البرنامج ما هو، وكل المتصفحات تذكر ذلك.',
  },
  NOT_A_GET: {
    en: 'It asked in a way that no browser follows a link (HEAD or OPTIONS).',
    ar: 'طُلب بطريقة لا تتبعها المتصفحات عند فتح رابط (HEAD أو OPTIONS).',
  },
  LOADED_AHEAD: {
    en: 'A browser loaded it ahead of anybody’s wish.',
    ar: 'حمّله متصفح مسبقًا قبل أن يطلبه أحد.',
  },
  HIDDEN_LINK: {
    en: 'The link was followed that no person can see, or this was pressed within a minute of that.',
    ar: 'اتُّبع رابط لا يراه أي شخص، أو جاءت الضغطة خلال دقيقة من ذلك.',
  },
  TOO_SOON: {
    en: 'It came within ten seconds of the message being accepted.',
    ar: 'جاءت خلال عشر ثوانٍ من قبول الرسالة.',
  },
  BURST: {
    en: 'Three different links or more of the message were followed within two seconds, about then.',
    ar: 'اتُّبعت في ذلك الوقت ثلاثة روابط مختلفة أو أكثر من الرسالة خلال ثانيتين.',
  },
  EVERY_LINK: {
    en: 'Every link of the message was followed within two seconds, about then.',
    ar: 'اتُّبعت في ذلك الوقت كل روابط الرسالة خلال ثانيتين.',
  },
};

/** Why a machine is believed to have done it, in a sentence. */
export function machineReasonText(reason: MachineReason, locale: Locale): string {
  return words[reason][locale];
}
