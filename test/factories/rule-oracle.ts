import { BehaviourOracle } from './behaviour-oracle.js';
import { compares, items } from './oracle-values.js';
import { type Person } from './people.js';

/**
 * Who a rule means, worked out the plain way: one person at a time, in JavaScript, two-valued. It shares no code with
 * libs/segments; the property test holds the SQL against it.
 */

/** What a date in a test's rule means, worked out by hand: instants, and the days a calendar there shows. */
export interface KnownSpan {
  value: unknown;
  from: string;
  until: string;
  firstDay: string;
  lastDay: string;
}

type Leaf = { field: string; operator: string; value: any; muted?: boolean };
type Group = { combinator?: string; not?: boolean; rules: (Leaf | Group | string)[]; muted?: boolean };

const negations: Record<string, string> = {
  '!=': '=',
  doesNotContain: 'contains',
  doesNotBeginWith: 'beginsWith',
  doesNotEndWith: 'endsWith',
  null: 'notNull',
  notIn: 'in',
  notBetween: 'between',
};

export class RuleOracle {
  private readonly behaviour: BehaviourOracle;

  constructor(
    private readonly now: Date,
    private readonly spans: KnownSpan[],
  ) {
    this.behaviour = new BehaviourOracle(now, (at, operator, value) => this.instant(at, operator, value));
  }

  matches(rule: Group, person: Person): boolean {
    return this.group(rule, person) ?? true;
  }

  /** Null: it asks nothing. */
  private group(group: Group, person: Person): boolean | null {
    if (group.muted) return null;
    const answers = group.rules.map(member =>
      typeof member === 'string'
        ? member
        : 'rules' in member
          ? this.group(member, person)
          : member.muted
            ? null
            : this.leaf(member, person),
    );
    let result: boolean | null = null;
    if (group.combinator) {
      const asked = answers.filter(answer => typeof answer === 'boolean');
      if (asked.length > 0) result = group.combinator === 'and' ? asked.every(Boolean) : asked.some(Boolean);
    } else {
      const words = answers.map(answer => (typeof answer === 'string' ? answer : String(answer))).join(' ');
      const chains = words
        .split(' or ')
        .map(chain => chain.split(' and ').filter(word => word === 'true' || word === 'false'))
        .filter(chain => chain.length > 0);
      if (chains.length > 0) result = chains.some(chain => chain.every(word => word === 'true'));
    }
    return result === null ? null : result !== Boolean(group.not);
  }

  private leaf({ field, operator, value }: Leaf, person: Person): boolean {
    const opposite = negations[operator];
    if (opposite) return !this.leaf({ field, operator: opposite, value }, person);
    const [room = '', name = '', topic] = field.split('.');
    if (room === 'consent') return this.consent(`${name}.${topic?.slice(4)}`, operator, value, person);
    if (['purchases', 'events', 'engagement'].includes(room))
      return this.behaviour.matches(field, operator, value, person);
    if (room === 'contact') return this.contact(name, operator, value, person);
    return this.attribute(name, operator, value, person.attributes?.[name]);
  }

  private contact(name: string, operator: string, value: any, person: Person): boolean {
    switch (name) {
      case 'hasEmail':
        return (typeof person.email === 'string') === (String(value) === 'true');
      case 'hasPhone':
        return (typeof person.phone === 'string') === (String(value) === 'true');
      case 'createdAt':
      case 'updatedAt':
        return this.instant(new Date(person[name] ?? '2026-11-01T00:00:00Z').getTime(), operator, value);
      case 'emailDomain':
        return text(person.email?.split('@').at(-1), operator, value, true);
      default: {
        const stored = person[name as 'email'];
        return text(stored, operator, value, name !== 'externalId' && name !== 'phone');
      }
    }
  }

  private attribute(key: string, operator: string, value: any, stored: unknown): boolean {
    switch (key) {
      case 'plan':
        return text(stored === null || stored === undefined ? null : String(stored), operator, value, true);
      case 'score':
        return typeof stored === 'number' && compares(stored, operator, value);
      case 'birthday': {
        if (typeof stored !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(stored)) return false;
        if (operator === 'notNull') return true;
        const [first, last = first] = this.known(operator, value);
        if (operator === 'between') return stored >= first!.firstDay && stored <= last!.lastDay;
        if (operator === '<') return stored < first!.firstDay;
        if (operator === '<=') return stored <= first!.lastDay;
        if (operator === '>') return stored > first!.lastDay;
        if (operator === '>=') return stored >= first!.firstDay;
        return stored >= first!.firstDay && stored <= first!.lastDay;
      }
      case 'vip':
        if (typeof stored !== 'boolean') return false;
        return operator === 'notNull' || stored === (String(value) === 'true');
      default: {
        if (!Array.isArray(stored)) return false;
        if (operator === 'notNull') return stored.length > 0;
        return (operator === 'in' ? items(value) : [value]).some(item => stored.includes(item));
      }
    }
  }

  private instant(at: number, operator: string, value: any): boolean {
    const spans = this.known(operator, value).map(
      ({ from, until }) => [Date.parse(from), Date.parse(until)] as const,
    );
    const [from, until] = spans[0]!;
    if (operator === 'between') return at >= from && at < spans[1]![1];
    if (operator === '<') return at < from;
    if (operator === '<=') return at < until;
    if (operator === '>') return at >= until;
    return operator === '>=' ? at >= from : at >= from && at < until;
  }

  private known(operator: string, value: any): KnownSpan[] {
    const find = (one: unknown): KnownSpan => this.spans.find(span => span.value === one)!;
    if (operator !== 'between') return [find(value)];
    const ends = typeof value === 'string' ? value.split(',') : value;
    return ends.map(find).sort((a: KnownSpan, b: KnownSpan) => Date.parse(a.from) - Date.parse(b.from));
  }

  private consent(place: string, operator: string, value: any, person: Person): boolean {
    const state = person.consents?.[place];
    const hasExpired =
      state?.status === 'granted' && state.expiresAt && new Date(state.expiresAt) <= this.now;
    const status = hasExpired ? 'expired' : (state?.status ?? 'none');
    return operator === 'in' ? items(value).includes(status) : status === value;
  }
}

function text(
  stored: string | null | undefined,
  operator: string,
  value: any,
  ignoresCase: boolean,
): boolean {
  if (stored === null || stored === undefined) return false;
  if (operator === 'notNull') return stored !== '';
  const fold = (one: string): string => (ignoresCase ? one.toLowerCase() : one);
  const kept = fold(stored);
  if (operator === 'in') return items(value).map(fold).includes(kept);
  if (operator === 'contains') return kept.includes(fold(value));
  if (operator === 'beginsWith') return kept.startsWith(fold(value));
  if (operator === 'endsWith') return kept.endsWith(fold(value));
  return kept === fold(value);
}
