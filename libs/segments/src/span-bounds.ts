import { type TimeSpan } from './date-value.js';
import { type PlainOperator } from './operators.js';
import { type RuleValue } from './rule.js';
import { readDate, readSpans } from './rule-value.js';

export interface Bound {
  sign: '>=' | '<';
  span: TimeSpan;
  edge: 'from' | 'until';
}

/** A comparison with a span of time as half-open bounds: "after a day" is "not before that day's end". */
export function boundsOf(operator: PlainOperator, value: RuleValue, now: Date): Bound[] {
  if (operator === 'between') {
    const [first, last] = readSpans(value, now);
    return [
      { sign: '>=', span: first, edge: 'from' },
      { sign: '<', span: last, edge: 'until' },
    ];
  }
  const span = readDate(value, now);
  switch (operator) {
    case '<':
      return [{ sign: '<', span, edge: 'from' }];
    case '<=':
      return [{ sign: '<', span, edge: 'until' }];
    case '>':
      return [{ sign: '>=', span, edge: 'until' }];
    case '>=':
      return [{ sign: '>=', span, edge: 'from' }];
    default:
      return [
        { sign: '>=', span, edge: 'from' },
        { sign: '<', span, edge: 'until' },
      ];
  }
}
