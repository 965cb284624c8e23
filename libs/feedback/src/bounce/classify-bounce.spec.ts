import { diagnostics, type LabelledDiagnostic } from '../../../../test/corpus/feedback/diagnostics.js';
import { classifyBounce } from './classify-bounce.js';

const verdictOf = ([status, diagnostic]: LabelledDiagnostic): string =>
  classifyBounce({ status, diagnostic }).class;

describe('labelled diagnostics', () => {
  it('x', () => {
    const tuned = diagnostics.filter((_, n) => n % 3 !== 2);
    const held = diagnostics.filter((_, n) => n % 3 === 2);
    for (const [name, rows] of Object.entries({ tuned, held })) {
      const hard = rows.filter(row => row[2] === 'hard');
      const said = rows.filter(row => verdictOf(row) === 'hard');
      const right = said.filter(row => row[2] === 'hard');
      console.log(
        name,
        rows.length,
        'P',
        (right.length / said.length).toFixed(3),
        'R',
        (right.length / hard.length).toFixed(3),
        'acc',
        (rows.filter(row => verdictOf(row) === row[2]).length / rows.length).toFixed(3),
      );
    }
    console.log(
      tuned
        .filter(row => verdictOf(row) !== row[2])
        .map(row => JSON.stringify([row, classifyBounce({ status: row[0], diagnostic: row[1] })]))
        .join('\n'),
    );
  });
});
