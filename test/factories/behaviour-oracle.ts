import { compares, items } from './oracle-values.js';
import { type Order, type Person, scales } from './people.js';

const DAY_MS = 86_400_000;

type Instant = (at: number, operator: string, value: any) => boolean;

/** The part of the oracle that knows what people did; one person at a time, from what the test said they did. */
export class BehaviourOracle {
  constructor(
    private readonly now: Date,
    private readonly instant: Instant,
  ) {}

  /** Negated operators were turned round before. */
  matches(field: string, operator: string, value: any, person: Person): boolean {
    const [room, name = '', currency = ''] = field.split('.');
    if (room === 'events') return this.event(field.slice('events.'.length), operator, value, person);
    if (room === 'engagement') return this.last(name, operator, value, person);
    const orders = (person.orders ?? []).filter(({ placedAt, end }) => placedAt !== null && !end);
    if (name === 'count') return compares(orders.length, operator, value);
    if (orders.length === 0) return false;
    const times = orders.map(({ placedAt }) => Date.parse(placedAt ?? ''));
    const known = (at: number): boolean => operator === 'notNull' || this.instant(at, operator, value);
    if (name === 'firstAt') return known(Math.min(...times));
    if (name === 'lastAt') return known(Math.max(...times));
    if (name === 'categories') {
      const bought = orders.flatMap(({ categories = [] }) => categories);
      if (operator === 'notNull') return bought.length > 0;
      return (operator === 'in' ? items(value) : [value]).some(item => bought.includes(item));
    }
    const number = this.number(name, currency, orders, times);
    return number !== null && compares(number, operator, value);
  }

  private number(name: string, currency: string, orders: Order[], times: number[]): number | null {
    const days = Math.max(0, (this.now.getTime() - Math.max(...times)) / DAY_MS);
    const passed = (number: number, bounds: readonly number[]): number =>
      bounds.filter(bound => number >= bound).length;
    switch (name) {
      case 'daysSinceLast':
        return Math.floor(days);
      case 'recency':
        return 5 - passed(days, scales.recency);
      case 'frequency':
        return 1 + passed(orders.length, scales.frequency);
      case 'value': {
        const spent = this.spent('SAR', orders);
        return spent.length === 0 ? null : 1 + passed(sum(spent), scales.value.SAR);
      }
      default: {
        const spent = this.spent(currency, orders);
        if (spent.length === 0) return null;
        if (name === 'total') return sum(spent);
        return Math.round((sum(spent) / spent.length) * 1e6) / 1e6;
      }
    }
  }

  private spent(currency: string, orders: Order[]): number[] {
    return orders
      .filter(order => order.currency === currency)
      .map(({ total, refunded = 0 }) => (total ?? 0) - Math.min(refunded, total ?? 0));
  }

  private event(name: string, operator: string, value: any, person: Person): boolean {
    const counted = typeof value === 'object' && value !== null ? value : { times: value };
    const since = counted.days === undefined ? -Infinity : this.now.getTime() - Number(counted.days) * DAY_MS;
    const count = (person.events ?? []).filter(
      event => event.name === name && Date.parse(event.at) >= since,
    ).length;
    if (operator === 'never') return count === 0;
    const times =
      counted.times === undefined || counted.times === null || counted.times === ''
        ? 1
        : Number(counted.times);
    return operator === 'atLeast' ? count >= times : count <= times;
  }

  private last(name: string, operator: string, value: any, person: Person): boolean {
    const times =
      name === 'lastClickedAt'
        ? (person.clicks ?? [])
            .filter(({ kind = 'click', machine = null }) => kind === 'click' && machine === null)
            .map(({ at }) => Date.parse(at))
            .filter(at => at < this.now.getTime() - 90_000)
        : (person.replies ?? [])
            .filter(({ kind = 'replied', state }) => kind === 'replied' && state !== 'dismissed')
            .map(({ at }) => Date.parse(at));
    if (times.length === 0) return false;
    return operator === 'notNull' || this.instant(Math.max(...times), operator, value);
  }
}

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);
