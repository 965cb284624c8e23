import { labelledOptOuts } from '../../../../test/corpus/feedback/opt-outs.js';
import { optOutIn } from './opt-out.js';

describe('an opt-out in a reply', () => {
  const kinds = ['clear', 'ambiguous', 'none'] as const;
  it.each(kinds.flatMap(kind => labelledOptOuts[kind].map(text => [kind, text] as const)))(
    'is %s in: %s',
    (kind, text) => {
      expect(optOutIn(text).kind).toBe(kind);
    },
  );

  it('names the rule that found it', () => {
    expect(optOutIn('Stop!')).toEqual({ kind: 'clear', rule: 'the word alone' });
    expect(optOutIn('Please do not send me any more.')).toEqual({ kind: 'clear', rule: 'send nothing' });
    expect(optOutIn('Hello')).toEqual({ kind: 'none', rule: null });
  });

  it('counts at the beginning only: what stands far below is a footer or another matter', () => {
    const letter = Array.from(
      { length: 30 },
      (_, line) => `This is line ${line} of what I have to say about my order.`,
    );
    expect(optOutIn([...letter, 'unsubscribe'].join('\n')).kind).toBe('none');
    expect(optOutIn(['unsubscribe', ...letter].join('\n')).kind).toBe('clear');
  });
});
