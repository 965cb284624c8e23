import fc from 'fast-check';
import { type StepDefinition } from './definition.js';
import { checkGraph, edgesOf, END, targetOf } from './graph.js';

type Step = StepDefinition;
const wait = (id: string, next?: string | null): Step => ({
  id,
  type: 'wait',
  for: 'P1D',
  ...(next === undefined ? {} : { next }),
});
const mark = (id: string, next?: string | null): Step => ({
  ...{ id, type: 'update', attribute: 'tier', value: 1 },
  ...(next === undefined ? {} : { next }),
});
const branch = (id: string, yes: string | null, no: string | null): Step => ({
  ...{ id, type: 'branch', branches: [{ when: {}, next: yes }], otherwise: no },
});
const codes = (steps: Step[]): string[] => checkGraph({ steps }).map(({ path, code }) => `${path} ${code}`);

describe('the graph of steps', () => {
  it('is right when each way leads on or ends', () => {
    expect(codes([mark('a'), branch('b', 'c', null), wait('c', 'a')])).toEqual([]);
  });

  it('names each target that is not there', () => {
    expect(codes([branch('a', 'nowhere', 'b'), mark('b', 'neither')])).toEqual([
      ...['steps.0.branches.0.next STEP_UNKNOWN', 'steps.1.next STEP_UNKNOWN'],
    ]);
  });

  it('names steps that no way leads to, and names given twice', () => {
    expect(codes([mark('a', null), mark('b', 'c'), mark('c', 'b')])).toEqual(
      expect.arrayContaining(['steps.1.id STEP_UNREACHABLE', 'steps.2.id STEP_UNREACHABLE']),
    );
    expect(codes([mark('a'), mark('a')])).toContain('steps.1.id STEP_ID_TAKEN');
  });

  it('refuses a circle without a wait, and says which', () => {
    const [fault] = checkGraph({ steps: [mark('a'), branch('b', 'c', null), mark('c', 'a')] });
    expect(fault).toMatchObject({ path: 'steps.0.id', code: 'CYCLE_WITHOUT_WAIT' });
    expect(fault?.message).toContain('"a" → "b" → "c" → "a"');
    expect(codes([mark('a', 'a')])).toEqual(['steps.0.id CYCLE_WITHOUT_WAIT']);
  });

  it('finds a circle without a wait exactly where somebody who walks would never come to rest', () => {
    const count = fc.integer({ min: 1, max: 7 });
    const graphs = count.chain(n =>
      fc.array(
        fc.tuple(fc.boolean(), fc.integer({ min: -1, max: n - 1 }), fc.integer({ min: -1, max: n - 1 })),
        {
          ...{ minLength: n, maxLength: n },
        },
      ),
    );
    fc.assert(
      fc.property(graphs, drawn => {
        const name = (at: number): string | null => (at === -1 ? null : `s${at}`);
        const steps = drawn.map(([waits, a, b], at) =>
          waits ? wait(`s${at}`, name(a)) : branch(`s${at}`, name(a), name(b)),
        );
        // Plainly: from each step, follow ways through steps that do not wait for longer than there are steps.
        const walksForever = (from: number): boolean => {
          let at = new Set([from]);
          for (let hop = 0; hop <= steps.length; hop++) {
            const next = new Set<number>();
            for (const step of at) {
              if (steps[step]?.type === 'wait') continue;
              for (const { to } of edgesOf(steps[step] as Step)) {
                const target = targetOf(to, step, steps);
                if (target !== undefined && target !== END) next.add(target);
              }
            }
            at = next;
          }
          return at.size > 0;
        };
        const isEndless = steps.some((_, at) => walksForever(at));
        expect(codes(steps).some(code => code.endsWith('CYCLE_WITHOUT_WAIT'))).toBe(isEndless);
      }),
      { numRuns: 2000 },
    );
  });
});
