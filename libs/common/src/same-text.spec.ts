import fc from 'fast-check';
import { sameText } from './same-text.js';

it('two texts are the same where every character is, and nowhere else', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(sameText(one, one)).toBe(true);
      expect(sameText(one, other)).toBe(one === other);
      expect(sameText(`${one} `, one)).toBe(false);
    }),
  );
});
