import { type Definition, type StepDefinition, type Trigger } from './definition.js';
import { edgesOf, END, targetOf } from './graph.js';

/**
 * A definition as a flowchart in Mermaid's language: what brings people in, the steps and their ways out. Step names hold letters,
 * digits, - and _ alone; other texts are quoted.
 * @param countAt how many stand at each step now; absent: not shown
 */
export function diagramOf(definition: Definition, countAt?: ReadonlyMap<string, number>): string {
  const { steps, trigger, exit } = definition;
  const lines = ['flowchart TD', `  start(["${quoted(triggerText(trigger))}"]) --> s0`];
  for (const [at, step] of steps.entries()) {
    const count = countAt?.get(step.id);
    const label = [step.name ?? step.id, stepText(step), ...(count === undefined ? [] : [`${count} here`])];
    const [open, close] = shapes[step.type] ?? ['[', ']'];
    lines.push(`  s${at}${open}"${label.map(quoted).join('<br/>')}"${close}`);
    for (const edge of edgesOf(step)) {
      const target = targetOf(edge.to, at, steps);
      if (target === undefined) continue;
      const arrow = edge.label === null ? '-->' : `-- "${quoted(edge.label)}" -->`;
      lines.push(`  s${at} ${arrow} ${target === END ? 'finish' : `s${target}`}`);
    }
  }
  lines.push('  finish(["end"])');
  const atOnce = [
    'withdrawal',
    ...(exit?.purchase === true ? ['purchase'] : []),
    ...(exit?.orderEnded === true ? ['order cancelled or refunded'] : []),
  ];
  const later = [
    ...(exit?.goal === undefined ? [] : ['goal reached: before the next step']),
    ...(exit?.leftSegment === true ? ['left the segment: within five minutes'] : []),
  ];
  const ways = [`leaves at once: ${atOnce.join(', ')}`, ...later].join('<br/>');
  lines.push(`  leaves(["${ways}"])`, '  style leaves stroke-dasharray: 4 4');
  return `${lines.join('\n')}\n`;
}

const shapes: Partial<Record<StepDefinition['type'], readonly [string, string]>> = {
  branch: ['{', '}'],
  split: ['{', '}'],
  goal: ['{{', '}}'],
  wait: ['(', ')'],
  'wait-until': ['(', ')'],
  'wait-for-replenishment': ['(', ')'],
  listen: ['(', ')'],
  end: ['([', '])'],
};

function triggerText(trigger: Trigger): string {
  switch (trigger.on) {
    case 'order.placed':
      return 'an order is placed';
    case 'order.fulfilled':
      return 'an order is fulfilled';
    case 'event':
      return `event ${trigger.name}`;
    case 'consent.given':
      return `consent to ${trigger.topicId}`;
    case 'segment.joined':
      return `joins ${trigger.segmentId}`;
    case 'date':
      return `${trigger.attribute}${trigger.yearly ? ', every year' : ''}`;
    case 'api':
      return 'added by API';
  }
}

function stepText(step: StepDefinition): string {
  switch (step.type) {
    case 'send':
      return `send ${step.channel === 'either' ? 'email, else SMS' : step.channel}: ${step.topicId}`;
    case 'wait':
      return `wait ${step.for}`;
    case 'wait-until':
      return `until ${step.weekdays?.join(', ') ?? 'the next'} ${step.at}`;
    case 'wait-for-replenishment':
      return `until it is used up${step.before === undefined ? '' : `, ${step.before} before`}`;
    case 'listen':
      return `${typeof step.for === 'string' ? step.for : step.for.event}, at most ${step.atMost}`;
    case 'branch':
      return 'which is true first?';
    case 'split':
      return `by chance ${step.arms.map(({ name, weight }) => `${name} ${weight}`).join(', ')}`;
    case 'update':
      return step.value === null ? `remove ${step.attribute}` : `set ${step.attribute}`;
    case 'webhook':
      return 'tell webhooks';
    case 'goal':
      return 'goal reached?';
    case 'end':
      return 'end';
  }
}

/** Mermaid takes entities in quoted texts; these are what could end one or begin markup. */
function quoted(text: string): string {
  return text.replace(/[#&"<>\\`]/g, character => `#${character.charCodeAt(0)};`);
}
