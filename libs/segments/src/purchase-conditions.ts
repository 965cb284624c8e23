import { type Condition, type ConditionContext, type Parameters } from './condition.js';
import { type Field } from './fields.js';
import { type PlainOperator } from './operators.js';
import { type RuleValue } from './rule.js';
import { readEnds, readList, readNumber, readText } from './rule-value.js';
import { boundsOf } from './span-bounds.js';

type PurchaseField = Extract<Field, { type: `purchase-${string}` }>;

/**
 * Conditions on what people bought: on `purchase_facts`, a row for everybody who has an order that counts. Each is an EXISTS,
 * which PostgreSQL makes a hash join of for everybody and a look-up for one person; people without a row have no value, and
 * no purchases. Over 300,000 contacts 0.02 to 0.27 s; of one contact 0.1 ms.
 */
export function purchaseCondition(
  field: PurchaseField,
  operator: PlainOperator,
  value: RuleValue,
  context: ConditionContext,
): Condition {
  const { now, parameters } = context;
  switch (field.type) {
    case 'purchase-count':
      return countCondition(operator, value, parameters);
    case 'purchase-number':
      return bought(numberComparison(numberSql[field.of](context), operator, value, parameters));
    case 'purchase-money':
      return bought(
        numberComparison(moneySql[field.of](parameters.add(field.currency)), operator, value, parameters),
      );
    case 'purchase-instant': {
      if (operator === 'notNull') return bought('TRUE');
      const bounds = boundsOf(operator, value, now).map(
        ({ sign, span, edge }) =>
          `p.${field.column} ${sign} ${parameters.add(span[edge].toISOString())}::timestamptz`,
      );
      return bought(bounds.join(' AND '));
    }
    case 'purchase-categories':
      if (operator === 'notNull') return bought('cardinality(p.categories) > 0');
      if (operator === 'in')
        return bought(`p.categories && ${parameters.add(readList(value, readText))}::text[]`);
      return bought(`${parameters.add(readText(value))}::text = ANY (p.categories)`);
  }
}

function bought(condition: string): Condition {
  const sql = `EXISTS (SELECT FROM purchase_facts p WHERE p.contact_id = c.id AND ${condition})`;
  return { sql, total: true, opposite: `NOT ${sql}` };
}

/** Everybody has a number of purchases. Where none fits, the rule means all but those whose number does not. */
function countCondition(operator: PlainOperator, value: RuleValue, parameters: Parameters): Condition {
  const condition = numberComparison('p.count', operator, value, parameters);
  if (!holdsFor(0, operator, value)) return bought(condition);
  const { sql, opposite } = bought(`NOT (${condition})`);
  return { sql: opposite ?? '', total: true, opposite: sql };
}

function holdsFor(number: number, operator: PlainOperator, value: RuleValue): boolean {
  if (operator === 'in') return readList(value, readNumber).includes(number);
  if (operator === 'between') {
    const [from, to] = readEnds(value, readNumber, (a, b) => a - b);
    return number >= from && number <= to;
  }
  const bound = readNumber(value);
  switch (operator) {
    case '<':
      return number < bound;
    case '<=':
      return number <= bound;
    case '>':
      return number > bound;
    case '>=':
      return number >= bound;
    default:
      return number === bound;
  }
}

function numberComparison(
  stored: string,
  operator: PlainOperator,
  value: RuleValue,
  parameters: Parameters,
): string {
  if (operator === 'notNull') return `(${stored}) IS NOT NULL`;
  if (operator === 'in')
    return `(${stored}) = ANY(${parameters.add(readList(value, readNumber))}::numeric[])`;
  const bound = (number: number): string => `${parameters.add(number)}::numeric`;
  if (operator === 'between') {
    const [from, to] = readEnds(value, readNumber, (a, b) => a - b);
    return `(${stored}) BETWEEN ${bound(from)} AND ${bound(to)}`;
  }
  return `(${stored}) ${operator} ${bound(readNumber(value))}`;
}

/** Days since the last purchase, with their fractions: the scale is of such. */
const days = ({ now, parameters }: ConditionContext): string =>
  `GREATEST(extract(epoch FROM ${parameters.add(now.toISOString())}::timestamptz - p.last_at) / 86400, 0)`;

/** Asked once a statement. A scale with a hole in it is none. */
const boundsSql = (measure: 'recency' | 'frequency'): string =>
  `(SELECT s.bounds FROM purchase_scale s
     WHERE s.measure = '${measure}' AND s.currency = '' AND array_position(s.bounds, NULL) IS NULL)`;

/** Scores are worked out when they are asked for, 1 to 5; without a scale there is none. */
const numberSql: Record<
  Extract<Field, { type: 'purchase-number' }>['of'],
  (context: ConditionContext) => string
> = {
  daysSinceLast: context => `floor(${days(context)})`,
  // The fewer days, the better.
  recency: context => `5 - width_bucket(${days(context)}, ${boundsSql('recency')})`,
  frequency: () => `1 + width_bucket(p.count::numeric, ${boundsSql('frequency')})`,
  // Whoever bought in several currencies has the best of their scores: amounts of two cannot be added up.
  value: () => `(SELECT max(1 + width_bucket(${amount('s.currency')}, s.bounds)) FROM purchase_scale s
     WHERE s.measure = 'value' AND p.totals ? s.currency AND array_position(s.bounds, NULL) IS NULL)`,
};

/** In millionths; what is stored otherwise than as a number is none. */
const amount = (currency: string, of = 'p.totals'): string =>
  `CASE WHEN jsonb_typeof(${of} -> ${currency}) = 'number' THEN (${of} ->> ${currency})::numeric END`;

const moneySql: Record<'total' | 'average', (currency: string) => string> = {
  total: currency => `${amount(`${currency}::text`)} / 1000000`,
  average: currency =>
    `round(${amount(`${currency}::text`)} / NULLIF(${amount(`${currency}::text`, 'p.counts')}, 0) / 1000000, 6)`,
};
