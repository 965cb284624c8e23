import { RuleFaults, shown } from './rule.errors.js';
import {
  type Combinator,
  combinators,
  type CountedValue,
  type DatedValue,
  limits,
  type Rule,
  type RuleGroup,
  type RuleScalar,
  type RuleValue,
} from './rule.js';

const groupKeys = new Set([
  'id',
  'path',
  'disabled',
  'muted',
  'combinator',
  'not',
  'rules',
  'combinatorPreceding',
]);
const ruleKeys = new Set([
  ...['id', 'path', 'disabled', 'muted', 'field', 'operator', 'value'],
  ...['valueSource', 'match', 'combinatorPreceding'],
]);
const datedKeys = new Set(['date', 'relative', 'zone']);
const countedKeys = new Set(['times', 'days']);

/** Control characters have no place in a value, and halves of surrogate pairs cannot be stored. */
// eslint-disable-next-line no-control-regex
const NOT_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|\p{Surrogate}/u;

/**
 * Reads a rule out of anything at all: its form and its limits; whether the fields exist is `compileRule`'s matter.
 * Returns a copy of what is known, because a key that is silently ignored (`Not: true`) would change who is written to.
 * @throws DomainError RULE_INVALID, with the path of every fault, e.g. `rules.2.rules.0`.
 */
export function readRule(input: unknown): RuleGroup {
  const reader = new RuleReader();
  const rule = reader.group(input, '', 1);
  reader.faults.throwIfAny();
  return rule;
}

class RuleReader {
  readonly faults = new RuleFaults();
  #nodes = 0;

