import fc from 'fast-check';
import { type EmailTransport, type Outcome } from '#transports';
import { sendTo } from './email-transport.conformance.js';
import { type Move, ScriptedSmtpPeer, type Script } from './scripted-smtp-peer.js';

const taken: Move = { reply: '250 2.0.0 Ok', after: 20 };
/** An envelope's answer that comes from afar. */
const far: ReturnType<Script> = { MAIL: { reply: '250 2.1.0 Ok', after: 10 } };

/** What a transport promises of mails that follow one another on a connection, answered or not (RFC 2920 section 3.1). */
export function followOnConformance(name: string, make: (...urls: string[]) => EmailTransport): void {
  describe(`${name}, over one connection to a peer that`, () => {
    let peer: ScriptedSmtpPeer;
    let transport: EmailTransport;
    /** @param first what becomes of the first mail's dot; all others are taken. */
    const start = async (first: Move, more: ReturnType<Script> = {}): Promise<void> => {
      peer = await ScriptedSmtpPeer.start(() => ({
        ...far,
        ...more,
        body: peer.mails.length === 1 ? first : taken,
      }));
      transport = make(`${peer.url}?connections=1`);
    };
    const sendSome = (count: number): Promise<Outcome[]> =>
      Promise.all(Array.from({ length: count }, () => sendTo(transport)));
    afterEach(async () => {
      await transport.close();
      await peer.close();
    });

    it('is far away gets the next envelope before it has answered, and each mail once', async () => {
      await start(taken);
      const outcomes = await sendSome(10);
      expect(outcomes.map(({ state }) => state)).toEqual(Array(10).fill('accepted'));
      expect([peer.mails.length, peer.connections, peer.ahead]).toEqual([10, 1, 9]);
    });

    it('is near gets the next envelope once it has answered: no answer waits for another', async () => {
      await start('250 2.0.0 Ok', { MAIL: '250 2.1.0 Ok' });
      // One of these shows how near it is, however busy this process.
      for (let mail = 0; mail < 10; mail++) await sendTo(transport);
      const outcomes = await sendSome(10);
      expect(outcomes.map(({ state }) => state)).toEqual(Array(10).fill('accepted'));
      expect([peer.mails.length, peer.connections, peer.ahead]).toEqual([20, 1, 0]);
    });

    it('does not offer pipelining gets one mail after the other', async () => {
      await start(taken, { EHLO: '250 peer' });
      expect((await sendSome(4)).map(({ state }) => state)).toEqual(Array(4).fill('accepted'));
      expect(peer.ahead).toBe(0);
    });

    it.each<[string, Move, string, number]>([
      ['refuses the first mail', '554 5.6.0 Spam', 'rejected', 1],
      ['puts the first mail off', '451 4.7.1 Later', 'deferred', 1],
      ['says goodbye after the first mail', '421 4.3.2 Closing', 'deferred', 2],
      ['closes after the first mail', { close: true }, 'unknown', 2],
      ['never answers the first mail', { silence: true }, 'unknown', 2],
      ['answers the first mail with garbage', '\x01 fine', 'unknown', 2],
    ])('%s: the second is taken all the same, once', async (_, move, first, connections) => {
      await start(move);
      const outcomes = await sendSome(2);
      expect(outcomes.map(({ state }) => state)).toEqual([first, 'accepted']);
      expect([peer.mails.length, peer.connections]).toEqual([2, connections]);
    });

    it('answers twice where it was asked once is left, and the next mail goes on to another connection', async () => {
      await start('250 2.0.0 Ok\r\n250 2.0.0 Ok');
      expect((await sendSome(2)).map(({ state }) => state)).toEqual(['accepted', 'accepted']);
      expect([peer.accepted.length, new Set(peer.accepted).size, peer.connections]).toEqual([2, 2, 2]);
    });
  });

  it(`${name} says of every mail what became of it, whatever the peer does at each of them`, async () => {
    const move = fc.oneof(
      { weight: 4, arbitrary: fc.constant<Move>(taken) },
      fc.constantFrom<Move>('250 2.0.0 Ok', '554 5.6.0 Spam', '451 4.7.1 Later', '421 4.3.2 Closing', '?!'),
      fc.constantFrom<Move>({ close: true }, { silence: true }),
    );
    const envelope = fc.constantFrom<ReturnType<Script>>(
      ...[
        far,
        far,
        far,
        { RCPT: '550 5.1.1 No such user' },
        { MAIL: '421 4.7.0 Busy' },
        { DATA: '451 4.3.0 Later' },
      ],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(move, envelope), { minLength: 1, maxLength: 6 }), async moves => {
        const peer = await ScriptedSmtpPeer.start(() => {
          const [body, rest] = moves[peer.mails.length % moves.length] as (typeof moves)[number];
          return { ...rest, body };
        });
        const transport = make(`${peer.url}?connections=2`);
        const ids = Array.from({ length: 12 }, (_, i) => `<mail-${i}@nile.example>`);
        const outcomes = await Promise.all(ids.map(messageId => sendTo(transport, { messageId })));
        await transport.close();
        const times = (mails: string[], id: string): number => mails.filter(mail => mail.includes(id)).length;
        const seen = ids.map((id, at) => ({ state: outcomes[at]?.state, offered: times(peer.mails, id) }));
        await peer.close();
        for (const { state, offered } of seen) {
          expect(offered).toBeLessThanOrEqual(1);
          if (state === 'accepted' || state === 'unknown') expect(offered).toBe(1);
        }
        ids.forEach((id, at) => {
          if (outcomes[at]?.state === 'accepted') expect(times(peer.accepted, id)).toBe(1);
          if (outcomes[at]?.state === 'rejected') expect(times(peer.accepted, id)).toBe(0);
          if (outcomes[at]?.state === 'deferred') expect(times(peer.accepted, id)).toBe(0);
        });
      }),
      { numRuns: 25 },
    );
  });
}
