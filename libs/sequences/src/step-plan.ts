import { days, type StepDefinition } from './definition.js';
import { parseDuration } from './duration.js';
import { edgesOf, END, targetOf } from './graph.js';
import { minutesOf, type PlanStep, type SendPlan } from './plan.js';

/** A step as it is run. The definition was checked: its durations are ones and its steps are there. */
export function planStep(
  step: StepDefinition,
  at: number,
  steps: readonly StepDefinition[],
  send: (step: Extract<StepDefinition, { type: 'send' }>) => Omit<SendPlan, 'type' | 'next'>,
): PlanStep {
  const { id } = step;
  const to = (path: string): number => {
    const edge = edgesOf(step).find(one => one.path === path);
    return targetOf(edge?.to, at, steps) ?? END;
  };
  const ms = (text: string | undefined): number | null => (text === undefined ? null : parseDuration(text));
  const next = (): number => to('next');
  switch (step.type) {
    case 'send':
      return { id, type: 'send', ...send(step), next: next() };
    case 'wait':
      return { id, type: 'wait', ms: ms(step.for) ?? 0, next: next() };
    case 'wait-until':
      return {
        ...{ id, type: 'wait-until', minutes: minutesOf(step.at), next: next() },
        weekdays: (step.weekdays ?? days).map(day => days.indexOf(day) + 1),
      };
    case 'wait-for-replenishment':
      return {
        ...{ id, type: 'wait-for-replenishment', next: next() },
        ...{ beforeMs: ms(step.before) ?? 0, otherwiseMs: ms(step.otherwise) },
      };
    case 'listen':
      return {
        ...{ id, type: 'listen', ms: ms(step.atMost) ?? 0, next: next(), otherwise: to('otherwise') },
        for: typeof step.for === 'string' ? `@${step.for}` : step.for.event,
      };
    case 'branch':
      return {
        ...{ id, type: 'branch', otherwise: to('otherwise') },
        branches: step.branches.map(({ when }, n) => ({ when, next: to(`branches.${n}.next`) })),
      };
    case 'split':
      return {
        ...{ id, type: 'split' },
        arms: step.arms.map(({ name, weight }, n) => ({ name, weight, next: to(`arms.${n}.next`) })),
      };
    case 'update':
      return { id, type: 'update', attribute: step.attribute, value: step.value, next: next() };
    case 'webhook':
      return { id, type: 'webhook', next: next() };
    case 'goal':
      return { id, type: 'goal', when: step.when, next: next() };
    case 'end':
      return { id, type: 'end' };
  }
}
