import { type LocalizedText } from '#common';
import { EVENT_NAME } from '#events';
import { type Field, type NamedField } from './fields.js';

type Label = Required<LocalizedText>;

/** What everybody can be asked about who bought, clicked or wrote back. */
export const behaviourFields: readonly NamedField[] = [
  purchases('count', { en: 'Purchases', ar: 'عدد المشتريات' }, { type: 'purchase-count' }),
  purchases(
    'firstAt',
    { en: 'First purchase', ar: 'تاريخ أول شراء' },
    { type: 'purchase-instant', column: 'first_at' },
  ),
  purchases(
    'lastAt',
    { en: 'Last purchase', ar: 'تاريخ آخر شراء' },
    { type: 'purchase-instant', column: 'last_at' },
  ),
  purchases(
    'daysSinceLast',
    { en: 'Days since the last purchase', ar: 'عدد الأيام منذ آخر شراء' },
    { type: 'purchase-number', of: 'daysSinceLast' },
  ),
  purchases(
    'categories',
    { en: 'Categories bought', ar: 'فئات المنتجات المشتراة' },
    { type: 'purchase-categories' },
  ),
  purchases(
    'recency',
    { en: 'Recency score (1 to 5)', ar: 'درجة حداثة الشراء (1 إلى 5)' },
    { type: 'purchase-number', of: 'recency' },
  ),
  purchases(
    'frequency',
    { en: 'Frequency score (1 to 5)', ar: 'درجة تكرار الشراء (1 إلى 5)' },
    { type: 'purchase-number', of: 'frequency' },
  ),
  purchases(
    'value',
    { en: 'Value score (1 to 5)', ar: 'درجة قيمة المشتريات (1 إلى 5)' },
    { type: 'purchase-number', of: 'value' },
  ),
  {
    name: 'engagement.lastClickedAt',
    label: { en: 'Last clicked a link', ar: 'آخر ضغطة على رابط' },
    field: { type: 'last-time', of: 'click' },
  },
  {
    name: 'engagement.lastRepliedAt',
    label: { en: 'Last replied', ar: 'آخر رد' },
    field: { type: 'last-time', of: 'reply' },
  },
];

/** A field that no list holds, because there are as many as there are currencies and names of events. */
export function behaviourFieldNamed(name: string): NamedField | undefined {
  const [, of, currency] = /^purchases\.(total|average)\.([A-Z]{3})$/.exec(name) ?? [];
  if (of !== undefined && currency !== undefined)
    return isCurrency(currency) ? moneyField(of as 'total' | 'average', currency) : undefined;
  const [, event] = /^events\.(.+)$/.exec(name) ?? [];
  return event !== undefined && EVENT_NAME.test(event) ? eventField(event) : undefined;
}

const moneyLabels: Record<'total' | 'average', Label> = {
  total: { en: 'Spent', ar: 'مجموع المشتريات' },
  average: { en: 'Spent on average', ar: 'متوسط قيمة الشراء' },
};

/** Amounts are in units of the currency, with decimals: 99.95. */
export function moneyField(of: 'total' | 'average', currency: string): NamedField {
  const { en, ar } = moneyLabels[of];
  return {
    name: `purchases.${of}.${currency}`,
    label: { en: `${en} (${currency})`, ar: `${ar} (${currency})` },
    field: { type: 'purchase-money', of, currency },
  };
}

/** Any name may be asked about: what never happened happened to nobody. */
export function eventField(name: string): NamedField {
  return {
    name: `events.${name}`,
    label: { en: `Event: ${name}`, ar: `حدث: ${name}` },
    field: { type: 'event', name },
  };
}

/** ISO 4217, as Node knows it; a slip of the pen must not silently mean nobody. */
const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
export const isCurrency = (code: string): boolean => currencies.has(code);

function purchases(name: string, label: Label, field: Field): NamedField {
  return { name: `purchases.${name}`, label, field };
}
