import { DomainError } from '#common';
import { compileRule } from './compile-rule.js';
import { FieldCatalogue, toQueryBuilderField } from './field-catalogue.js';
import { limits } from './rule.js';

const now = new Date('2026-11-21T09:00:00Z');
const catalogue = new FieldCatalogue(
  [
    { key: 'plan', type: 'text' },
    { key: 'score', type: 'number' },
    { key: 'birthday', type: 'date' },
    { key: 'vip', type: 'boolean' },
    { key: 'tags', type: 'list' },
  ],
  [{ id: 3, name: { en: 'Offers', ar: 'العروض' }, sender: 'Nakheel' }],
);
const compile = (rule: unknown) => compileRule(rule, catalogue, { now });
const faultsOf = (rule: unknown): { path: string; code: string }[] => {
  try {
    compile(rule);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'RULE_INVALID') {
      return error.details.map(({ path, code }) => ({ path, code }));
    }
    throw error;
  }
  return [];
};
const all = (...rules: unknown[]) => ({ combinator: 'and', rules });
const happened = (operator: string, value: unknown) => ({
  ...{ field: 'events.cart.abandoned', operator, value },
});
const from = (value: string) => ({ field: 'contact.country', operator: '=', value });
const nested = (depth: number): unknown => {
  let rule: unknown = all(from('SA'));
  for (let i = 1; i < depth; i++) rule = all(rule);
  return rule;
};

