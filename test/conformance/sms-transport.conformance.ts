import { type Outcome, type SmsTransport } from '#transports';
import { forgedGrant, grantFor } from '../factories/grant.js';
import { sms } from '../factories/sms.js';

/** Somewhere SMS can be sent to, of which the test can see what arrived. */
export interface SmsDestination {
  /** A transport that sends there, with a handful of connections. */
  transport: SmsTransport;
  /** What arrived, in any order. */
  arrived(): { from: string; to: string; text: string }[];
  /** A number that is always refused for good. */
  refused: string;
  /** A number from which nothing can be sent for now. */
  busySender: string;
  close(): Promise<void>;
}

/** A send whose grant is right, which is not what most tests are about. */
export function smsTo(
  transport: SmsTransport,
  more: Parameters<typeof sms>[0] = {},
  options?: Parameters<SmsTransport['send']>[2],
): Promise<Outcome> {
  const message = sms(more);
  return transport.send(message, grantFor(message.to, 'sms'), options);
}

/** What every SMS transport promises, whatever it speaks. The sandbox passes it like the real API. */
export function smsTransportConformance(name: string, open: () => Promise<SmsDestination>): void {
  describe(`the SMS transport over ${name}`, () => {
    let there: SmsDestination;
    beforeEach(async () => {
      there = await open();
    });
    afterEach(() => there.close());

    it('delivers the text as it was written, once', async () => {
      const outcome = await smsTo(there.transport);
      expect(outcome).toMatchObject({ state: 'accepted', providerMessageId: expect.stringMatching(/^SM/) });
      expect(there.arrived()).toEqual([
        {
          from: '+15005550006',
          to: '+966501234567',
          text: 'نايل بوكس: طلبك 42 جاهز & ready + 100% ☕ https://ithn.test/s/a',
        },
      ]);
    });

    it('sends from a name and from a pool of numbers', async () => {
      const serviceSid = `MG${'a'.repeat(32)}`;
      await smsTo(there.transport, { from: { kind: 'name', name: 'AD-Nile' } });
      await smsTo(there.transport, { from: { kind: 'service', serviceSid } });
      expect(there.arrived().map(({ from }) => from)).toEqual(['AD-Nile', serviceSid]);
    });

    it('names who took the message, and never its credentials', async () => {
      const outcome = await smsTo(there.transport);
      expect(outcome.relay).toMatch(/^[\w.:[\]-]+$/);
      expect(JSON.stringify(outcome)).not.toContain('token-of-the-tests');
    });

    it('refuses a grant for another number or channel, and a forged one, before anything is sent', async () => {
      const { transport } = there;
      await expect(transport.send(sms(), grantFor('+966500000000', 'sms'))).rejects.toThrow(/grant/);
      await expect(transport.send(sms(), grantFor('+966501234567', 'email'))).rejects.toThrow(/grant/);
      await expect(transport.send(sms(), forgedGrant('+966501234567'))).rejects.toThrow(/grant/);
      expect(there.arrived()).toEqual([]);
    });

    it.each<Parameters<typeof sms>[0]>([
      { from: { kind: 'service', serviceSid: 'MG12' } },
      { from: { kind: 'number', number: '+1 500&To=+1' } },
      { from: { kind: 'name', name: 'Nile Books Cairo' } },
      { from: { kind: 'name', name: '12345' } },
    ])('refuses a sender that is none, before anything is sent: %j', async more => {
      await expect(smsTo(there.transport, more)).rejects.toThrow(/sender|Messaging Service/);
      expect(there.arrived()).toEqual([]);
    });

    it('says "rejected" for a number refused for good, and keeps the number out of the reply', async () => {
      const outcome = await smsTo(there.transport, { to: there.refused });
      expect(outcome).toMatchObject({ state: 'rejected', code: 21211 });
      expect(outcome.reply).not.toContain(there.refused.slice(1));
    });

    it.each([
      ['what is no number', { to: '05012345' }, 21211],
      ['a number with more behind it', { to: '+966501234567&Body=x' }, 21211],
      ['a text of 1,601 characters', { text: 'x'.repeat(1601) }, 21617],
      ['no text', { text: ' \n' }, 21602],
    ])('says "rejected" for %s, and asks nobody', async (_, more, code) => {
      expect(await smsTo(there.transport, more)).toMatchObject({ state: 'rejected', code, offered: false });
      expect(there.arrived()).toEqual([]);
    });

    it('says "deferred" when it is told to wait, waits, and sends again', async () => {
      const from = { kind: 'number', number: there.busySender } as const;
      const outcome = await smsTo(there.transport, { from });
      expect(outcome).toMatchObject({ state: 'deferred', code: 21611 });
      expect(there.arrived()).toEqual([]);
      expect((await smsTo(there.transport)).state).toBe('accepted');
    });

    it('goes on with good messages after refused ones', async () => {
      const outcomes: string[] = [];
      for (const to of [there.refused, '+966501234567', there.refused, there.refused, '+966501234568']) {
        outcomes.push((await smsTo(there.transport, { to })).state);
      }
      expect(outcomes).toEqual(['rejected', 'accepted', 'rejected', 'rejected', 'accepted']);
    });

    it('takes more messages at once than it has connections, loses none and doubles none', async () => {
      const texts = Array.from({ length: there.transport.capacity * 20 }, (_, n) => `message ${n}`);
      const outcomes = await Promise.all(texts.map(text => smsTo(there.transport, { text })));
      expect(outcomes.every(outcome => outcome.state === 'accepted')).toBe(true);
      expect(
        there
          .arrived()
          .map(({ text }) => text)
          .sort(),
      ).toEqual([...texts].sort());
    });

    it('does not send what may no longer begin, and says so', async () => {
      const permit = { mayBegin: () => false, onWithdrawn: () => () => undefined };
      const outcome = await smsTo(there.transport, {}, { permit });
      expect(outcome).toMatchObject({ state: 'deferred', withdrawn: true, offered: false });
      expect(there.arrived()).toEqual([]);
      expect((await smsTo(there.transport)).state).toBe('accepted');
    });

    it('lets the messages under way finish when it is closed, and then sends no more', async () => {
      await smsTo(there.transport);
      let begun = 0;
      const permit = { mayBegin: () => (begun++, true), onWithdrawn: () => () => undefined };
      const underWay = Array.from({ length: there.transport.capacity }, () =>
        smsTo(there.transport, {}, { permit }),
      );
      while (begun < underWay.length) await new Promise(resolve => setImmediate(resolve));
      await there.transport.close();
      const states = (await Promise.all(underWay)).map(outcome => outcome.state);
      expect(states).toEqual(underWay.map(() => 'accepted'));
      expect(there.arrived()).toHaveLength(1 + underWay.length);
      expect(await smsTo(there.transport)).toMatchObject({ state: 'deferred', offered: false });
    });
  });
}
