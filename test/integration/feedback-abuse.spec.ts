import { type InboundListener } from '#feedback';
import {
  bounce,
  bring,
  complaintReport,
  reply,
  sendCampaign,
  type Sent,
  startListener,
  suppressionsOf,
  untilActedUpon,
} from '../factories/inbound.js';
import {
  addShop,
  contactId,
  dispatchOf,
  type Shop,
  testSystem,
  type TestSystem,
  until,
} from '../factories/system.js';

const DAY_MS = 24 * 3_600_000;
const full = { status: '5.2.2', diagnostic: 'smtp; 552 5.2.2 The email account is over quota' };

describe('what comes back too often, too late or from the wrong place', () => {
  let system: TestSystem;
  let shop: Shop;
  let listener: InboundListener;

  beforeAll(async () => {
    system = await testSystem('postgres', { env: { FEEDBACK_DOMAIN: 'back.shop.example' } });
    shop = await addShop(system);
    listener = await startListener(system);
  });
  afterAll(async () => {
    await listener.close();
    await system.close();
  });

  const one = async (): Promise<{ campaign: string; mail: Sent }> => {
    const { campaign, mails } = await sendCampaign(system, shop, 1);
    return { campaign, mail: mails[0]! };
  };
  /** Brings a mail and waits until it was acted upon; each is another one, and not the same again. */
  const tell = async (to: string, raw: string, from = ''): Promise<void> => {
    const another = `X-Trace: ${Math.random().toString(36).slice(2)}\r\n${raw}`;
    expect(await bring(listener, { from, to, raw: another })).toMatch(/^250/);
    await untilActedUpon(system);
  };
  const tallied = async (campaign: string, kind: 'bounced' | 'complained'): Promise<number> => {
    const [row] = await system.database.db.query<{ n: number }>(
      `SELECT COALESCE(sum(${kind}), 0)::integer AS n FROM dispatch_tally WHERE dispatch_id = $1`,
      [await dispatchOf(system, campaign)],
    );
    return row?.n ?? -1;
  };
  const withdrawals = async (person: number): Promise<string[]> => {
    const rows = await system.database.db.query<{ method: string }>(
      `SELECT method FROM consent_event WHERE contact_id = $1 AND action = 'withdrawn'`,
      [person],
    );
    return [...new Set(rows.map(({ method }) => method))];
  };
  const held = async (): Promise<any[]> =>
    (await system.request('GET', '/v1/feedback?state=held')).body.items;

  it('counts a message once, however many reports of its bounce and complaint come', async () => {
    const { campaign, mail } = await one();
    for (let time = 0; time < 3; time++) {
      await tell(mail.bounceTo, bounce(mail.email));
      await tell('abuse@back.shop.example', complaintReport('abuse', `Message-ID: ${mail.messageId}`));
    }
    expect([await tallied(campaign, 'bounced'), await tallied(campaign, 'complained')]).toEqual([1, 1]);
  });

  it('counts only soft bounces that are proven and were not refuted, of different messages', async () => {
    const { mails } = await sendCampaign(system, shop, 2);
    const [patient, forged] = mails as [Sent, Sent];
    // Somebody who has the address may write reports; they are held, and count for nothing.
    for (let day = 0; day < 4; day++) {
      await tell(forged.bounceTo, bounce(forged.email, full), 'somebody@elsewhere.example');
      for (let time = 0; time < 2; time++) await tell(patient.bounceTo, bounce(patient.email, full));
      system.clock.advance(3 * DAY_MS);
    }
    await tell(forged.bounceTo, bounce(forged.email, full));
    await tell(patient.bounceTo, bounce(patient.email, full));
    expect([await suppressionsOf(system, forged.email), await suppressionsOf(system, patient.email)]).toEqual(
      [[], []],
    );
  });

  it('suppresses an address whose messages bounce softly, one after the other, for ten days; not one that took mail between', async () => {
    const { mails } = await sendCampaign(system, shop, 2);
    const [worn, well] = mails as [Sent, Sent];
    const seen = mails.map(({ bounceTo }) => bounceTo);
    for (let time = 0; time < 5; time++) {
      if (time > 0) seen.push(...(await sendAgain([worn.email, well.email], seen)));
      const [toWorn, toWell] = seen.slice(-2) as [string, string];
      await tell(toWorn, bounce(worn.email, full));
      // The other one's third is taken, and nothing comes back.
      if (time !== 2) await tell(toWell, bounce(well.email, full));
      system.clock.advance(6 * DAY_MS);
    }
    expect(await suppressionsOf(system, worn.email)).toEqual(['hard_bounce']);
    expect(await suppressionsOf(system, well.email)).toEqual([]);
  });

  /** The next campaign, to everybody; where the mails that these got of it ask for bounces. */
  const sendAgain = async (emails: readonly string[], before: readonly string[]): Promise<string[]> => {
    await sendCampaign(system, shop, 0);
    const mails = emails.map(email =>
      system.inbox.waitFor(mail => mail.envelopeTo[0] === email && !before.includes(mail.envelopeFrom)),
    );
    return (await Promise.all(mails)).map(mail => mail.envelopeFrom);
  };

  it('ends a topic for a mail to its unsubscribe address that a program wrote and says so', async () => {
    const { mail } = await one();
    const raw = [
      ...[
        'From: Mail program <reader@provider.example>',
        `To: ${mail.unsubscribeTo}`,
        'Subject: unsubscribe',
      ],
      ...['Auto-Submitted: auto-generated', 'Precedence: bulk', 'List-Id: <lists.provider.example>', '', ''],
    ].join('\r\n');
    await tell(mail.unsubscribeTo, raw, 'reader@provider.example');
    expect(await withdrawals(mail.person)).toEqual(['unsubscribe_mail']);
  });

  it('withdraws for a reply that may ask for it once a person says that it does', async () => {
    const { mail } = await one();
    const text = 'Please do not unsubscribe me, but what is it for? How would I unsubscribe?';
    const raw = reply({ from: mail.email, to: mail.replyTo, text, about: mail.messageId });
    await tell(mail.replyTo, raw, mail.email);
    const [item] = (await held()).filter(one => one.contactId === contactId(mail.person));
    expect(item).toMatchObject({ kind: 'replied', heldFor: 'AMBIGUOUS' });
    expect(await withdrawals(mail.person)).toEqual([]);
    const decided = await system.request('POST', `/v1/feedback/${item.id}/apply`, {
      why: 'They mean it.',
    });
    expect([decided.status, decided.body.kind, decided.body.state]).toEqual([200, 'opted_out', 'applied']);
    expect(await withdrawals(mail.person)).toEqual(['reply']);
  });

  it('holds a report at an address that is not for reports, unless it returns the mail', async () => {
    const { mail } = await one();
    await tell(mail.replyTo, bounce(mail.email));
    expect(await suppressionsOf(system, mail.email)).toEqual([]);
    await tell(
      mail.replyTo,
      bounce(mail.email).replace(/\n(?=\n|\r\n)/, `\nReferences: ${mail.messageId}\n`),
    );
    const items = (await held()).filter(item => item.contactId === contactId(mail.person));
    expect(items.map(item => item.heldFor)).toEqual(['NOT_FROM_A_SERVER']);
  });

  it('goes on behind what cannot be acted upon, tries that again, and then holds it', async () => {
    const { mails } = await sendCampaign(system, shop, 2);
    const [poisoned, next] = mails as [Sent, Sent];
    const { db } = system.database;
    await db.query(`
      CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$;
      CREATE TRIGGER poison BEFORE UPDATE OF delivery ON message FOR EACH ROW
        WHEN (NEW.contact_id = ${poisoned.person}) EXECUTE FUNCTION poison()`);
    expect(await bring(listener, { to: poisoned.bounceTo, raw: bounce(poisoned.email) })).toMatch(/^250/);
    expect(await bring(listener, { to: next.bounceTo, raw: bounce(next.email) })).toMatch(/^250/);
    const state = async (person: number): Promise<string> => {
      const [row] = await db.query<{ state: string; held: string | null }>(
        'SELECT state, held_for AS held FROM feedback WHERE contact_id = $1',
        [person],
      );
      return `${row?.state} ${row?.held}`;
    };
    await until(
      () => state(next.person),
      now => now === 'applied null',
    );
    expect(await state(poisoned.person)).toBe('waiting null');
    await until(
      () => {
        system.clock.advance(60_000);
        return state(poisoned.person);
      },
      now => now === 'held FAILED',
    );
    await db.query('DROP TRIGGER poison ON message; DROP FUNCTION poison');
  });

  it('keeps nothing that somebody wrote who was erased', async () => {
    const { mail } = await one();
    const erased = await system.request('POST', `/v1/contacts/${contactId(mail.person)}/erasure`);
    expect(erased.status).toBeLessThan(300);
    const raw = reply({ from: mail.email, to: mail.replyTo, text: 'My size is L.', about: mail.messageId });
    await tell(mail.replyTo, raw, mail.email);
    const [row] = await system.database.db.query<Record<string, unknown>>(
      'SELECT detail, from_address, subject, forward_due_at FROM feedback WHERE contact_id = $1',
      [mail.person],
    );
    expect(row).toEqual({ detail: null, from_address: null, subject: null, forward_due_at: null });
  });

  it('passes on no more than twenty answers to one message, and keeps them all', async () => {
    const { mail } = await one();
    for (let n = 0; n < 22; n++) {
      const raw = reply({
        from: mail.email,
        to: mail.replyTo,
        text: `My size is ${n}.`,
        about: mail.messageId,
      });
      expect(await bring(listener, { from: mail.email, to: mail.replyTo, raw })).toMatch(/^250/);
      await untilActedUpon(system);
    }
    const [row] = await system.database.db.query<{ kept: number; passed: number }>(
      `SELECT count(*) AS kept, count(*) FILTER (WHERE forward_due_at IS NOT NULL OR forwarded_at IS NOT NULL) AS passed
         FROM feedback WHERE contact_id = $1`,
      [mail.person],
    );
    expect(row).toEqual({ kept: 22, passed: 20 });
  });

  it('takes only so much at a time, and asks for the rest to come again', async () => {
    const small = await startListener(system, { memory: 100_000 });
    try {
      const large = `Subject: large\r\n\r\n${'x'.repeat(900).concat('\r\n').repeat(150)}`;
      const answer = await bring(small, { to: 'abuse@back.shop.example', raw: large });
      expect(answer).toMatch(/^451/);
      expect(await bring(small, { to: 'abuse@back.shop.example', raw: 'Subject: small\r\n\r\nx' })).toMatch(
        /^250/,
      );
    } finally {
      await small.close();
    }
  });
});
