import { deferrals, denials, denialText } from '#consent';
import { type Locale } from '#common';

/** Why a message is in its state, when the gate was not the reason. */
const words: Record<string, Record<Locale, string>> = {
  CONTACT_GONE: {
    en: 'The contact was deleted before its turn came.',
    ar: 'حُذفت جهة الاتصال قبل أن يحين دورها.',
  },
  REFUSED: {
    en: 'The receiving server refused the message for good.',
    ar: 'رفض الخادم المستقبِل الرسالة رفضًا نهائيًا.',
  },
  RETRIES_EXHAUSTED: {
    en: 'The receiving server kept asking to try later, until there was no later.',
    ar: 'ظل الخادم المستقبِل يطلب المحاولة لاحقًا حتى نفدت المحاولات.',
  },
  TRY_LATER: { en: 'It was not sent; it will be tried again.', ar: 'لم تُرسل الرسالة، وستُعاد المحاولة.' },
  NOT_OFFERED: {
    en: 'It was not sent: no server could be reached that takes it. It is tried again until one is, or until its time is over.',
    ar: 'لم تُرسل الرسالة لتعذر الوصول إلى خادم يقبلها، وستُعاد المحاولة إلى أن يتيسر ذلك أو ينقضي وقتها.',
  },
  LOCAL_TIME: {
    en: 'It waits for its hour on the person’s own clock.',
    ar: 'تنتظر الرسالة ساعتها بتوقيت الشخص نفسه.',
  },
  BUDGET: {
    en: 'It waits because the money for text messages is spent, of the campaign or of the sender’s month.',
    ar: 'تنتظر الرسالة لأن ميزانية الرسائل النصية قد نفدت، سواء ميزانية الحملة أو ميزانية المُرسِل لهذا الشهر.',
  },
  NO_SOURCE: {
    en: 'It waits because the sender has no number or name for text messages to that country.',
    ar: 'تنتظر الرسالة لأن المُرسِل ليس له رقم ولا اسم للرسائل النصية إلى ذلك البلد.',
  },
  LEFT_SEQUENCE: {
    en: 'The person had left the sequence before its turn came: they bought, withdrew, or it was ended.',
    ar: 'غادر الشخص التسلسل قبل أن يحين دور الرسالة: اشترى أو سحب موافقته أو أُنهي التسلسل.',
  },
  TOO_LATE: {
    en: 'Its time had passed: the sequence does not send this message so late.',
    ar: 'فات وقتها، والتسلسل لا يرسل هذه الرسالة بعد فوات هذا القدر من الوقت.',
  },
  COUNTRY_CLOSED: {
    en: 'It waits because the provider takes no text messages to that country from this sender at present, until an operator has mended it.',
    ar: 'تنتظر الرسالة لأن مزود الخدمة لا يقبل حاليًا رسائل هذا المُرسِل النصية إلى ذلك البلد، إلى أن يُصلَح ذلك.',
  },
  CARRIER_LOST: {
    en: 'The carrier lost it and does not know why: it was not delivered. It is tried once more, and not again after that.',
    ar: 'لم تُسلَّم الرسالة، ولا تعلم شركة الاتصالات السبب. ستُعاد المحاولة مرة واحدة ولن تُعاد بعدها.',
  },
  HELD: {
    en: 'Sending was stopped before this message began; nothing of it was sent.',
    ar: 'أُوقف الإرسال قبل أن تبدأ هذه الرسالة، ولم يُرسل منها شيء.',
  },
  NO_ANSWER: {
    en: 'The message left, but no answer came; whether it arrived is not known. It is not sent again.',
    ar: 'خرجت الرسالة ولم يأتِ رد، فلا يُعلم أوصلت أم لا. ولن تُرسل مرة أخرى.',
  },
  WORKER_LOST: {
    en: 'The worker died while sending; whether it arrived is not known. It is not sent again.',
    ar: 'توقف المُرسِل أثناء الإرسال، فلا يُعلم أوصلت الرسالة أم لا. ولن تُرسل مرة أخرى.',
  },
  NOT_SETTLED: {
    en: 'The database failed while the attempt was recorded; whether it was sent is not known. It is not sent again.',
    ar: 'تعطلت قاعدة البيانات أثناء تسجيل المحاولة، فلا يُعلم أأُرسلت الرسالة أم لا. ولن تُرسل مرة أخرى.',
  },
  RESEND_NOT_TAKEN: {
    en: 'No answer came when it was sent; sent once more under the same key, it was not taken then. Whether it arrived the first time is not known.',
    ar: 'لم يأتِ رد عند إرسالها، ثم أُعيد إرسالها بالمفتاح نفسه فلم تُقبل، ولا يُعلم أوصلت في المرة الأولى أم لا.',
  },
  EVIDENCE_DELIVERED: {
    en: 'No answer came when it was sent; a delivery report said later that it had been delivered.',
    ar: 'لم يأتِ رد عند إرسالها، ثم أفاد تقرير لاحق بأنها سُلِّمت.',
  },
  EVIDENCE_BOUNCED: {
    en: 'No answer came when it was sent; it came back later, so it had been taken.',
    ar: 'لم يأتِ رد عند إرسالها، ثم ارتدّت لاحقًا، أي إنها كانت قد قُبلت.',
  },
  EVIDENCE_CLICKED: {
    en: 'No answer came when it was sent; a link in it was opened later, so it had arrived.',
    ar: 'لم يأتِ رد عند إرسالها، ثم فُتح رابط فيها لاحقًا، أي إنها كانت قد وصلت.',
  },
  EVIDENCE_REPLIED: {
    en: 'No answer came when it was sent; it was replied to later, so it had arrived.',
    ar: 'لم يأتِ رد عند إرسالها، ثم جاء رد عليها لاحقًا، أي إنها كانت قد وصلت.',
  },
  EVIDENCE_TAKEN: {
    en: 'No answer came when it was sent; its provider reported later that it had taken it.',
    ar: 'لم يأتِ رد عند إرسالها، ثم أفاد مزود الخدمة لاحقًا بأنه كان قد قبلها.',
  },
  OPERATOR_ACCEPTED: {
    en: 'No answer came when it was sent; somebody looked it up later and found that it had been accepted.',
    ar: 'لم يأتِ رد عند إرسالها، ثم تبيَّن بالمراجعة أنها كانت قد قُبلت.',
  },
  OPERATOR_NOT_SENT: {
    en: 'No answer came when it was sent; somebody looked it up later and found that it had not been sent. It is not sent again.',
    ar: 'لم يأتِ رد عند إرسالها، ثم تبيَّن بالمراجعة أنها لم تُرسل. ولن تُرسل مرة أخرى.',
  },
  RENDER_FAILED: {
    en: 'The template could not be filled in for this person; nothing was sent.',
    ar: 'تعذر ملء القالب لهذا الشخص، ولم يُرسل شيء.',
  },
};

/** A stored reason in words; the code itself for one that an older release stored. */
export function reasonText(reason: string, locale: Locale): string {
  const ofGate = [...denials, ...deferrals].find(known => known === reason);
  if (ofGate !== undefined) return denialText(ofGate, locale);
  return words[reason]?.[locale] ?? reason;
}
