import { HUMAN_AFTER_MS } from '#common';
import { type Condition, type ConditionContext } from './condition.js';
import { type PlainOperator } from './operators.js';
import { RuleFault } from './rule.errors.js';
import { type RuleValue } from './rule.js';
import { readCounted } from './rule-value.js';
import { boundsOf } from './span-bounds.js';

const DAY_MS = 86_400_000;

function exists(from: string): Condition {
  const sql = `EXISTS (${from})`;
  return { sql, total: true, opposite: `NOT ${sql}` };
}

function turned({ sql, opposite }: Condition): Condition {
  return { sql: opposite ?? '', total: true, opposite: sql };
}

/**
 * How often something happened to a person, in the last so many days or ever. Once is a plain semi-join. More often is counted
 * per person in a sub-select of its own, which PostgreSQL hashes for everybody, and asks by index for one (`c.id = $1`): a
 * count that looks at `c.id` from within would be a look-up for each of a million. Of few it is just that.
 */
export function eventCondition(
  name: string,
  operator: PlainOperator,
  value: RuleValue,
  { now, parameters, few }: ConditionContext,
): Condition {
  const { times, days } = readCounted(value);
  if (operator === 'never' && times !== null) {
    throw new RuleFault('VALUE_WRONG_TYPE', '"never" is so many times 0: give "days" alone, or nothing.');
  }
  if (operator === 'atMost' && times === null) {
    throw new RuleFault('VALUE_MISSING', 'Give { "times": 2, "days": 30 }: at most so many times.');
  }
  if (operator === 'atLeast' && times === 0) {
    throw new RuleFault('VALUE_OUT_OF_RANGE', 'At least 0 times is everybody; give 1 or more.');
  }
  const since =
    days === null
      ? ''
      : ` AND e.occurred_at >= ${parameters.add(new Date(now.getTime() - days * DAY_MS).toISOString())}::timestamptz`;
  const such = `e.name = ${parameters.add(name)}::text${since}`;
  const least = (count: number): Condition => {
    const own = `SELECT FROM person_event e WHERE e.contact_id = c.id AND ${such}`;
    if (count === 1) return exists(own);
    return few
      ? exists(`${own} OFFSET ${parameters.add(count - 1)}::bigint`)
      : exists(
          `SELECT FROM (SELECT e.contact_id FROM person_event e WHERE ${such}
             GROUP BY e.contact_id HAVING count(*) >= ${parameters.add(count)}::bigint) often WHERE often.contact_id = c.id`,
        );
  };
  if (operator === 'never') return turned(least(1));
  return operator === 'atMost' ? turned(least((times ?? 0) + 1)) : least(times ?? 1);
}

/** When a person last did something: "within" is a plain semi-join; for the rest the last time is worked out per person. */
export function lastTimeCondition(
  of: 'click' | 'reply',
  operator: PlainOperator,
  value: RuleValue,
  context: ConditionContext,
): Condition {
  const { now, parameters, few } = context;
  const bounds = operator === 'notNull' ? [] : boundsOf(operator, value, now);
  const such = deeds[of](context);
  const compared = (column: string): string =>
    bounds
      .map(
        ({ sign, span, edge }) =>
          ` AND ${column} ${sign} ${parameters.add(span[edge].toISOString())}::timestamptz`,
      )
      .join('');
  if (bounds.every(({ sign }) => sign === '>='))
    return exists(`SELECT FROM ${such} AND d.contact_id = c.id${compared('d.occurred_at')}`);
  if (few) {
    const holds = compared('max(d.occurred_at)').slice(' AND '.length);
    return exists(`SELECT FROM ${such} AND d.contact_id = c.id HAVING ${holds}`);
  }
  return exists(
    `SELECT FROM (SELECT d.contact_id, max(d.occurred_at) AS at FROM ${such} GROUP BY d.contact_id) latest
      WHERE latest.contact_id = c.id${compared('latest.at')}`,
  );
}

const deeds: Record<'click' | 'reply', (context: ConditionContext) => string> = {
  // A person's, as far as anybody can tell: nothing betrays a machine, and it had time to.
  click: ({ now, parameters }) =>
    `engagement_event d WHERE d.kind = 'click' AND d.machine IS NULL
        AND d.occurred_at < ${parameters.add(new Date(now.getTime() - HUMAN_AFTER_MS).toISOString())}::timestamptz`,
  // By mail or SMS, proven to be of this person; what an operator dismissed was none.
  reply: () => `feedback d WHERE d.kind = 'replied' AND d.state <> 'dismissed' AND d.contact_id IS NOT NULL`,
};
