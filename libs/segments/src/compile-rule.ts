import { type Condition, negation, Parameters, type Predicate } from './condition.js';
import { conditionFor } from './conditions.js';
import { type FieldCatalogue } from './field-catalogue.js';
import { operatorsOf } from './fields.js';
import { isOperator, plainOperator } from './operators.js';
import { readRule } from './read-rule.js';
import { RuleFault, RuleFaults, shown } from './rule.errors.js';
import { type Combinator, isGroup, type Rule, type RuleGroup } from './rule.js';

export interface CompileOptions {
  now: Date;
  /** The number of the first placeholder, for predicates inside a larger statement. */
  firstParameter?: number;
  /** The statement asks of few people by their numbers (`c.id = ANY ($1)`): the same answers, found another way. */
  few?: boolean;
}

/**
 * A rule as one predicate for a WHERE clause.
 *
 * Nothing that the rule holds becomes part of the SQL: fields are looked up in the catalogue, everything else is a
 * parameter. A rule that asks nothing (no rules, or all of them muted) is `TRUE`: everybody. An empty group among others
 * asks nothing either and is left out.
 *
 * Every leaf has two answers. The SQL of one may be null where a contact has no value, and null is no: AND and OR keep
 * that (they are true only through what is true), WHERE reads it so, and a negation is written `IS NOT TRUE`. Therefore
 * a caller who wants the others writes `(predicate) IS NOT TRUE`, never `NOT (predicate)`.
 * @throws DomainError RULE_INVALID with the path of every fault, e.g. `rules.2.rules.0`.
 */
export function compileRule(
  input: unknown,
  catalogue: FieldCatalogue,
  { now, firstParameter = 1, few = false }: CompileOptions,
): Predicate {
  const compiler = new Compiler(catalogue, now, few, firstParameter);
  const condition = compiler.group(readRule(input), false, '');
  compiler.faults.throwIfAny();
  return { sql: condition ? `(${condition.sql})` : 'TRUE', parameters: compiler.parameters.values };
}

class Compiler {
  readonly faults = new RuleFaults();
  readonly parameters: Parameters;

  constructor(
    private readonly catalogue: FieldCatalogue,
    private readonly now: Date,
    private readonly few: boolean,
    firstParameter: number,
  ) {
    this.parameters = new Parameters(firstParameter);
  }

  /**
   * Negation is carried down to the leaves (De Morgan) instead of being wrapped round a group, because PostgreSQL can
   * make an anti-join of a `NOT EXISTS` but not of one that is buried: 0.6 s against 1.8 s over a million contacts.
   * @returns null when the group asks nothing.
   */
  group(group: RuleGroup, outerNegated: boolean, path: string): Condition | null {
    if (group.muted) return null;
    const negated = outerNegated !== (group.not ?? false);
    const members: (Condition | Combinator)[] = [];
    for (const [index, member] of group.rules.entries()) {
      const place = `${path}${path === '' ? '' : '.'}rules.${index}`;
      const part =
        typeof member === 'string'
          ? member
          : isGroup(member)
            ? this.group(member, negated, place)
            : this.#leaf(member, negated, place);
      if (part !== null) members.push(part);
    }
    if (group.combinator) return join(members.filter(isCondition), group.combinator, negated);
    return join(
      splitAtOr(members)
        .map(chain => join(chain, 'and', negated))
        .filter(isCondition),
      'or',
      negated,
    );
  }

  #leaf(rule: Rule, negated: boolean, path: string): Condition | null {
    if (rule.muted) return null;
    const field = this.catalogue.find(rule.field);
    if (!field) {
      const message = `There is no field ${shown(rule.field)}. GET /v1/segments/fields lists the fields.`;
      this.faults.add(`${path}.field`, 'FIELD_UNKNOWN', message);
      return null;
    }
    const suitable = operatorsOf[field.type];
    if (!isOperator(rule.operator) || !suitable.includes(rule.operator)) {
      const message = `${shown(rule.operator)} is not for this field. Use one of: ${suitable.join(', ')}.`;
      this.faults.add(`${path}.operator`, 'OPERATOR_UNSUITABLE', message);
      return null;
    }
    const { plain, negated: turned } = plainOperator(rule.operator);
    try {
      const condition = conditionFor(field, plain, rule.value, {
        now: this.now,
        few: this.few,
        parameters: this.parameters,
      });
      return negated === turned ? condition : negation(condition);
    } catch (error) {
      if (!(error instanceof RuleFault)) throw error;
      this.faults.add(`${path}.value`, error.code, error.message);
      return null;
    }
  }
}

/**
 * AND binds tighter than OR, as in SQL and in react-querybuilder's own conversion. A member that asks nothing is missing
 * from its chain, and a chain without members asks nothing.
 */
function splitAtOr(members: (Condition | Combinator)[]): Condition[][] {
  const chains: Condition[][] = [[]];
  for (const member of members) {
    if (member === 'or') chains.push([]);
    else if (member !== 'and') chains.at(-1)?.push(member);
  }
  return chains;
}

function join(parts: Condition[], combinator: Combinator, negated: boolean): Condition | null {
  const [first] = parts;
  if (!first) return null;
  if (parts.length === 1) return first;
  const word = (combinator === 'and') !== negated ? ' AND ' : ' OR ';
  return { sql: parts.map(({ sql }) => `(${sql})`).join(word), total: parts.every(({ total }) => total) };
}

function isCondition(part: Condition | Combinator | null): part is Condition {
  return part !== null && typeof part !== 'string';
}
