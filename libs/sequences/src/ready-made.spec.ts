import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatId, messageClasses, projectRoot } from '#common';
import { definition, stepTypes, triggerKinds } from './definition.js';
import { checkGraph } from './graph.js';
import { type ReadyMade, readReadyMade, resolve, rolesOf, templatesOf, withoutSms } from './ready-made.js';
import { readReadyMadeFiles, type ReadyMadeFiles } from './ready-made-files.js';

const files = readReadyMadeFiles();
const all = readReadyMade(files);
const topics = new Map(messageClasses.map((role, at) => [role, formatId('topic', at + 1)]));
const resolved = ({ definition, templates }: ReadyMade) =>
  resolve(definition, {
    ...{
      topics,
      templates: new Map([...templates.keys()].map((key, at) => [key, formatId('template', at + 1)])),
    },
    ...{ segmentId: 'seg_1', shopId: 'shp_1', attribute: 'birthday' },
  });

/** The files of one, with a change in its sequence.json or without one of its files. */
function changed(key: string, change: (json: any) => void, without?: string): ReadyMadeFiles {
  const texts = new Map(files.get(key));
  const json = JSON.parse(texts.get('sequence.json') ?? '');
  change(json);
  texts.set('sequence.json', JSON.stringify(json));
  if (without) texts.delete(without);
  return new Map([[key, texts]]);
}

describe('the ready-made sequences', () => {
  it.each(all.map(one => [one.key, one] as const))('"%s" says when each message comes too late', (_, one) => {
    const sends = resolved(one).steps.filter(step => step.type === 'send');
    expect(sends.length).toBeGreaterThan(0);
    for (const step of sends)
      expect([step.id, step.notLaterThan]).toEqual([step.id, expect.stringMatching(/^P/)]);
  });

  it.each(all.map(one => [one.key, one] as const))(
    '"%s" sends nothing by SMS when that is not wanted',
    (_, one) => {
      const byEmail = withoutSms(one.definition);
      expect(byEmail.steps.map(({ channel }) => channel)).not.toContain('either');
      expect(templatesOf(byEmail).map(key => one.templates.get(key)?.channel)).not.toContain('sms');
      expect(byEmail.steps.map(({ id }) => id)).toEqual(one.definition.steps.map(({ id }) => id));
    },
  );

  it.each(all.map(one => [one.key, one] as const))('"%s" has an SMS for whom no mail may reach', (_, one) => {
    expect(one.definition.steps.map(({ channel }) => channel)).toContain('either');
  });

  it('leave once somebody buys, unless they follow an order or a birthday', () => {
    const leave = all.map(one => [one.key, resolved(one).exit ?? {}]);
    expect(Object.fromEntries(leave)).toEqual({
      ...{
        'abandoned-cart': { purchase: true },
        'after-sales': { orderEnded: true },
        'aida-launch': { purchase: true },
      },
      ...{ birthday: {}, replenishment: { purchase: true, orderEnded: true } },
      ...{ welcome: { purchase: true }, 'win-back': { purchase: true } },
    });
  });

  it('ask for a review as marketing does, and for nothing else of the kind', () => {
    const afterSales = all.find(({ key }) => key === 'after-sales') as ReadyMade;
    const classOf = afterSales.definition.steps.flatMap(({ templateId, topicId }) =>
      templateId ? [[templateId, topicId]] : [],
    );
    expect(Object.fromEntries(classOf)).toEqual({
      ...{
        thanks: 'transactional',
        'how-to': 'service',
        support: 'service',
        review: 'marketing',
        similar: 'marketing',
      },
    });
    expect(rolesOf(afterSales.definition)).toEqual([...messageClasses]);
  });

  it('go by clicks and by nothing that a mail program does by itself', () => {
    const heard = all.flatMap(one =>
      resolved(one).steps.flatMap(step => (step.type === 'listen' ? [step.for] : [])),
    );
    expect(new Set(heard)).toEqual(new Set(['click', 'order']));
  });

  it.each<[string, ReadyMadeFiles, RegExp]>([
    ['lacks a text', changed('birthday', () => undefined, 'wishes.ar.mjml'), /lacks wishes\.ar\.mjml/],
    [
      'points at no step',
      changed('win-back', json => (json.definition.steps[1].next = 'gone')),
      /no step "gone"/,
    ],
    [
      'sends what there is not',
      changed('birthday', json => (json.definition.steps[0].templateId = 'gone')),
      /there is no template gone/,
    ],
    [
      'holds a mail that nothing sends',
      changed('birthday', json => delete json.definition.steps[0].smsTemplateId),
      /no step sends wishes-sms/,
    ],
  ])('one that %s stops the start', (_, broken, reason) => {
    expect(() => readReadyMade(broken)).toThrow(reason);
  });
});

describe('what docs/sequences.md says', () => {
  const text = readFileSync(join(projectRoot(), 'docs', 'sequences.md'), 'utf8');

  it('has an example that can be run', () => {
    const examples = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json ?? ''));
    const [example] = examples.filter(({ trigger }) => trigger !== undefined);
    expect(checkGraph(definition.parse(example))).toEqual([]);
  });

  it('names the steps without which "after-sales" sends no marketing, and is whole all the same', () => {
    const [, named = ''] = /take out these steps: ([^.]*)\./.exec(text.replace(/\s+/g, ' ')) ?? [];
    const out = [...named.matchAll(/`([^`]+)`/g)].map(([, id]) => id);
    const { steps, ...rest } = resolved(all.find(({ key }) => key === 'after-sales') as ReadyMade);
    const left = steps.filter(({ id }) => !out.includes(id));
    expect(left.length).toBe(steps.length - out.length);
    expect(JSON.stringify(left)).not.toContain(topics.get('marketing'));
    expect(left.at(-1)).toMatchObject({ id: 'support', type: 'send' });
    expect(checkGraph(definition.parse({ ...rest, steps: left }))).toEqual([]);
  });

  it('names every trigger, every kind of step and every ready-made sequence', () => {
    for (const word of [...triggerKinds, ...stepTypes, ...all.map(({ key }) => key)])
      expect(text).toContain(`\`${word}\``);
  });
});
