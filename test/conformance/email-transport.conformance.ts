import PostalMime from 'postal-mime';
import { type EmailTransport, type Outcome } from '#transports';
import { email } from '../factories/email.js';
import { forgedGrant, grantFor } from '../factories/grant.js';

/** Somewhere mail can be sent to, of which the test can see what arrived. */
export interface Destination {
  /** A transport that sends there, with a handful of connections. */
  transport: EmailTransport;
  /** What arrived, as raw mails, in any order. */
  arrived(): Promise<Buffer[]>;
  /** An address that is always refused for good (5xx). */
  refused: string;
  /** An address that is refused for now (4xx). */
  deferred: string;
  close(): Promise<void>;
}

/** A send whose grant is right, which is not what most tests are about. */
export function sendTo(transport: EmailTransport, more: Parameters<typeof email>[0] = {}): Promise<Outcome> {
  const mail = email(more);
  return transport.send(mail, grantFor(mail.to.address));
}

/** What every email transport promises, whatever it speaks. The sandbox passes it like a real relay. */
export function emailTransportConformance(name: string, open: () => Promise<Destination>): void {
  describe(`the email transport over ${name}`, () => {
    let there: Destination;
    beforeEach(async () => {
      there = await open();
    });
    afterEach(() => there.close());

    it('delivers the mail as it was written, once', async () => {
      const mail = email({ subject: 'طلبك جاهز للاستلام', text: '.\n..dots\n.', html: '<p>\n.\n</p>' });
      const outcome = await there.transport.send(mail, grantFor(mail.to.address));
      expect(outcome.state).toBe('accepted');
      const arrived = await there.arrived();
      expect(arrived).toHaveLength(1);
      const parsed = await PostalMime.parse(arrived[0] as Buffer);
      expect(parsed).toMatchObject({
        subject: 'طلبك جاهز للاستلام',
        messageId: mail.messageId,
        from: { name: 'Nile Books', address: 'news@nile.example' },
        to: [{ name: 'منى السيد', address: 'mona@example.org' }],
      });
      expect(parsed.text?.replace(/\r\n/g, '\n').trim()).toBe('.\n..dots\n.');
      expect(parsed.html?.replace(/\r\n/g, '\n').trim()).toBe('<p>\n.\n</p>');
    });

    it('delivers a mail that belongs to no list, with no header of one', async () => {
      const outcome = await sendTo(there.transport, {
        ...{ listUnsubscribe: null, listId: null, autoSubmitted: true },
      });
      expect(outcome.state).toBe('accepted');
      const { headers } = await PostalMime.parse((await there.arrived())[0] as Buffer);
      const keys = headers.map(({ key }) => key);
      expect(keys.filter(key => key.startsWith('list-'))).toEqual([]);
      expect(headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated');
    });

    it('names the relay that took the mail, and never its credentials', async () => {
      const outcome = await sendTo(there.transport);
      expect(outcome.relay).toMatch(/^[\w.:[\]-]+$/);
      expect(outcome.reply).toMatch(/^250/);
    });

    it('refuses a grant for another address, before anything is sent', async () => {
      await expect(there.transport.send(email(), grantFor('someone@example.org'))).rejects.toThrow(/grant/);
      expect(await there.arrived()).toHaveLength(0);
    });

    it('refuses a grant for another channel', async () => {
      await expect(there.transport.send(email(), forgedGrant('mona@example.org'))).rejects.toThrow(/grant/);
      await expect(there.transport.send(email(), grantFor('mona@example.org', 'sms'))).rejects.toThrow(
        /grant/,
      );
    });

    it('refuses a broken field of ours, before anything is sent', async () => {
      await expect(sendTo(there.transport, { messageId: '<a@b>\r\nBcc: x@example.org' })).rejects.toThrow(
        /message id/,
      );
      expect(await there.arrived()).toHaveLength(0);
    });

    it('says "rejected" for a recipient refused for good, and keeps the address out of the reply', async () => {
      const outcome = await sendTo(there.transport, { to: { name: null, address: there.refused } });
      expect(outcome).toMatchObject({ state: 'rejected', code: 550, enhanced: '5.1.1' });
      expect(outcome.reply).not.toContain(there.refused);
    });

    it('says "deferred" for a recipient refused for now', async () => {
      const outcome = await sendTo(there.transport, { to: { name: null, address: there.deferred } });
      expect(outcome).toMatchObject({ state: 'deferred', code: 451, enhanced: '4.7.1' });
      expect(await there.arrived()).toHaveLength(0);
    });

    it('says "rejected" for what is no address, and nothing is injected', async () => {
      const outcome = await sendTo(there.transport, {
        to: { name: null, address: 'a@example.org>\r\nRCPT TO:<victim@example.org' },
      });
      expect(outcome).toMatchObject({ state: 'rejected', enhanced: '5.1.3' });
      expect(await there.arrived()).toHaveLength(0);
    });

    it('goes on with good mail after refused mail', async () => {
      const outcomes: string[] = [];
      for (const address of [
        there.refused,
        'a@example.org',
        there.deferred,
        there.refused,
        'b@example.org',
      ]) {
        outcomes.push((await sendTo(there.transport, { to: { name: null, address } })).state);
      }
      expect(outcomes).toEqual(['rejected', 'accepted', 'deferred', 'rejected', 'accepted']);
    });

    it('takes more mails at once than it has connections, loses none and doubles none', async () => {
      const ids = Array.from({ length: there.transport.capacity * 20 }, (_, i) => `<mail-${i}@nile.example>`);
      const outcomes = await Promise.all(ids.map(messageId => sendTo(there.transport, { messageId })));
      expect(outcomes.every(outcome => outcome.state === 'accepted')).toBe(true);
      const arrived = await Promise.all((await there.arrived()).map(raw => PostalMime.parse(raw)));
      expect(arrived.map(mail => mail.messageId).sort()).toEqual([...ids].sort());
    });

    it('takes a mail of several megabytes', async () => {
      const html = `<p>${'كتاب جديد '.repeat(300_000)}</p>`;
      expect((await sendTo(there.transport, { html })).state).toBe('accepted');
      const parsed = await PostalMime.parse((await there.arrived())[0] as Buffer);
      expect(parsed.html?.trim()).toBe(html);
    });

    it('lets the mails under way finish when it is closed, and then sends no more', async () => {
      // A mail is under way once it has a connection; one that still waits for it is given back by `close`.
      const some = (): { begun: Promise<unknown>; outcomes: Promise<Outcome>[] } => {
        const outcomes: Promise<Outcome>[] = [];
        const begun = Array.from({ length: there.transport.capacity }, () => {
          return new Promise<void>(resolve => {
            const permit = { mayBegin: () => (resolve(), true), onWithdrawn: () => () => undefined };
            const mail = email();
            outcomes.push(there.transport.send(mail, grantFor(mail.to.address), { permit }));
          });
        });
        return { begun: Promise.all(begun), outcomes };
      };
      await Promise.all(some().outcomes);
      const { begun, outcomes: underWay } = some();
      await begun;
      await there.transport.close();
      const states = (await Promise.all(underWay)).map(outcome => outcome.state);
      expect(states).toEqual(underWay.map(() => 'accepted'));
      expect(await there.arrived()).toHaveLength(2 * underWay.length);
      expect((await sendTo(there.transport)).state).toBe('deferred');
    });
  });
}
