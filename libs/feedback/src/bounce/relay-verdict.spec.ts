import { classifyRelayRefusal } from './relay-verdict.js';

const verdictOf = (diagnostic: string): string => {
  const [, code, status] = /^(\d{3})(?: (\d\.\d{1,3}\.\d{1,3}))?/.exec(diagnostic) ?? [];
  return classifyRelayRefusal({ diagnostic, code: Number(code), status: status ?? null }).class;
};

describe('a refusal of a relay', () => {
  it.each([
    '554 Message rejected: Sending suspended for this account.',
    '550 Account disabled',
    '550 Account is disabled',
    '554 The account was closed',
    '550 This user was deactivated',
    '554 5.7.8 Account suspended',
    "554 Transaction failed: Invalid domain name: 'shop'",
    '550 Domain does not exist',
    '550 Customer not found',
    '554 Unknown account',
  ])('that could be of us leaves the address alone: %s', reply => {
    expect(verdictOf(reply)).toBe('block');
  });

  it.each([
    '550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown',
    '550 No such user here',
    '550 Unrouteable address',
    '550 5.2.1 The email account that you tried to reach is disabled',
    '550 Mailbox disabled',
    '550 You tried to send to recipient(s) that have been marked as inactive.',
    '550 Host not found: NXDOMAIN',
    '550 5.1.2 Domain does not exist',
    '550 The account of the recipient was closed',
  ])('in words of recipients is of the recipient: %s', reply => {
    expect(verdictOf(reply)).toBe('hard');
  });

  it('is otherwise what any refusal is', () => {
    expect(verdictOf('552 5.2.2 mailbox full')).toBe('soft');
    expect(verdictOf('550 5.7.1 blocked using Spamhaus')).toBe('block');
  });
});
