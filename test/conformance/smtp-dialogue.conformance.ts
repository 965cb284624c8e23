import { type EmailTransport } from '#transports';
import { type Point, type Move, ScriptedSmtpPeer, type Script } from './scripted-smtp-peer.js';
import { sendTo } from './email-transport.conformance.js';

/** Waits in these tests, in milliseconds: long enough for a slow machine, short enough to see a timeout. */
export const testTimeouts = {
  connect: 400,
  greeting: 400,
  command: 400,
  afterData: 400,
  patience: 300,
  backoff: 100,
  longestBackoff: 200,
  close: 1000,
};

/** Larger than what the sockets of both sides hold between them. */
const large = '<p>A book a day</p>'.repeat(1_000_000);

/** What every transport that speaks SMTP promises about each point at which a dialogue can go wrong. */
export function smtpDialogueConformance(name: string, make: (...urls: string[]) => EmailTransport): void {
  describe(`${name}, at a peer that`, () => {
    let peer: ScriptedSmtpPeer;
    let transport: EmailTransport;
    const start = async (script: Script): Promise<void> => {
      peer = await ScriptedSmtpPeer.start(script);
      transport = make(peer.url);
    };
    const always =
      (point: Point, move: Move): Script =>
      () => ({ [point]: move });
    afterEach(async () => {
      await transport.close();
      await peer.close();
    });

    it.each<[string, Point, Move]>([
      ['closes instead of greeting', 'greeting', { close: true }],
      ['never greets', 'greeting', { silence: true }],
      ['greets with 421', 'greeting', '421 4.7.0 Busy'],
      ['greets with 554', 'greeting', '554 5.7.1 Go away'],
      ['greets with garbage', 'greeting', '\x00\xff<html>'],
      ['closes at EHLO', 'EHLO', { close: true }],
      ['closes at MAIL', 'MAIL', { close: true }],
      ['never answers MAIL', 'MAIL', { silence: true }],
      ['says 421 at MAIL', 'MAIL', '421 4.7.0 Closing'],
      ['says 451 at MAIL', 'MAIL', '451 4.3.0 Later'],
      ['refuses our sender', 'MAIL', '550 5.7.60 Not allowed to send as this sender'],
      ['says 421 at RCPT', 'RCPT', '421 4.7.0 Closing'],
      ['says 450 at RCPT', 'RCPT', '450 4.7.1 Greylisted'],
      ['will not relay', 'RCPT', '554 5.7.1 Relay access denied'],
      ['closes at DATA', 'DATA', { close: true }],
      ['says 451 at DATA', 'DATA', '451 4.3.0 Later'],
      ['says 421 at DATA', 'DATA', '421 4.3.0 Closing'],
      ['answers DATA with garbage', 'DATA', 'what?'],
      ['says 451 after the dot', 'body', '451 4.7.1 Later'],
      ['says 421 after the dot', 'body', '421 4.3.2 Closing'],
    ])('%s leaves the mail "deferred": provably not taken', async (_, point, move) => {
      await start(always(point, move));
      expect((await sendTo(transport)).state).toBe('deferred');
      expect(peer.accepted).toHaveLength(0);
    });

    it.each<[string, Point, Move, false | undefined]>([
      ['greets with 421', 'greeting', '421 4.7.0 Busy', false],
      ['refuses EHLO', 'EHLO', '421 4.7.0 Too many connections', false],
      ['says 421 at MAIL', 'MAIL', '421 4.7.0 Closing', undefined],
      ['says 421 after the dot', 'body', '421 4.3.2 Closing', undefined],
    ])('%s: the outcome says whether the mail was offered', async (_, point, move, offered) => {
      await start(always(point, move));
      const outcome = await sendTo(transport);
      expect(outcome).toMatchObject({ state: 'deferred', code: 421 });
      expect((outcome as { offered?: false }).offered).toBe(offered);
    });

    it('refuses EHLO and HELO leaves the mail "deferred"', async () => {
      await start(() => ({ EHLO: '550 5.7.1 Bad name', HELO: '550 5.7.1 Bad name' }));
      expect(await sendTo(transport)).toMatchObject({ state: 'deferred', code: 550, enhanced: '5.7.1' });
    });

    it.each<[string, Point, Move]>([
      ['refuses the recipient', 'RCPT', '550 5.1.1 No such user'],
      ['refuses the recipient in several lines', 'RCPT', '550-5.1.1 No\r\n550-5.1.1 such\r\n550 5.1.1 user'],
      ['refuses the recipient byte by byte', 'RCPT', { bytes: '550 5.1.1 No such user' }],
      ['refuses at DATA', 'DATA', '554 5.7.1 Blocked'],
      ['refuses after the dot', 'body', '554 5.6.0 Spam'],
      ['finds the mail too big', 'MAIL', '552 5.3.4 Too big'],
    ])('%s gets the mail "rejected"', async (_, point, move) => {
      await start(always(point, move));
      expect((await sendTo(transport)).state).toBe('rejected');
      expect(peer.accepted).toHaveLength(0);
    });

    it.each<[string, Move]>([
      ['closes after the dot', { close: true }],
      ['never answers the dot', { silence: true }],
      ['answers the dot too late', { reply: '250 2.0.0 Ok', after: 900 }],
      ['answers the dot with garbage', '\x01\x02 fine'],
      ['answers the dot with 354', '354 Go ahead'],
    ])('%s leaves the mail "unknown", and it is not offered again', async (_, move) => {
      await start(always('body', move));
      expect((await sendTo(transport)).state).toBe('unknown');
      expect(peer.mails).toHaveLength(1);
    });

    it('closes while a large mail is on its way leaves it "deferred"', async () => {
      await start(always('inBody', { close: true }));
      expect((await sendTo(transport, { html: large })).state).toBe('deferred');
      expect(peer.mails).toHaveLength(0);
    });

    it('stops reading in the middle of a large mail leaves it "deferred", in bounded time', async () => {
      await start(always('inBody', { stopReading: true }));
      expect((await sendTo(transport, { html: large })).state).toBe('deferred');
      expect(peer.mails).toHaveLength(0);
    });

    it('says 250 before the mail has ended is not believed', async () => {
      await start(always('inBody', '250 2.0.0 Ok'));
      expect((await sendTo(transport, { html: large })).state).toBe('deferred');
      expect(peer.mails).toHaveLength(0);
    });

    it.each<[string, Partial<Record<Point, Move>>]>([
      [
        'answers in several lines',
        { MAIL: '250-one\r\n250 two', body: '250-2.0.0 Ok\r\n250 2.0.0 queued as Q1' },
      ],
      [
        'answers byte by byte',
        { EHLO: { bytes: '250-peer\r\n250 PIPELINING' }, body: { bytes: '250 2.0.0 Ok' } },
      ],
      ['answers slowly', { MAIL: { reply: '250 Ok', after: 100 }, body: { reply: '250 Ok', after: 200 } }],
      ['knows no extension', { EHLO: '502 5.5.2 What?', MAIL: '250 Ok' }],
      ['does not pipeline', { EHLO: '250 peer' }],
    ])('%s takes the mail', async (_, moves) => {
      await start(() => moves);
      expect((await sendTo(transport)).state).toBe('accepted');
      expect(peer.accepted).toHaveLength(1);
    });

    it('closes an idle connection gets the next mail on a new one', async () => {
      await start(() => ({}));
      expect((await sendTo(transport)).state).toBe('accepted');
      peer.dropAll();
      expect((await sendTo(transport)).state).toBe('accepted');
      expect(peer.connections).toBe(2);
    });

    it('says 421 on a kept connection gets the mail on a new one, and once', async () => {
      await start(() => ({}));
      await sendTo(transport);
      peer.behave(connection => (connection === 0 ? { MAIL: '421 4.7.0 Enough for today' } : {}));
      expect((await sendTo(transport)).state).toBe('accepted');
      expect(peer.accepted).toHaveLength(2);
      expect(peer.connections).toBe(2);
    });

    it('closes a kept connection after the dot does not get the mail again', async () => {
      await start(() => ({}));
      await sendTo(transport);
      peer.behave(always('body', { close: true }));
      expect((await sendTo(transport)).state).toBe('unknown');
      expect(peer.mails).toHaveLength(2);
    });

    it('is used over few connections, each for many mails', async () => {
      await start(() => ({}));
      const sends = Array.from({ length: 50 }, () => sendTo(transport));
      const states = (await Promise.all(sends)).map(outcome => outcome.state);
      expect(new Set(states)).toEqual(new Set(['accepted']));
      expect(peer.mostOpen).toBeLessThanOrEqual(transport.capacity);
    });

    it('allows fewer connections than we would like gets all mail over those', async () => {
      await start(connection => (connection > 0 ? { greeting: '421 4.7.0 Too many connections' } : {}));
      const sends = Array.from({ length: 20 }, () => sendTo(transport));
      const states = (await Promise.all(sends)).map(outcome => outcome.state);
      expect(new Set(states)).toEqual(new Set(['accepted']));
    });

    it('is down costs each mail bounded time and leaves it "deferred"', async () => {
      await start(() => ({}));
      await peer.close();
      const started = performance.now();
      const states = (await Promise.all(Array.from({ length: 10 }, () => sendTo(transport)))).map(
        it => it.state,
      );
      expect(new Set(states)).toEqual(new Set(['deferred']));
      expect(performance.now() - started).toBeLessThan(5000);
    });

    it('comes back is used again without being told', async () => {
      await start(always('greeting', '421 4.3.2 Restarting'));
      expect((await sendTo(transport)).state).toBe('deferred');
      peer.behave(() => ({}));
      // The next mail waits for the pause to end; no mail is spent on finding out.
      expect((await sendTo(transport)).state).toBe('accepted');
    });

    it('is down does not matter while another relay is up', async () => {
      await start(always('greeting', { close: true }));
      const other = await ScriptedSmtpPeer.start();
      const both = make(peer.url, other.url);
      const sends = Array.from({ length: 10 }, () => sendTo(both));
      const states = (await Promise.all(sends)).map(outcome => outcome.state);
      expect(new Set(states)).toEqual(new Set(['accepted']));
      expect(other.accepted).toHaveLength(10);
      await both.close();
      await other.close();
    });

    it('shares the work with another relay', async () => {
      await start(always('body', { reply: '250 Ok', after: 50 }));
      const other = await ScriptedSmtpPeer.start(always('body', { reply: '250 Ok', after: 50 }));
      const both = make(peer.url, other.url);
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => sendTo(both)));
      expect(new Set(outcomes.map(outcome => outcome.relay)).size).toBe(2);
      expect(peer.accepted).toHaveLength(4);
      await both.close();
      await other.close();
    });

    it('does not offer SMTPUTF8 gets no mail that needs it', async () => {
      await start(() => ({}));
      const outcome = await sendTo(transport, { to: { name: null, address: 'منى@example.org' } });
      expect(outcome).toMatchObject({ state: 'rejected', enhanced: '5.6.7' });
      expect(outcome.reply).toContain('SMTPUTF8');
      expect(peer.mails).toHaveLength(0);
    });

    it('writes down the recipient in its reply is not quoted on that', async () => {
      await start(always('RCPT', '550 5.1.1 <Mona@example.org>: no such user'));
      expect((await sendTo(transport)).reply).toBe('550 5.1.1 <recipient>: no such user');
    });
  });
}
