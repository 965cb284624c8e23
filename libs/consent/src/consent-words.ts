import { type Channel, type Locale } from '#common';
import { type Basis, type ConsentAction, type ConsentEvent, type StateStatus } from './consent-event.js';
import { momentText, quotedText, valueText } from './words.js';

/** What an event speaks of, by the names people know. null: every topic, every sender. */
export interface EventNames {
  topic: string | null;
  sender: string | null;
}

type Words = Record<Locale, string>;

const basisWords: Record<Basis, Words> = {
  express: { en: 'the person’s express consent', ar: 'موافقة الشخص الصريحة' },
  double_opt_in: {
    en: 'the person’s express consent, confirmed through the address itself (double opt-in)',
    ar: 'موافقة الشخص الصريحة المؤكَّدة عبر العنوان نفسه (التأكيد المزدوج)',
  },
  soft_opt_in: {
    en: 'a purchase from the sender, with the offer to refuse (soft opt-in)',
    ar: 'عملية شراء من المُرسِل مع إتاحة الرفض (الموافقة الضمنية للعملاء)',
  },
  implied_purchase: {
    en: 'business with the sender: a purchase, for a limited time (implied consent)',
    ar: 'علاقة تجارية مع المُرسِل: عملية شراء، لمدة محدودة (موافقة ضمنية)',
  },
  implied_inquiry: {
    en: 'business with the sender: an inquiry, for a limited time (implied consent)',
    ar: 'علاقة تجارية مع المُرسِل: استفسار، لمدة محدودة (موافقة ضمنية)',
  },
  service: {
    en: 'the service of something the person has or ordered',
    ar: 'خدمة شيء يملكه الشخص أو طلبه',
  },
  transactional: {
    en: 'a transaction that the person began',
    ar: 'معاملة بدأها الشخص',
  },
};

/** What a permission rests on, as a phrase; the code itself for one that an older release stored. */
export function basisText(basis: string, locale: Locale): string {
  return Object.hasOwn(basisWords, basis) ? basisWords[basis as Basis][locale] : basis;
}

/** How it came to be known: by an act of somebody's own, or by a record that others made of it. */
interface Method extends Words {
  recorded?: true;
}

const methodWords: Record<string, Method> = {
  checkbox: { en: 'the person ticked a box', ar: 'أشّر الشخص على خانة الموافقة' },
  preference_page: {
    en: 'the person chose so on their preference page',
    ar: 'اختار الشخص ذلك في صفحة تفضيلاته',
  },
  unsubscribe_page: {
    en: 'the person pressed the button on the unsubscribe page',
    ar: 'ضغط الشخص الزر في صفحة إلغاء الاشتراك',
  },
  one_click: {
    en: 'the person pressed “unsubscribe” in their mail program',
    ar: 'ضغط الشخص «إلغاء الاشتراك» في برنامج بريده',
  },
  confirmation_page: {
    en: 'the person pressed the button on the confirmation page, which only a link sent to their own address opens',
    ar: 'ضغط الشخص الزر في صفحة التأكيد التي لا يفتحها إلا رابط أُرسل إلى عنوانه',
  },
  sign_up_api: {
    en: 'somebody filled in the sign-up form on the sender’s own site',
    ar: 'ملأ أحدهم نموذج الاشتراك في موقع المُرسِل',
  },
  form: { en: 'the person sent a form', ar: 'أرسل الشخص نموذجًا' },
  order: { en: 'the person placed an order', ar: 'قدّم الشخص طلب شراء' },
  paper: { en: 'the person signed on paper', ar: 'وقّع الشخص على ورقة' },
  verbal: { en: 'the person said so', ar: 'قال الشخص ذلك شفهيًا' },
  sms_keyword: { en: 'the person sent a keyword by text message', ar: 'أرسل الشخص كلمة برسالة نصية' },
  sms_stop: {
    en: 'the person asked by text message to be left alone',
    ar: 'طلب الشخص برسالة نصية إيقاف الرسائل',
  },
  sms_start: {
    en: 'the person asked by text message to get messages again',
    ar: 'طلب الشخص برسالة نصية استئناف الرسائل',
  },
  carrier_stop: {
    en: 'the person’s carrier reported that they said stop',
    ar: 'أفادت شركة اتصالات الشخص بأنه طلب الإيقاف',
  },
  number_changed_hands: {
    en: 'the carrier reported that nobody, or somebody else, has this number now',
    ar: 'أفادت شركة الاتصالات بأن الرقم لم يعد لأحد، أو صار لغيره',
  },
  import: { en: 'an imported file recorded', ar: 'ذكر ملف مستورَد', recorded: true },
  api: { en: 'the sender’s own system recorded', ar: 'سجّل نظام المُرسِل', recorded: true },
};

