/** How fast something may send, as people say it: `{ messages: 500, per: 'hour' }`. */
export interface Rate {
  messages: number;
  per: RatePeriod;
}

export const ratePeriods = ['second', 'minute', 'hour', 'day'] as const;
export type RatePeriod = (typeof ratePeriods)[number];

const seconds: Record<RatePeriod, number> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

/** Messages per second. */
export function perSecond({ messages, per }: Rate): number {
  return messages / seconds[per];
}

/** A rate of messages per second in words: "12 messages per second", "500 messages per hour". */
export function rateWords(rate: number): string {
  const per = ratePeriods.find(period => rate * seconds[period] >= 1) ?? 'day';
  const messages = Math.round(rate * seconds[per] * 10) / 10;
  return `${messages} message${messages === 1 ? '' : 's'} per ${per}`;
}