  group(input: unknown, path: string, depth: number): RuleGroup {
    const group: RuleGroup = { rules: [] };
    this.#count();
    if (!isObject(input) || !Array.isArray(input['rules'])) {
      this.faults.add(path, 'NOT_A_GROUP', 'A group is an object with a "combinator" and a list of "rules".');
      return group;
    }
    if (depth > limits.depth) {
      this.faults.add(path, 'TOO_DEEP', `Groups may stand inside each other ${limits.depth} deep.`);
      return group;
    }
    this.#checkKeys(input, groupKeys, path);
    Object.assign(group, this.#marks(input, path));
    if (this.#flag(input, 'not', path)) group.not = true;

    const { combinator } = input;
    const hasCombinator = combinator !== undefined && combinator !== null;
    if (hasCombinator && !isCombinator(combinator)) {
      this.faults.add(at(path, 'combinator'), 'COMBINATOR_UNKNOWN', 'A combinator is "and" or "or".');
    } else if (hasCombinator) {
      group.combinator = combinator as Combinator;
    }
    const rules = input['rules'] as unknown[];
    for (const [index, member] of rules.entries()) {
      if (this.#nodes > limits.nodes) break;
      const place = at(path, `rules.${index}`);
      if (!hasCombinator && index % 2 === 1) group.rules.push(this.#between(member, place));
      else if (isObject(member) && 'rules' in member) group.rules.push(this.group(member, place, depth + 1));
      else group.rules.push(this.#rule(member, place));
    }
    if (!hasCombinator && rules.length > 0 && rules.length % 2 === 0) {
      this.faults.add(
        path,
        'COMBINATOR_MISPLACED',
        'A combinator at the end of "rules" joins nothing; remove it.',
      );
    }
    return group;
  }

  /** The combinator between two members of a group that has none of its own. */
  #between(member: unknown, path: string): Combinator {
    if (isCombinator(member)) return member;
    const message = 'Give the group a "combinator" of "and" or "or", or write one between every two rules.';
    this.faults.add(path, 'COMBINATOR_MISSING', message);
    return 'and';
  }

  #rule(input: unknown, path: string): Rule {
    const rule: Rule = { field: '', operator: '', value: null };
    this.#count();
    if (!isObject(input)) {
      const message = 'A rule is an object with "field", "operator" and "value"; a group has "rules".';
      this.faults.add(path, 'NOT_A_RULE', message);
      return rule;
    }
    this.#checkKeys(input, ruleKeys, path);
    Object.assign(rule, this.#marks(input, path));
    for (const key of ['field', 'operator'] as const) {
      const text = input[key];
      if (typeof text === 'string' && text !== '' && text.length <= 200) rule[key] = text;
      else this.faults.add(at(path, key), 'NOT_A_RULE', `A rule names its ${key} as a text.`);
    }
    const { valueSource, match } = input;
    if (valueSource !== undefined && valueSource !== null && valueSource !== 'value') {
      const message = 'A rule compares a field with a value, not with another field.';
      this.faults.add(at(path, 'valueSource'), 'VALUE_SOURCE_UNSUPPORTED', message);
    }
    if (match !== undefined && match !== null) {
      this.faults.add(
        at(path, 'match'),
        'MATCH_UNSUPPORTED',
        'Match modes are not supported; remove "match".',
      );
    }
    rule.value = this.#value(input['value'], at(path, 'value'));
    return rule;
  }

  #value(input: unknown, path: string): RuleValue {
    if (!Array.isArray(input)) return this.#scalar(input, path);
    if (input.length > limits.list) {
      this.faults.add(
        path,
        'LIST_TOO_LONG',
        `A list may have ${limits.list} items; this one has ${input.length}.`,
      );
      return null;
    }
    return input.map((item, index) => this.#scalar(item, at(path, String(index))));
  }

  #scalar(input: unknown, path: string): RuleScalar {
    if (input === undefined || input === null || typeof input === 'boolean') return input ?? null;
    if (typeof input === 'number' && Number.isFinite(input)) return input;
    if (typeof input === 'string') return this.#text(input, path);
    if (isObject(input)) {
      if ('times' in input || 'days' in input) return this.#counted(input, path);
      this.#checkKeys(input, datedKeys, path);
      const value: DatedValue = {};
      for (const key of ['date', 'relative', 'zone'] as const) {
        const text = input[key];
        if (typeof text === 'string') value[key] = this.#text(text, at(path, key));
        else if (text !== undefined)
          this.faults.add(at(path, key), 'VALUE_WRONG_TYPE', 'This must be a text.');
      }
      return value;
    }
    this.faults.add(
      path,
      'VALUE_WRONG_TYPE',
      'A value is a text, a number, true or false, a date, or a list of those.',
    );
    return null;
  }

  #counted(input: Record<string, unknown>, path: string): CountedValue {
    this.#checkKeys(input, countedKeys, path);
    const value: CountedValue = {};
    for (const key of ['times', 'days'] as const) {
      const given = input[key];
      if (typeof given === 'number' && Number.isFinite(given)) value[key] = given;
      else if (typeof given === 'string') value[key] = this.#text(given, at(path, key));
      else if (given !== undefined && given !== null)
        this.faults.add(at(path, key), 'VALUE_WRONG_TYPE', 'This must be a number.');
    }
    return value;
  }

  #text(text: string, path: string): string {
    // A comma-joined list is one text, so a text may be as long as a list of short ones; items are measured later.
    if (text.length > limits.text * 100) {
      this.faults.add(path, 'VALUE_TOO_LONG', 'This text is too long.');
      return '';
    }
    if (NOT_TEXT.test(text)) {
      const message = 'This text holds control characters or broken Unicode. Send plain text.';
      this.faults.add(path, 'VALUE_NOT_TEXT', message);
      return '';
    }
    return text;
  }

  #marks(input: Record<string, unknown>, path: string): { id?: string; disabled?: boolean; muted?: boolean } {
    const { id } = input;
    const keepsId = typeof id === 'string' && id.length <= 100 && !NOT_TEXT.test(id);
    return {
      ...(keepsId ? { id } : {}),
      ...(this.#flag(input, 'disabled', path) ? { disabled: true } : {}),
      ...(this.#flag(input, 'muted', path) ? { muted: true } : {}),
    };
  }

  #flag(input: Record<string, unknown>, key: 'not' | 'disabled' | 'muted', path: string): boolean {
    const flag = input[key];
    if (flag === undefined || flag === null || typeof flag === 'boolean') return flag === true;
    this.faults.add(at(path, key), 'VALUE_WRONG_TYPE', `"${key}" is true or false.`);
    return false;
  }

  #checkKeys(input: Record<string, unknown>, known: ReadonlySet<string>, path: string): void {
    const unknown = Object.keys(input).find(key => !known.has(key));
    if (unknown === undefined) return;
    this.faults.add(
      path,
      'KEY_UNKNOWN',
      `${shown(unknown)} means nothing here. Known are: ${[...known].join(', ')}.`,
    );
  }

  #count(): void {
    this.#nodes += 1;
    if (this.#nodes !== limits.nodes + 1) return;
    this.faults.add('', 'TOO_MANY_RULES', `A rule may have ${limits.nodes} rules and groups in all.`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCombinator(value: unknown): value is Combinator {
  return (combinators as readonly unknown[]).includes(value);
}

function at(path: string, step: string): string {
  return path === '' ? step : `${path}.${step}`;
}
