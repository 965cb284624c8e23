import { formatId, type Locale, localize } from '#common';
import { type Form, type FormChoice } from '#sign-ups';
import { choiceValue, TRAP } from '../public/sign-up-fields.js';
import { type EmbedView } from './forms.schemas.js';

const words = {
  en: {
    email: 'Your email address',
    firstName: 'First name (optional)',
    phone: 'Mobile number (optional)',
    incentive: 'Once you have confirmed, you get:',
    trap: 'Leave this field empty',
    button: 'Sign me up',
    title: 'Sign up',
  },
  ar: {
    email: 'عنوان بريدك الإلكتروني',
    firstName: 'الاسم الأول (اختياري)',
    phone: 'رقم الجوال (اختياري)',
    incentive: 'وبعد التأكيد تحصل على:',
    trap: 'يُترك هذا الحقل فارغًا',
    button: 'أرغب في الاشتراك',
    title: 'الاشتراك',
  },
} as const;

const instructions = {
  en:
    'Put the HTML on your page and style it as you like, but leave the sentences, the names of the fields and the version ' +
    'as they are: the version says which wording people saw. Copy it again after a change of the wording. Add the site to ' +
    'allowedOrigins, or people are asked to press once more on our page. The frame shows only on allowed origins. ' +
    'With a server of your own, POST /v1/sign-ups does the same.',
  ar:
    'انسخ شيفرة HTML إلى صفحتك ونسّقها كما تشاء، على أن تبقى الجمل وأسماء الحقول ورقم النسخة كما هي، فرقم النسخة يدل على ' +
    'النص الذي قرأه الناس. أعد نسخها بعد كل تغيير في النص. وأضف موقعك إلى allowedOrigins، وإلا طُلب من الناس الضغط مرة أخرى ' +
    'في صفحتنا. ولا يظهر الإطار إلا في المواقع المسموح بها. وإن كان لديك خادم فإن POST /v1/sign-ups يؤدي الغرض نفسه.',
};

/** A form for other people's pages, in plain HTML: nothing of it runs, and nothing of it needs CORS. */
export function embedSnippet(
  form: Form,
  offered: readonly FormChoice[],
  url: string,
  locale: Locale,
): EmbedView {
  const say = words[locale];
  const { wording } = form;
  const key = formatId('form', form.id);
  const target = `${url}?lang=${locale}`;
  const field = (name: string, label: string, attributes: string): string =>
    `  <p><label for="${key}-${name}">${label}</label><br><input id="${key}-${name}" name="${name}" ${attributes}></p>`;
  const html = [
    `<form method="post" action="${escaped(target)}" lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}">`,
    `  <h2>${escaped(localize(wording.heading, locale))}</h2>`,
    `  <p>${escaped(localize(wording.lead, locale))}</p>`,
    ...(wording.incentive
      ? [`  <p>${say.incentive} <strong>${escaped(localize(wording.incentive.name, locale))}</strong></p>`]
      : []),
    `  <input type="hidden" name="version" value="${form.version}">`,
    field('email', say.email, 'type="email" autocomplete="email" dir="ltr" required'),
    ...(wording.asks.firstName ? [field('first_name', say.firstName, 'autocomplete="given-name"')] : []),
    ...(wording.asks.phone ? [field('phone', say.phone, 'type="tel" autocomplete="tel" dir="ltr"')] : []),
    `  <p style="position:absolute;left:-100vw;visibility:hidden"><label for="${key}-trap">${say.trap}</label>` +
      `<input id="${key}-trap" name="${TRAP}" tabindex="-1" autocomplete="off"></p>`,
    ...offered.map(
      choice =>
        `  <p><label><input type="checkbox" name="choice" value="${choiceValue(choice)}"> ${escaped(localize(choice.consent, locale))}</label></p>`,
    ),
    `  <button>${say.button}</button>`,
    '</form>',
  ].join('\n');
  const iframe = `<iframe src="${escaped(target)}" title="${say.title}" width="100%" height="900" style="border:0"></iframe>`;
  return { html, iframe, instructions };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