type How = Pick<ConsentEvent, 'method' | 'source' | 'evidence'>;

function methodOf(method: string): Method {
  if (Object.hasOwn(methodWords, method)) return methodWords[method] as Method;
  return {
    en: `it was recorded by way of ${quotedText(method.replaceAll('_', ' '), 'en')}`,
    ar: `سُجّل بطريقة ${quotedText(method.replaceAll('_', ' '), 'ar')}`,
    recorded: true,
  };
}

/** How it happened: `the person ticked a box at https://...`. */
export function methodText(event: How, locale: Locale): string {
  const method = methodOf(event.method);
  const isKnown = Object.hasOwn(methodWords, event.method);
  const object = method.recorded && (isKnown || locale === 'ar') ? { en: ' it', ar: ' ذلك' }[locale] : '';
  return method[locale] + object + placeText(event, locale);
}

/** Where it happened, as an end to a phrase; nothing where the way of acting says it all. */
function placeText(
  { method, source, evidence }: Pick<ConsentEvent, 'method' | 'source' | 'evidence'>,
  locale: Locale,
): string {
  const isArabic = locale === 'ar';
  const line = typeof evidence['line'] === 'number' ? evidence['line'] : null;
  const named = typeof evidence['import'] === 'string' ? evidence['import'] : null;
  const file =
    named === null
      ? ''
      : isArabic
        ? ` (الاستيراد ${valueText(named, locale)}${line === null ? '' : `، السطر ${line}`})`
        : ` (import ${named}${line === null ? '' : `, line ${line}`})`;
  if (source === method || source === named) return file;
  const value = valueText(source, locale);
  if (/^https?:\/\//i.test(source)) return (isArabic ? ` على الصفحة ${value}` : ` at ${value}`) + file;
  if (/^dsp_\d+$/.test(source)) {
    return isArabic ? `، من رابط في رسالة من الإرسال ${value}` : `, from the link in a message of ${value}`;
  }
  if (/^frm_\d+$/.test(source)) return isArabic ? ` (النموذج ${value})` : ` (form ${value})`;
  if (/^fbk_\d+ \(\w+\)$/.test(source)) return ` (${value})`;
  return (isArabic ? ` عند ${quotedText(source, locale)}` : ` at ${quotedText(source, locale)}`) + file;
}

const channelWords: Record<Channel | 'all', Words> = {
  email: { en: 'emails', ar: 'رسائل البريد الإلكتروني' },
  sms: { en: 'text messages', ar: 'الرسائل النصية' },
  all: { en: 'messages on every channel', ar: 'الرسائل على كل القنوات' },
};

/** What an event covers: `emails about “Offers” from Nakheel Market`. */
export function scopeText(channel: Channel | null, names: EventNames, locale: Locale): string {
  const messages = channelWords[channel ?? 'all'][locale];
  const { topic, sender } = names;
  if (locale === 'ar') {
    const about = topic === null ? 'عن كل المواضيع' : `عن ${quotedText(topic, locale)}`;
    return `${messages} ${about} من ${sender === null ? 'كل المُرسِلين' : valueText(sender, locale)}`;
  }
  const about = topic === null ? 'about every topic' : `about ${quotedText(topic, locale)}`;
  return `${messages} ${about} from ${sender ?? 'every sender'}`;
}

/** What somebody did by their act, after "the person" (and in Arabic after "أن الشخص"). */
const deeds: Record<Exclude<ConsentAction, Happening>, Words> = {
  granted: { en: 'agreed to', ar: 'وافق على' },
  confirmed: { en: 'confirmed that they want', ar: 'أكّد رغبته في' },
  requested: { en: 'asked for', ar: 'طلب' },
  refused: { en: 'refused', ar: 'رفض' },
  withdrawn: { en: 'took back every consent to', ar: 'سحب كل موافقة على' },
};

/** What a grant rests on that is no consent of the person's own. */
const circumstances: Partial<Record<Basis, (scope: string) => Words>> = {
  soft_opt_in: scope => ({
    en: `the person gave their address in a sale, was offered to refuse and did not, so that ${scope} may follow where they offer similar products`,
    ar: `أعطى الشخص عنوانه ضمن عملية شراء وأُتيح له الرفض فلم يرفض، فجاز أن تُرسل إليه ${scope} إذا كانت عن منتجات مشابهة`,
  }),
  implied_purchase: scope => ({
    en: `the person bought something, from which the law infers a consent to ${scope} for some time`,
    ar: `اشترى الشخص شيئًا، ويستنتج القانون من ذلك موافقة على ${scope} مدة من الزمن`,
  }),
  implied_inquiry: scope => ({
    en: `the person made an inquiry, from which the law infers a consent to ${scope} for some time`,
    ar: `استفسر الشخص عن شيء، ويستنتج القانون من ذلك موافقة على ${scope} مدة من الزمن`,
  }),
  service: scope => ({
    en: `the person has or ordered something to which ${scope} belong`,
    ar: `لدى الشخص أو طلب شيئًا تتصل به ${scope}`,
  }),
  transactional: scope => ({
    en: `the person began a transaction to which ${scope} belong`,
    ar: `بدأ الشخص معاملة تتصل بها ${scope}`,
  }),
};

type Happening = 'expired' | 'voided' | 'imported_unknown';

/** Events that are nobody's act. */
const happenings: Record<Happening, (scope: string) => Words> = {
  expired: scope => ({
    en: `the consent to ${scope} ended, its time being over`,
    ar: `انتهت مدة الموافقة على ${scope}`,
  }),
  voided: scope => ({
    en: `the address was changed or removed; consent to ${scope} that was given for the old address became void`,
    ar: `غُيّر العنوان أو حُذف، فبطلت الموافقة على ${scope} التي أُعطيت للعنوان القديم`,
  }),
  imported_unknown: scope => ({
    en: `an import noted a consent to ${scope} without proof of it; nothing may be sent on that`,
    ar: `ذكر ملف مستورَد موافقة على ${scope} دون ما يثبتها، فلا يجوز الإرسال بناءً عليها`,
  }),
};

function isHappening(action: ConsentAction): action is Happening {
  return Object.hasOwn(happenings, action);
}

/** Who did what, and what that amounts to. */
function deedText(event: ConsentEvent, scope: string, locale: Locale): string {
  const { action, basis } = event;
  if (isHappening(action)) return happenings[action](scope)[locale];
  const isArabic = locale === 'ar';
  const circumstance = action === 'granted' && basis !== null ? circumstances[basis] : undefined;
  if (circumstance) {
    return `${circumstance(scope)[locale]}${isArabic ? '؛ و' : '; '}${methodText(event, locale)}`;
  }
  const deed = deeds[action][locale];
  const method = methodOf(event.method);
  const place = placeText(event, locale);
  const act = method[locale] + place;
  if (method.recorded)
    return isArabic ? `${act} أن الشخص ${deed} ${scope}` : `${act} that the person ${deed} ${scope}`;
  if (action === 'requested') {
    return isArabic
      ? `${act}، و${deed} ${scope}؛ ولا تتم الموافقة حتى يؤكدها صاحب العنوان`
      : `${act} and ${deed} ${scope}; nothing is agreed until whoever reads the address confirms`;
  }
  return isArabic ? `${act}، ف${deed} ${scope}` : `${act} and so ${deed} ${scope}`;
}

/** One event as sentences a regulator can read: when, who did what, where, to what, with which words before their eyes. */
export function actText(event: ConsentEvent, names: EventNames, locale: Locale): string {
  const isArabic = locale === 'ar';
  const when = momentText(event.occurredAt, locale);
  const deed = deedText(event, scopeText(event.channel, names, locale), locale);
  const sentences = [isArabic ? `في ${when}: ${deed}.` : `On ${when} ${deed}.`];
  if (event.textShown !== null) {
    const words = quotedText(event.textShown, locale);
    sentences.push(isArabic ? `والنص الذي عُرض: ${words}.` : `The words shown were: ${words}.`);
  }
  sentences.push(...softOptInText(event, locale));
  if (event.basis !== null && !isHappening(event.action)) {
    const basis = basisText(event.basis, locale);
    sentences.push(isArabic ? `والأساس: ${basis}.` : `It rests on ${basis}.`);
  }
  if (event.expiresAt !== null) {
    const until = momentText(event.expiresAt, locale);
    sentences.push(isArabic ? `وتنتهي في ${until}.` : `It ends on ${until}.`);
  }
  return sentences.join(' ');
}

function softOptInText({ basis, evidence }: ConsentEvent, locale: Locale): string[] {
  const soft = evidence['softOptIn'];
  if (basis !== 'soft_opt_in' || typeof soft !== 'object' || soft === null) return [];
  const { orderId, productCategories, refusalText, refusalOfferedAt } = soft as Record<string, unknown>;
  const isArabic = locale === 'ar';
  const sentences: string[] = [];
  const bought = Array.isArray(productCategories) ? productCategories.map(String) : [];
  if (typeof orderId === 'string') {
    const what =
      bought.length === 0
        ? ''
        : ` (${bought.map(name => valueText(name, locale)).join(isArabic ? '، ' : ', ')})`;
    sentences.push(
      isArabic ? `والطلب: ${valueText(orderId, locale)}${what}.` : `The order was ${orderId}${what}.`,
    );
  }
  if (typeof refusalText === 'string') {
    const offered = typeof refusalOfferedAt === 'string' ? new Date(refusalOfferedAt) : null;
    const isDated = offered !== null && !Number.isNaN(offered.getTime());
    const words = quotedText(refusalText, locale);
    sentences.push(
      isArabic
        ? `وعُرض على الشخص أن يرفض${isDated ? ` في ${momentText(offered, locale)}` : ''} بهذا النص: ${words}.`
        : `The person was offered to refuse${isDated ? ` on ${momentText(offered, locale)}` : ''} with the words: ${words}.`,
    );
  }
  return sentences;
}

const statusWords: Record<StateStatus, Words> = {
  granted: { en: 'Agreed', ar: 'موافقة قائمة' },
  withdrawn: { en: 'Taken back', ar: 'سُحبت الموافقة' },
  unknown: { en: 'No proven consent', ar: 'لا موافقة مثبتة' },
  requested: { en: 'Asked for, not yet confirmed', ar: 'طُلبت ولم تؤكَّد بعد' },
  refused: { en: 'Refused', ar: 'رُفضت' },
  expired: { en: 'Ended: its time is over', ar: 'انتهت مدتها' },
};

export function statusText(status: StateStatus, locale: Locale): string {
  return statusWords[status][locale];
}

const actionWords: Record<ConsentAction, Words> = {
  requested: { en: 'Asked for', ar: 'طلب' },
  granted: { en: 'Agreed', ar: 'موافقة' },
  confirmed: { en: 'Confirmed', ar: 'تأكيد' },
  refused: { en: 'Refused', ar: 'رفض' },
  withdrawn: { en: 'Taken back', ar: 'سحب الموافقة' },
  expired: { en: 'Ended', ar: 'انتهاء المدة' },
  voided: { en: 'Void', ar: 'بطلان' },
  imported_unknown: { en: 'Noted without proof', ar: 'إشارة بلا إثبات' },
};

export function actionText(action: ConsentAction, locale: Locale): string {
  return actionWords[action][locale];
}