describe('compiling a rule', () => {
  it('makes one predicate whose values are all parameters', () => {
    const rule = all(from('sa'), { field: 'attributes.plan', operator: 'in', value: 'Gold, Silver' });
    expect(compileRule(rule, catalogue, { now, firstParameter: 4 })).toEqual({
      sql: `((c.country = $4::text) AND (lower(c.attributes ->> $5::text) = ANY(string_to_array(lower($6::text), chr(31)))))`,
      parameters: ['SA', 'plan', 'Gold\u001fSilver'],
    });
  });

  it('means everybody when it asks nothing', () => {
    for (const rule of [
      all(),
      { rules: [] },
      { ...all(), not: true },
      all({ ...from('SA'), muted: true }),
      all(all()),
    ]) {
      expect(compile(rule)).toEqual({ sql: 'TRUE', parameters: [] });
    }
  });

  it('leaves an empty group out, so that it widens no "or"', () => {
    expect(compile({ combinator: 'or', rules: [from('SA'), all()] }).sql).toBe('(c.country = $1::text)');
  });

  it('counts a locked rule and skips a muted one', () => {
    const rule = all({ ...from('SA'), disabled: true }, { ...from('AE'), muted: true });
    expect(compile(rule)).toEqual({ sql: '(c.country = $1::text)', parameters: ['SA'] });
  });

  it('negates a consent as an anti-join, also out of a "not" group', () => {
    const granted = { field: 'consent.email.top_3', operator: '=', value: 'granted' };
    expect(compile({ ...all(granted), not: true }).sql).toMatch(/^\(NOT \(EXISTS /);
  });

  it('writes what nobody did as an anti-join, and its opposite without a second negation', () => {
    const never = { field: 'events.cart.abandoned', operator: 'never', value: { days: 30 } };
    expect(compile(all(never)).sql).toMatch(/^\(NOT EXISTS \(SELECT FROM person_event/);
    expect(compile({ ...all(never), not: true }).sql).toMatch(/^\(EXISTS \(SELECT FROM person_event/);
    const none = { field: 'purchases.count', operator: '=', value: 0 };
    expect(compile(all(none)).sql).toMatch(/^\(NOT EXISTS /);
    expect(compile({ ...all(none), not: true }).sql).toMatch(/^\(EXISTS /);
  });

  it('reads independent combinators with "and" before "or"', () => {
    const rule = { rules: [from('SA'), 'or', from('AE'), 'and', from('EG')] };
    expect(compile(rule).sql).toBe(
      '((c.country = $1::text) OR ((c.country = $2::text) AND (c.country = $3::text)))',
    );
  });

  it('takes the combinator of a muted member out with it', () => {
    const rule = {
      rules: [{ ...from('SA'), muted: true }, 'or', from('AE'), 'and', { ...from('EG'), muted: true }],
    };
    expect(compile(rule)).toEqual({ sql: '(c.country = $1::text)', parameters: ['AE'] });
  });
});

describe('a wrong rule', () => {
  it('is refused with the path and the code of every fault', () => {
    const rule = all(
      from('SA'),
      { field: 'contact.password', operator: '=', value: 'x' },
      { combinator: 'or', rules: [{ field: 'attributes.score', operator: 'contains', value: '1' }] },
      { field: 'attributes.score', operator: '<', value: 'many' },
    );
    expect(faultsOf(rule)).toEqual([
      { path: 'rules.1.field', code: 'FIELD_UNKNOWN' },
      { path: 'rules.2.rules.0.operator', code: 'OPERATOR_UNSUITABLE' },
      { path: 'rules.3.value', code: 'VALUE_WRONG_TYPE' },
    ]);
  });

  it.each<[string, unknown, string, string]>([
    ['nothing', undefined, '', 'NOT_A_GROUP'],
    ['a list', [], '', 'NOT_A_GROUP'],
    ['a rule alone', from('SA'), '', 'NOT_A_GROUP'],
    ['rules that are no list', { combinator: 'and', rules: {} }, '', 'NOT_A_GROUP'],
    ['a number among the rules', all(5), 'rules.0', 'NOT_A_RULE'],
    ['an unknown combinator', { combinator: 'xor', rules: [] }, 'combinator', 'COMBINATOR_UNKNOWN'],
    ['no combinator between two rules', { rules: [from('SA'), from('AE')] }, 'rules.1', 'COMBINATOR_MISSING'],
    ['a combinator at the end', { rules: [from('SA'), 'and'] }, '', 'COMBINATOR_MISPLACED'],
    ['a combinator in a group that has one', all(from('SA'), 'or', from('AE')), 'rules.1', 'NOT_A_RULE'],
    ['a "not" that is no boolean', { ...all(), not: 'true' }, 'not', 'VALUE_WRONG_TYPE'],
    ['a misspelt "not"', { ...all(from('SA')), Not: true }, '', 'KEY_UNKNOWN'],
    [
      'a rule without operator',
      all({ field: 'contact.email', value: 'x' }),
      'rules.0.operator',
      'NOT_A_RULE',
    ],
    [
      'a field compared with a field',
      all({ ...from('SA'), valueSource: 'field' }),
      'rules.0.valueSource',
      'VALUE_SOURCE_UNSUPPORTED',
    ],
    ['a match mode', all({ ...from('SA'), match: { mode: 'all' } }), 'rules.0.match', 'MATCH_UNSUPPORTED'],
    [
      'an operator of our own',
      all({ ...from('SA'), operator: '= 1 OR 1' }),
      'rules.0.operator',
      'OPERATOR_UNSUITABLE',
    ],
    [
      'the prototype as a field',
      all({ ...from('SA'), field: '__proto__' }),
      'rules.0.field',
      'FIELD_UNKNOWN',
    ],
    [
      'the prototype as an attribute',
      all({ ...from('SA'), field: 'attributes.__proto__' }),
      'rules.0.field',
      'FIELD_UNKNOWN',
    ],
    [
      'the constructor as an operator',
      all({ ...from('SA'), operator: 'constructor' }),
      'rules.0.operator',
      'OPERATOR_UNSUITABLE',
    ],
    [
      'a poisoned group',
      all(JSON.parse('{"__proto__": {"muted": true}, "rules": []}')),
      'rules.0',
      'KEY_UNKNOWN',
    ],
    ['a text that is a list', all({ ...from('SA'), value: ['SA'] }), 'rules.0.value', 'VALUE_WRONG_TYPE'],
    ['a text that is a number', all({ ...from('SA'), value: 5 }), 'rules.0.value', 'VALUE_WRONG_TYPE'],
    ['an empty text', all(from(' ')), 'rules.0.value', 'VALUE_MISSING'],
    ['an empty list', all({ ...from('SA'), operator: 'in', value: [] }), 'rules.0.value', 'VALUE_MISSING'],
    [
      'a list of lists',
      all({ ...from('SA'), operator: 'in', value: [['SA']] }),
      'rules.0.value.0',
      'VALUE_WRONG_TYPE',
    ],
    ['a long text', all(from('x'.repeat(limits.text + 1))), 'rules.0.value', 'VALUE_TOO_LONG'],
    ['a huge text', all(from('x'.repeat(200_000))), 'rules.0.value', 'VALUE_TOO_LONG'],
    [
      'a long list',
      all({ ...from('SA'), operator: 'in', value: Array(limits.list + 1).fill('a') }),
      'rules.0.value',
      'LIST_TOO_LONG',
    ],
    [
      'a long joined list',
      all({ ...from('SA'), operator: 'in', value: 'a,'.repeat(limits.list + 1) }),
      'rules.0.value',
      'LIST_TOO_LONG',
    ],
    ['half a surrogate pair', all(from('\ud800')), 'rules.0.value', 'VALUE_NOT_TEXT'],
    ['a NUL', all(from('a\u0000b')), 'rules.0.value', 'VALUE_NOT_TEXT'],
    ['the separator of lists', all(from('a\u001fb')), 'rules.0.value', 'VALUE_NOT_TEXT'],
    [
      'a number that is none',
      all({ field: 'attributes.score', operator: '=', value: '0x10' }),
      'rules.0.value',
      'VALUE_WRONG_TYPE',
    ],
    [
      'an infinite number',
      all({ field: 'attributes.score', operator: '=', value: '1e999' }),
      'rules.0.value',
      'VALUE_WRONG_TYPE',
    ],
    [
      'a range of one',
      all({ field: 'attributes.score', operator: 'between', value: '5' }),
      'rules.0.value',
      'VALUE_NOT_A_RANGE',
    ],
    [
      'a range with an open end',
      all({ field: 'attributes.score', operator: 'between', value: '5,' }),
      'rules.0.value',
      'VALUE_MISSING',
    ],
    [
      'a currency that there is not',
      all({ field: 'purchases.total.ZZZ', operator: '>', value: 5 }),
      'rules.0.field',
      'FIELD_UNKNOWN',
    ],
    [
      'an event whose name cannot be',
      all({ field: "events.a'b", operator: 'never', value: null }),
      'rules.0.field',
      'FIELD_UNKNOWN',
    ],
    [
      'purchases that nobody lacks',
      all({ field: 'purchases.count', operator: 'null', value: null }),
      'rules.0.operator',
      'OPERATOR_UNSUITABLE',
    ],
    ['an event that is compared', all(happened('=', 5)), 'rules.0.operator', 'OPERATOR_UNSUITABLE'],
    ['at least no times', all(happened('atLeast', 0)), 'rules.0.value', 'VALUE_OUT_OF_RANGE'],
    ['half a time', all(happened('atLeast', { times: 1.5 })), 'rules.0.value', 'VALUE_OUT_OF_RANGE'],
    ['too many times', all(happened('atMost', { times: 1001 })), 'rules.0.value', 'VALUE_OUT_OF_RANGE'],
    ['no days', all(happened('atLeast', { times: 1, days: 0 })), 'rules.0.value', 'VALUE_OUT_OF_RANGE'],
    ['at most nothing said', all(happened('atMost', { days: 5 })), 'rules.0.value', 'VALUE_MISSING'],
    ['never so many times', all(happened('never', { times: 2 })), 'rules.0.value', 'VALUE_WRONG_TYPE'],
    ['times in words', all(happened('atLeast', { times: 'twice' })), 'rules.0.value', 'VALUE_WRONG_TYPE'],
    [
      'times that are a list',
      all(happened('atLeast', { times: [2] })),
      'rules.0.value.times',
      'VALUE_WRONG_TYPE',
    ],
    ['times and a date', all(happened('atLeast', { times: 2, date: 'x' })), 'rules.0.value', 'KEY_UNKNOWN'],
    ['a list of times', all(happened('atLeast', [2])), 'rules.0.value', 'VALUE_WRONG_TYPE'],
    [
      'times where a date belongs',
      all({ field: 'purchases.lastAt', operator: '>', value: { times: 2 } }),
      'rules.0.value',
      'VALUE_WRONG_TYPE',
    ],
    [
      'a boolean in words',
      all({ field: 'attributes.vip', operator: '=', value: 'yes' }),
      'rules.0.value',
      'VALUE_WRONG_TYPE',
    ],
    [
      'a status that is none',
      all({ field: 'consent.email.top_3', operator: '=', value: 'maybe' }),
      'rules.0.value',
      'VALUE_NOT_A_CHOICE',
    ],
    [
      'a topic that is not there',
      all({ field: 'consent.email.top_9', operator: '=', value: 'granted' }),
      'rules.0.field',
      'FIELD_UNKNOWN',
    ],
    [
      'a date with an unknown key',
      all({ field: 'contact.createdAt', operator: '=', value: { day: 'x' } }),
      'rules.0.value',
      'KEY_UNKNOWN',
    ],
    ['too many rules', all(...Array.from({ length: limits.nodes }, () => from('SA'))), '', 'TOO_MANY_RULES'],
  ])('is refused: %s', (_, rule, path, code) => {
    expect(faultsOf(rule)).toContainEqual({ path, code });
  });

  it('may be nested as deep as the limit, and no deeper', () => {
    expect(faultsOf(nested(limits.depth))).toEqual([]);
    expect(faultsOf(nested(limits.depth + 1))).toEqual([
      { path: Array(limits.depth).fill('rules.0').join('.'), code: 'TOO_DEEP' },
    ]);
    expect(faultsOf(nested(100_000))).toMatchObject([{ code: 'TOO_DEEP' }]);
  });
});

describe('the fields for a builder', () => {
  it('are what react-querybuilder takes, in either language', () => {
    const consent = catalogue.fields.find(({ name }) => name === 'consent.sms.top_3')!;
    expect(toQueryBuilderField(consent, 'ar')).toMatchObject({
      label: 'الموافقة على الرسائل النصية: العروض (Nakheel)',
      valueEditorType: 'select',
      operators: [{ name: '=', label: 'يساوي' }, { name: '!=' }, { name: 'in' }, { name: 'notIn' }],
    });
    const score = catalogue.fields.find(({ name }) => name === 'attributes.score')!;
    expect(toQueryBuilderField(score, 'en')).toMatchObject({ label: 'score', inputType: 'number' });
  });
});
