import fc from 'fast-check';
import {
  kindOfSource,
  LONGEST_NAME,
  markedName,
  sourceFor,
  type SourceOfSender,
  toSource,
} from './sms-source.js';

const source = (country: string | null, value: string): SourceOfSender => ({
  ...{ senderId: 1, country, kind: kindOfSource(value) ?? 'name', value, rate: null, providerAnswers: true },
});

describe('what SMS come from', () => {
  it.each([
    ['+15005550006', 'number'],
    ['12345', 'number'],
    [`MG${'a'.repeat(32)}`, 'service'],
    [`MG${'A'.repeat(32)}`, 'service'],
    ['Nakheel', 'name'],
    ['A', 'name'],
    ['Shop & Co', 'name'],
    ['ElevenChars', 'name'],
    ['TwelveCharss', null],
    ['123456789', null],
    ['+0123456789', null],
    ['نخيل', null],
    ['a\nb', null],
    ['', null],
  ])('%j is %s', (value, kind) => {
    expect(kindOfSource(value)).toBe(kind);
  });

  it.each([
    ['Nakheel', { prefix: '', suffix: '-AD' }, 'Nakheel-AD'],
    ['Nakheel-AD', { prefix: '', suffix: '-AD' }, 'Nakheel-AD'],
    ['NakheelAD', { prefix: '', suffix: '-AD' }, 'NakheelAD-AD'],
    ['Nakheel', { prefix: 'AD-', suffix: '' }, 'AD-Nakheel'],
    ['AD-Nakheel', { prefix: 'AD-', suffix: '' }, 'AD-Nakheel'],
    ['Nakheel', { prefix: '', suffix: '' }, 'Nakheel'],
  ])('%s with %j is %s', (name, mark, marked) => {
    expect(markedName(name, mark)).toBe(marked);
  });

  it('bears its mark once, however often it is put on, and leaves eight characters for a name', () => {
    const marks = fc.constantFrom({ prefix: '', suffix: '-AD' }, { prefix: 'AD-', suffix: '' });
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,7}$/), marks, (name, mark) => {
        const marked = markedName(name, mark);
        expect(markedName(marked, mark)).toBe(marked);
        expect(marked.length).toBeLessThanOrEqual(LONGEST_NAME);
      }),
    );
  });

  it('is marked only as a name, and only in an advertisement', () => {
    const mark = { prefix: '', suffix: '-AD' };
    expect(toSource(source(null, 'Nakheel'), true, mark)).toEqual({ kind: 'name', name: 'Nakheel-AD' });
    expect(toSource(source(null, 'Nakheel'), false, mark)).toEqual({ kind: 'name', name: 'Nakheel' });
    expect(toSource(source(null, '+15005550006'), true, mark)).toEqual({
      kind: 'number',
      number: '+15005550006',
    });
  });

  it('is that of the country, else that of all others, else none', () => {
    const all = [source('SA', 'Nakheel'), source(null, '+15005550006')];
    expect(['SA', 'GB', null].map(country => sourceFor(all, country)?.value)).toEqual([
      'Nakheel',
      '+15005550006',
      '+15005550006',
    ]);
    expect(sourceFor(all.slice(0, 1), 'GB')).toBeNull();
  });
});
