import { TestClock } from '../../../../test/factories/clock.js';
import { BAD_LINKS_A_MINUTE, BadLinkLimit } from './bad-link-limit.js';

describe('the limit on bad links', () => {
  it('counts each address by itself and forgets after a minute', () => {
    const clock = new TestClock();
    const limit = new BadLinkLimit(clock);
    for (let i = 0; i < BAD_LINKS_A_MINUTE; i++) expect(limit.allow('192.0.2.1')).toBe(true);
    expect(limit.allow('192.0.2.1')).toBe(false);
    expect(limit.allow('192.0.2.2')).toBe(true);
    clock.advance(59_999);
    expect(limit.allow('192.0.2.1')).toBe(false);
    clock.advance(1);
    expect(limit.allow('192.0.2.1')).toBe(true);
  });

  it('remembers a bounded number of addresses, and forgets the oldest first', () => {
    const limit = new BadLinkLimit(new TestClock());
    for (let i = 0; i <= BAD_LINKS_A_MINUTE; i++) limit.allow('first');
    for (let i = 0; i < 9_999; i++) limit.allow(`address ${i}`);
    expect(limit.allow('first')).toBe(false);
    for (let i = 0; i < 50_000; i++) limit.allow(`another ${i}`);
    expect(limit.size).toBe(10_000);
    expect(limit.allow('first')).toBe(true);
  });
});
