import { type LawSpan } from './law-rules.js';

/** What one country's law says of measuring somebody who was not asked; country `''` is the strict default. */
export interface TrackingRule {
  country: string;
  effectiveFrom: Date;
  effectiveTo: Date;
  opens: boolean;
  links: boolean;
}

/** The cells `tracking.opens` and `tracking.links` of the packs, as the table that the decision reads. */
export function trackingRules(spans: readonly LawSpan[]): TrackingRule[] {
  return spans.map(({ country, effectiveFrom, effectiveTo, cells }) => ({
    ...{ country, effectiveFrom, effectiveTo },
    opens: cells['tracking.opens'].value === 'allowed',
    links: cells['tracking.links'].value === 'allowed',
  }));
}
