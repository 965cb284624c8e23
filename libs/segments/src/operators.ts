import { type LocalizedText } from '#common';

/** react-querybuilder's default operators, all of them; and those of how often something happened. */
export const operators = [
  '=',
  '!=',
  '<',
  '>',
  '<=',
  '>=',
  'contains',
  'beginsWith',
  'endsWith',
  'doesNotContain',
  'doesNotBeginWith',
  'doesNotEndWith',
  'null',
  'notNull',
  'in',
  'notIn',
  'between',
  'notBetween',
  'atLeast',
  'atMost',
  'never',
] as const;
export type Operator = (typeof operators)[number];

/** What is left when the "not" is taken out of an operator; conditions are written for these only. */
export type PlainOperator = Exclude<Operator, keyof typeof oppositeOf>;

/** `a != b` is "not (a = b)", also for people who have no `a`; that is why they match. */
const oppositeOf = {
  '!=': '=',
  doesNotContain: 'contains',
  doesNotBeginWith: 'beginsWith',
  doesNotEndWith: 'endsWith',
  null: 'notNull',
  notIn: 'in',
  notBetween: 'between',
} as const satisfies Partial<Record<Operator, Operator>>;

/** An operator as a plain one and whether its answer is turned round. */
export function plainOperator(operator: Operator): { plain: PlainOperator; negated: boolean } {
  return Object.hasOwn(oppositeOf, operator)
    ? { plain: oppositeOf[operator as keyof typeof oppositeOf], negated: true }
    : { plain: operator as PlainOperator, negated: false };
}

export function isOperator(text: string): text is Operator {
  return (operators as readonly string[]).includes(text);
}

export const operatorLabels: Record<Operator, Required<LocalizedText>> = {
  '=': { en: 'is', ar: 'يساوي' },
  '!=': { en: 'is not', ar: 'لا يساوي' },
  '<': { en: 'is less than', ar: 'أصغر من' },
  '>': { en: 'is greater than', ar: 'أكبر من' },
  '<=': { en: 'is at most', ar: 'أصغر من أو يساوي' },
  '>=': { en: 'is at least', ar: 'أكبر من أو يساوي' },
  contains: { en: 'contains', ar: 'يحتوي على' },
  beginsWith: { en: 'begins with', ar: 'يبدأ بـ' },
  endsWith: { en: 'ends with', ar: 'ينتهي بـ' },
  doesNotContain: { en: 'does not contain', ar: 'لا يحتوي على' },
  doesNotBeginWith: { en: 'does not begin with', ar: 'لا يبدأ بـ' },
  doesNotEndWith: { en: 'does not end with', ar: 'لا ينتهي بـ' },
  null: { en: 'has no value', ar: 'بلا قيمة' },
  notNull: { en: 'has a value', ar: 'له قيمة' },
  in: { en: 'is one of', ar: 'واحد من' },
  notIn: { en: 'is none of', ar: 'ليس واحدًا من' },
  between: { en: 'is between', ar: 'بين' },
  notBetween: { en: 'is not between', ar: 'ليس بين' },
  atLeast: { en: 'happened at least', ar: 'حدث على الأقل' },
  atMost: { en: 'happened at most', ar: 'حدث على الأكثر' },
  never: { en: 'did not happen', ar: 'لم يحدث' },
};

/** Before and after suit dates better than less and greater. */
export const dateOperatorLabels: Partial<Record<Operator, Required<LocalizedText>>> = {
  '=': { en: 'is on', ar: 'في' },
  '!=': { en: 'is not on', ar: 'ليس في' },
  '<': { en: 'is before', ar: 'قبل' },
  '>': { en: 'is after', ar: 'بعد' },
  '<=': { en: 'is on or before', ar: 'في أو قبل' },
  '>=': { en: 'is on or after', ar: 'في أو بعد' },
};

export const listOperatorLabels: Partial<Record<Operator, Required<LocalizedText>>> = {
  in: { en: 'contains any of', ar: 'يحتوي على أي من' },
  notIn: { en: 'contains none of', ar: 'لا يحتوي على أي من' },
};
