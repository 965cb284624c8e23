/** A number that is there. */
export function compares(stored: number, operator: string, value: any): boolean {
  const numbers = items(value).map(Number);
  const [one = 0, two = 0] = numbers;
  if (operator === 'notNull') return true;
  if (operator === '=') return stored === one;
  if (operator === 'in') return numbers.includes(stored);
  if (operator === 'between') return stored >= Math.min(one, two) && stored <= Math.max(one, two);
  if (operator === '<') return stored < one;
  if (operator === '<=') return stored <= one;
  return operator === '>' ? stored > one : stored >= one;
}

export function items(value: any): any[] {
  return typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [value];
}
