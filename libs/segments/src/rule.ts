/**
 * The rule of a segment: the JSON that react-querybuilder emits and reads (RuleGroupType, and RuleGroupTypeIC, whose
 * combinators stand between the rules). `readRule` is the way to one.
 */
export interface RuleGroup extends Marks {
  /** Absent in a group with independent combinators. */
  combinator?: Combinator;
  not?: boolean;
  /** Rules and groups; with independent combinators also 'and' / 'or' between them. */
  rules: (Rule | RuleGroup | Combinator)[];
}

export interface Rule extends Marks {
  /** A field's name, e.g. `contact.country`; whether there is one is known to the catalogue. */
  field: string;
  operator: string;
  value: RuleValue;
}

/** What the builder notes beside its own. */
interface Marks {
  id?: string;
  /** Locked in the builder, so that nobody edits it. It counts like any other. */
  disabled?: boolean;
  /** Switched off: read as if it were not there. */
  muted?: boolean;
}

export const combinators = ['and', 'or'] as const;
export type Combinator = (typeof combinators)[number];

export type RuleValue = RuleScalar | RuleScalar[];
export type RuleScalar = string | number | boolean | null | DatedValue | CountedValue;

/** A date with the zone in which its days begin and end; without a zone they do in UTC. */
export interface DatedValue {
  /** `2026-11-21`, `2026-11-21T09:00`, `2026-11-21T09:00:00Z` */
  date?: string;
  /** `-30d`, `now-6h`, `today`, `today+2w` */
  relative?: string;
  /** A name of the IANA database, e.g. `Asia/Riyadh`. */
  zone?: string;
}

/** How often, and in how many of the last days; without days: ever. Numbers, or texts that write them. */
export interface CountedValue {
  times?: number | string;
  days?: number | string;
}

export function isCounted(value: RuleValue): value is CountedValue {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    ('times' in value || 'days' in value)
  );
}

/** What one rule may hold. Far above what people build by hand, far below what hurts. */
export const limits = {
  /** Groups inside each other. */
  depth: 20,
  /** Rules and groups together. */
  nodes: 500,
  /** Characters of one text. */
  text: 1000,
  /** Items of one list. */
  list: 5000,
  /** How often something may be asked to have happened. */
  times: 1000,
  /** How far back that is counted. */
  days: 3650,
} as const;

export function isGroup(node: Rule | RuleGroup): node is RuleGroup {
  return 'rules' in node;
}
