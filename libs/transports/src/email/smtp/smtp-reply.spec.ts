import { cleanReply } from '../../clean-reply.js';
import { classifyReply, parseReply, queueId, type SmtpStage, toOutcome, type Verdict } from './smtp-reply.js';

describe('a refusal means', () => {
  const refused: Verdict = { state: 'rejected', fault: 'message' };
  const relay: Verdict = { state: 'deferred', fault: 'relay' };
  const later: Verdict = { state: 'deferred', fault: 'passing' };

  it.each<[SmtpStage, string, Verdict]>([
    // The relay will not have us: nobody's address is to blame.
    ['connect', '554 5.7.1 Your host is blocked', relay],
    ['connect', '421 4.7.0 Too many connections', later],
    ['hello', '550 5.7.1 Bad HELO name', relay],
    ['tls', '454 4.7.0 TLS not available', later],
    ['tls', '502 5.5.1 Not implemented', relay],
    ['login', '535 5.7.8 Authentication credentials invalid', relay],
    ['login', '454 4.7.0 Temporary authentication failure', relay],
    ['sender', '530 5.7.0 Must issue STARTTLS first', relay],
    ['sender', '550 5.7.60 Client does not have permissions to send as this sender', relay],
    ['sender', '553 5.1.8 Sender domain does not exist', relay],
    ['sender', '501 5.1.7 Bad sender address', relay],
    ['sender', '503 5.5.1 Nested MAIL command', later],
    ['sender', '451 4.3.0 Try later', later],
    ['sender', '552 Message size exceeds fixed limit', refused],
    ['sender', '554 5.3.4 Message too big', refused],
    // The recipient.
    ['recipient', '550 5.1.1 No such user', refused],
    ['recipient', '550 No such user here', refused],
    ['recipient', '550 5.7.1 User unknown', refused],
    ['recipient', '554 5.7.1 Blocked by policy', refused],
    ['recipient', '552 5.2.2 Mailbox full', refused],
    ['recipient', '552 Too many recipients', later],
    ['recipient', '450 4.7.1 Greylisted', later],
    ['recipient', '452 4.5.3 Too many recipients', later],
    ['recipient', '503 5.5.1 Need MAIL first', later],
    ['recipient', '530 Authentication required', relay],
    ['recipient', '550 5.7.1 Unable to relay', relay],
    ['recipient', '554 5.7.1 <recipient>: Relay access denied', relay],
    ['recipient', '550 not permitted to relay through this host', relay],
    ['recipient', '550-5.7.1 Authentication is required for relay', relay],
    // The mail itself.
    ['data', '554 5.5.1 No valid recipients', refused],
    ['data', '451 4.3.0 Try later', later],
    ['data', '530 5.7.0 Authentication required', relay],
    ['body', '550 5.7.26 This mail is unauthenticated', refused],
    ['body', '550 5.7.515 Access denied', refused],
    ['body', '554 5.6.0 Spam', refused],
    ['body', '421 4.7.0 Shutting down', later],
    ['body', '451 4.7.1 Try later', later],
    ['body', '550 5.7.1 We do not relay spam', refused],
  ])('at %s, "%s"', (stage, line, verdict) => {
    const { code, enhanced, text } = parseReply(line) ?? { code: 0, enhanced: null, text: '' };
    expect(classifyReply(stage, code, enhanced, text)).toEqual(verdict);
  });
});

describe('a reply', () => {
  it('of several lines is read as one', () => {
    expect(parseReply('550-5.1.1 The account\r\n550-5.1.1 does not exist.\n550 5.1.1 Bye')).toEqual({
      code: 550,
      enhanced: '5.1.1',
      text: '550 5.1.1 The account does not exist. Bye',
    });
  });

  it.each(['', 'hello', '99 x', '600 x', '25', 'x250 ok'])('is none when it reads %j', text => {
    expect(parseReply(text)).toBeNull();
  });

  it('does not take a version number for a status', () => {
    expect(parseReply('250 2.1.5.9 mailer')?.enhanced).toBeNull();
  });

  it('is stored without the recipient, controls or excess', () => {
    const text = cleanReply(
      `550 <Mona+x@Example.org>: mona+x@example.org\x1b[31m\r\nunknown ${'x'.repeat(900)}`,
      ['mona+x@example.org'],
    );
    expect(text).toMatch(/^550 <recipient>: <recipient> \[31m unknown x+$/);
    expect(text).toHaveLength(500);
  });

  it.each([
    ['250 2.0.0 Ok: queued as 4XyZ12', '4XyZ12'],
    ['250 OK id=1tABcD-0004Xy-1L', '1tABcD-0004Xy-1L'],
    ['250 Ok: queued as <abc.123@relay.example>', 'abc.123@relay.example'],
    [
      '250 Ok 0102018d4f1a2b3c-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d-000000',
      '0102018d4f1a2b3c-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d-000000',
    ],
    ['250 2.0.0 4AB1cd23E5 Message accepted for delivery', '4AB1cd23E5'],
    ['250 Great success', null],
  ])('names the mail: %s', (reply, id) => {
    expect(queueId(reply)).toBe(id);
  });
});

describe('the outcome', () => {
  it('of silence is "deferred" before the end of the mail and "unknown" after it', () => {
    expect(toOutcome('r', { kind: 'lost', reason: 'x', bodyEnded: false }).state).toBe('deferred');
    expect(toOutcome('r', { kind: 'lost', reason: 'x', bodyEnded: true }).state).toBe('unknown');
  });
});
