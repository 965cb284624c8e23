import { type Channel } from '#common';

/** Mailbox providers that throttle by themselves, with the domains they receive for; everybody else shares a lane. */
const providers: Record<string, string[]> = {
  google: ['gmail.com', 'googlemail.com'],
  microsoft: [
    'outlook.com',
    'outlook.sa',
    'hotmail.com',
    'hotmail.co.uk',
    'hotmail.fr',
    'live.com',
    'live.co.uk',
    'msn.com',
  ],
  yahoo: ['yahoo.com', 'yahoo.co.uk', 'yahoo.fr', 'ymail.com', 'rocketmail.com', 'aol.com'],
  apple: ['icloud.com', 'me.com', 'mac.com'],
};

/** Every lane there is, in the order of its number. */
export const lanes: [string, ...string[]] = ['other', 'sms', ...Object.keys(providers)];

/** The same as a number, its place in `lanes`; one look-up instead of a comparison with every domain. */
export function laneNumberSql(channel: Channel, address: string): string {
  const number = (lane: string): number => lanes.indexOf(lane);
  if (channel === 'sms') return String(number('sms'));
  const numbers = Object.entries(providers).flatMap(([lane, domains]) =>
    domains.map(domain => [domain, number(lane)]),
  );
  const known = JSON.stringify(Object.fromEntries(numbers));
  return `COALESCE(('${known}'::jsonb -> split_part(${address}, '@', 2))::int, ${number('other')})`;
}

/** SQL of the lane that an address travels in; `address` is SQL too. */
export function laneSql(channel: Channel, address: string): string {
  if (channel === 'sms') return `'sms'`;
  const tests = Object.entries(providers).map(([lane, domains]) => {
    const list = domains.map(domain => `'${domain}'`).join(', ');
    return `WHEN split_part(${address}, '@', 2) IN (${list}) THEN '${lane}'`;
  });
  return `CASE ${tests.join(' ')} ELSE 'other' END`;
}
