import { createLogger } from '#common';
import { RelayHealth } from './relay-health.js';
import { defaultTimeouts } from './relay-options.js';
import { type SmtpFailure, type SmtpReply } from './smtp-reply.js';

const reply = (code: number): SmtpReply => ({ code, enhanced: null, text: `${code} x` });
const lost: SmtpFailure = { kind: 'lost', reason: 'x', bodyEnded: true };

describe('a relay', () => {
  let health: RelayHealth;
  beforeEach(() => {
    health = new RelayHealth('relay.example', defaultTimeouts, createLogger('silent'));
  });
  /** Between 80 and 120 % of so many seconds, less the moment that has passed. */
  const expectPause = (seconds: number): void => {
    expect(health.pause).toBeGreaterThan(seconds * 780);
    expect(health.pause).toBeLessThanOrEqual(seconds * 1200);
  };

  it('that cannot be reached is left alone for a second, and many connections failing together count once', () => {
    for (let i = 0; i < 8; i++) health.unreachable(lost);
    expectPause(1);
    expect(health.isSuspect).toBe(true);
  });

  it('that drops three mails in a row is left alone, though it answers', () => {
    health.learn(lost);
    health.learn(lost);
    expect(health.pause).toBe(0);
    health.learn(lost);
    expectPause(1);
  });

  it('that drops one mail now and then is not', () => {
    for (let i = 0; i < 20; i++) {
      health.learn(i % 3 === 0 ? { kind: 'accepted', reply: reply(250), messageId: null } : lost);
    }
    expect(health.pause).toBe(0);
  });

  it('that refuses mail properly is a relay that works', () => {
    for (let i = 0; i < 20; i++) health.learn({ kind: 'refused', stage: 'recipient', reply: reply(550) });
    expect(health).toMatchObject({ pause: 0, isSuspect: false });
  });

  it('that keeps saying goodbye is left alone', () => {
    for (let i = 0; i < 3; i++) health.learn({ kind: 'refused', stage: 'sender', reply: reply(421) });
    expectPause(1);
  });

  it('that refuses our password is left alone much longer', () => {
    health.unreachable({ kind: 'refused', stage: 'login', reply: reply(535) });
    expectPause(30);
  });

  it('that takes a mail again is trusted again', () => {
    health.unreachable(lost);
    health.learn({ kind: 'accepted', reply: reply(250), messageId: null });
    expect(health).toMatchObject({ pause: 0, isSuspect: false });
  });
});
