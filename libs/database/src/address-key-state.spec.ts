import { judgeKeys } from './address-key-state.js';

const [a, b, c] = ['a', 'b', 'c'].map(letter => Buffer.from(letter)) as [Buffer, Buffer, Buffer];
const recorded = (...checks: Buffer[]) => checks.map((check, at) => ({ generation: at + 1, check }));

describe('the keys a process is given', () => {
  it.each([
    ['are the database’s', [a, b], [a, b], { kind: 'current' }],
    ['have a new one', [a], [a, b], { kind: 'outdated', from: 1 }],
    ['have two new ones', [a], [a, b, c], { kind: 'outdated', from: 1 }],
    ['lack the newest', [a, b], [a], { kind: 'refused', why: 'missing' }],
    ['lack the oldest', [a, b], [b], { kind: 'refused', why: 'missing' }],
    ['have another in place of one', [a, b], [a, c], { kind: 'refused', why: 'missing' }],
    ['are in another order', [a, b], [b, a], { kind: 'refused', why: 'reordered' }],
    ['have the new one at the wrong end', [a], [b, a], { kind: 'refused', why: 'reordered' }],
    ['have the new one in the middle', [a, b], [a, c, b], { kind: 'refused', why: 'reordered' }],
    ['are others', [a, b], [c], { kind: 'refused', why: 'wrong' }],
  ] as const)('%s', (_, database, given, verdict) => {
    expect(judgeKeys(recorded(...database), [...given])).toEqual(verdict);
  });
});
