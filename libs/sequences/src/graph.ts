import { type ErrorDetail } from '#common';
import { type Definition, type StepDefinition } from './definition.js';

/** Where a way ends; every other place is the number of a step. */
export const END = -1;

/** One way out of a step. */
export interface Edge {
  /** Where in the step it is written, e.g. `branches.0.next`; what is not written is `next`. */
  path: string;
  to: string | null | undefined;
  /** When it is taken, in a drawing: `otherwise`, an arm's name, `1`. */
  label: string | null;
}

/** The ways out of a step, in the order in which they are written. */
export function edgesOf(step: StepDefinition): Edge[] {
  const otherwise = (to: string | null, label: string): Edge => ({ path: 'otherwise', to, label });
  switch (step.type) {
    case 'end':
      return [];
    case 'listen':
      return [{ path: 'next', to: step.next, label: 'did' }, otherwise(step.otherwise, 'did not')];
    case 'branch':
      return [
        ...step.branches.map(({ next }, at) => ({
          path: `branches.${at}.next`,
          to: next,
          label: `${at + 1}`,
        })),
        otherwise(step.otherwise, 'otherwise'),
      ];
    case 'split':
      return step.arms.map(({ name, next }, at) => ({ path: `arms.${at}.next`, to: next, label: name }));
    default:
      return [{ path: 'next', to: step.next, label: null }];
  }
}

/** The number of a step that an edge leads to; END when it ends there; undefined when there is no such step. */
export function targetOf(to: Edge['to'], from: number, steps: readonly { id: string }[]): number | undefined {
  if (to === null) return END;
  if (to === undefined) return from + 1 < steps.length ? from + 1 : END;
  const found = steps.findIndex(({ id }) => id === to);
  return found === -1 ? undefined : found;
}

/** Steps that let time pass whatever anybody does: a circle without one would never come to rest. */
const waits = new Set<StepDefinition['type']>(['wait', 'wait-until', 'listen']);

/** What is wrong with how the steps hang together: each fault with its place. */
export function checkGraph({ steps }: Pick<Definition, 'steps'>): ErrorDetail[] {
  const faults: ErrorDetail[] = [];
  const targets = steps.map((step, at) =>
    edgesOf(step).flatMap(edge => {
      const target = targetOf(edge.to, at, steps);
      if (target === undefined) {
        faults.push(fault(at, edge.path, 'STEP_UNKNOWN', `There is no step "${edge.to}".`));
        return [];
      }
      return target === END ? [] : [target];
    }),
  );
  for (const [at, { id }] of steps.entries()) {
    if (steps.findIndex(other => other.id === id) < at)
      faults.push(fault(at, 'id', 'STEP_ID_TAKEN', `Another step is called "${id}". Choose another name.`));
  }
  const reached = reachable(0, targets, () => true);
  for (const [at, { id }] of steps.entries()) {
    if (!reached.has(at))
      faults.push(
        fault(at, 'id', 'STEP_UNREACHABLE', `No way leads to "${id}". Point a step at it, or remove it.`),
      );
  }
  const circle = hurriedCircle(steps, targets);
  if (circle) {
    const names = [...circle, circle[0] as number].map(at => `"${steps[at]?.id}"`).join(' → ');
    const message = `${names} runs in a circle without a wait. Put a wait, wait-until or listen step into it.`;
    faults.push(fault(circle[0] as number, 'id', 'CYCLE_WITHOUT_WAIT', message));
  }
  return faults;
}

function fault(at: number, path: string, code: string, message: string): ErrorDetail {
  return { path: `steps.${at}.${path}`, code, message };
}

function reachable(
  from: number,
  targets: readonly number[][],
  through: (at: number) => boolean,
): Set<number> {
  const found = new Set([from]);
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (!through(at)) continue;
    for (const target of targets[at] ?? []) {
      if (found.has(target)) continue;
      found.add(target);
      open.push(target);
    }
  }
  return found;
}

/** A circle none of whose steps waits; null: there is none. */
function hurriedCircle(steps: readonly StepDefinition[], targets: readonly number[][]): number[] | null {
  const onPath: number[] = [];
  const done = new Set<number>();
  const visit = (at: number): number[] | null => {
    if (waits.has((steps[at] as StepDefinition).type) || done.has(at)) return null;
    const begun = onPath.indexOf(at);
    if (begun !== -1) return onPath.slice(begun);
    onPath.push(at);
    for (const target of targets[at] ?? []) {
      const circle = visit(target);
      if (circle) return circle;
    }
    onPath.pop();
    done.add(at);
    return null;
  };
  for (const at of steps.keys()) {
    const circle = visit(at);
    if (circle) return circle;
  }
  return null;
}
