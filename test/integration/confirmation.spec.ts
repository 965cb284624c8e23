import fc from 'fast-check';
import { AddressHasher } from '#common';
import {
  CONFIRMATION_MAILS,
  CONFIRMATION_MS,
  ConfirmationMailsService,
  ConfirmationsService,
  ConsentsService,
  Gate,
  LedgerIntegrityService,
  REMINDER_MS,
  type Sender,
  SuppressionsService,
  type Topic,
} from '#consent';
import { ContactsService } from '#contacts';
import {
  type Form,
  FormsService,
  PurgeUnconfirmedHandler,
  SendConfirmationsHandler,
  SIGN_UPS_PER_ADDRESS,
  SignUpsService,
  UNCONFIRMED_MS,
} from '#sign-ups';
import { addConsent, addContact } from '../factories/contact.js';
import { hostileBodies, hostileValues } from '../factories/hostile.js';
import { addSender, addTopic } from '../factories/sender.js';
import {
  addForm,
  contactBy,
  linkIn,
  mailsTo,
  press,
  statusOf,
  tokensOf,
  Visitor,
} from '../factories/sign-up.js';
import { snapshot } from '../factories/snapshot.js';
import { testSystem, type TestSystem, until } from '../factories/system.js';

const env = { TRUSTED_PROXIES: '127.0.0.1' };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
let count = 0;
const newEmail = (): string => `reader-${++count}@example.com`;

describe('double opt-in', () => {
  let system: TestSystem;
  let sender: Sender;
  let offers: Topic;
  let news: Topic;
  let form: Form;

  beforeAll(async () => {
    system = await testSystem('postgres', { startWorker: false, env });
    sender = await addSender(system.app);
    offers = await addTopic(system.app, sender);
    news = await addTopic(system.app, sender, { en: 'Garden letter', ar: 'رسالة الحديقة' }, {});
    form = await addForm(system, sender, [offers, news]);
  });
  afterAll(() => system.close());

  const service = <T>(type: new (...given: never[]) => T): T => system.app.get(type, { strict: false });

  /** Somebody types this address into the form, past the page and its limits. */
  async function signUp(
    email: string,
    topics = [offers],
    at: Form = form,
    locale: 'ar' | 'en' = 'en',
  ): Promise<number> {
    await service(SignUpsService).submit({
      ...{ form: at, email, phone: null, firstName: 'Visit http://evil.example', locale, actor: 'public' },
      choices: topics.map(topic => ({ topicId: topic.id, channel: 'email' as const })),
      evidence: { ip: '203.0.113.5', userAgent: 'Tests/1.0', method: 'checkbox', source: 'tests' },
      frame: null,
    });
    return (await contactBy(system, email))?.id ?? 0;
  }

  const mailRows = (contactId: number): Promise<{ kind: string; state: string; reason: string | null }[]> =>
    system.database.db.query(
      `SELECT kind, state, reason FROM confirmation_mail m JOIN confirmation_request r ON r.id = m.request_id
        WHERE contact_id = $1 ORDER BY r.id, kind`,
      [contactId],
    );

  const actionsOf = async (contactId: number): Promise<string[]> =>
    (
      await system.database.db.query<{ action: string }>(
        'SELECT action FROM consent_event WHERE contact_id = $1 ORDER BY id',
        [contactId],
      )
    ).map(row => row.action);

  describe('the mail', () => {
    it('names who asks, about what and when, and carries nothing that was typed but the address', async () => {
      const email = newEmail();
      await signUp(email);
      const [mail] = await mailsTo(system, email);
      expect(mail!.header('auto-submitted')).toBe('auto-generated');
      for (const name of ['list-unsubscribe', 'list-id', 'feedback-id', 'precedence'])
        expect(mail!.header(name)).toBeUndefined();
      expect(mail!.header('from')).toContain('news@mail.nakheel.example');
      expect(mail!.header('reply-to')).toContain('care@nakheel.example');
      for (const part of [mail!.text, mail!.html ?? '']) {
        expect(part).toContain('Nakheel Market');
        expect(part).toContain('Offers');
        expect(part).toContain('21 November 2026');
        expect(part).toContain('1010123456');
        expect(part).not.toMatch(/evil|% off|sale|discount|http:\/\/(?!ithn\.test)/i);
      }
      expect(mail!.text).toContain('without your confirmation nothing is sent');
      expect(mail!.html!.match(/href="/g)).toHaveLength(2);
      const other = newEmail();
      await signUp(other, [news], form, 'ar');
      const [arabic] = await mailsTo(system, other);
      expect(arabic!.html).toContain('<html lang="ar" dir="rtl">');
      expect(arabic!.text).toContain('رسالة الحديقة');
    });

    it('goes out by a worker, without any wake-up', async () => {
      const running = await testSystem('postgres', { env, database: system.database });
      try {
        const email = newEmail();
        running.clock.set(system.clock.now());
        const contactId = await signUp(email);
        await until(
          () => mailRows(contactId),
          rows => rows[0]?.state === 'accepted',
        );
      } finally {
        await running.close();
      }
    });

    it('leaves once, however many workers send', async () => {
      const emails = Array.from({ length: 12 }, newEmail);
      for (const email of emails) await signUp(email);
      const second = await testSystem('postgres', { startWorker: false, env, database: system.database });
      second.clock.set(system.clock.now());
      try {
        const handlers = [system, system, second, second].map(({ app }) =>
          app.get(SendConfirmationsHandler, { strict: false }),
        );
        await Promise.all(handlers.map(handler => handler.sweep()));
        const there = await second.inbox.list({ limit: 200 });
        for (const email of emails) {
          const here = await mailsTo(system, email);
          const others = there.filter(mail => JSON.stringify(mail).includes(email));
          expect(here.length + others.length).toBe(1);
        }
      } finally {
        await second.close();
      }
    });

    it('of a worker that died is unknown and never sent again; the person asks again', async () => {
      const email = newEmail();
      const contactId = await signUp(email);
      const confirmations = service(ConfirmationMailsService);
      // The intent is committed and the process is gone: nothing more is heard of it.
      expect(await confirmations.next()).toMatchObject({ kind: 'first', attempt: 1 });
      expect(await mailRows(contactId)).toMatchObject([{ state: 'sending' }]);
      system.clock.advance(9 * 60_000);
      await service(SendConfirmationsHandler).sweep();
      expect(await mailRows(contactId)).toMatchObject([{ state: 'sending' }]);
      system.clock.advance(2 * 60_000);
      await service(SendConfirmationsHandler).sweep();
      expect(await mailRows(contactId)).toMatchObject([{ state: 'unknown', reason: 'WORKER_LOST' }]);
      expect(await mailsTo(system, email)).toHaveLength(0);
      system.clock.advance(DAY_MS);
      expect(await mailsTo(system, email)).toHaveLength(0);
      await signUp(email);
      expect(await mailsTo(system, email)).toHaveLength(1);
    });

    it('that was only put off is tried again, one that was refused is not', async () => {
      const [later, never] = [`defer+${newEmail()}`, `bounce+${newEmail()}`];
      const [deferred, refused] = [await signUp(later), await signUp(never)];
      expect(await mailsTo(system, later)).toHaveLength(0);
      expect(await mailRows(deferred)).toMatchObject([{ state: 'due', reason: 'TRY_LATER' }]);
      expect(await mailRows(refused)).toMatchObject([{ state: 'rejected', reason: 'REFUSED' }]);
      system.clock.advance(29_000);
      expect(await mailsTo(system, later)).toHaveLength(0);
      system.clock.advance(1000);
      expect(await mailsTo(system, later)).toHaveLength(1);
      system.clock.advance(DAY_MS);
      expect(await mailsTo(system, never)).toHaveLength(0);
      const replies = await system.database.db.query<{ reply: string }>(
        'SELECT reply FROM confirmation_mail',
      );
      for (const { reply } of replies) expect(reply ?? '').not.toContain('@example.com');
    });

    it.each([
      ['hard_bounce', 0],
      ['complaint', 0],
      ['manual', 0],
      ['unsubscribed', 1],
      ['erased', 1],
    ] as const)('to an address that is listed as %s: %i', async (reason, mails) => {
      const email = newEmail();
      await service(SuppressionsService).add('email', email, null, reason, 'tests');
      system.clock.advance(1000);
      const contactId = await signUp(email);
      const sent = await mailsTo(system, email);
      expect(sent).toHaveLength(mails);
      if (mails === 0) {
        expect(await mailRows(contactId)).toEqual([
          { kind: 'first', state: 'withheld', reason: 'SUPPRESSED' },
        ]);
        return;
      }
      await service(SignUpsService).confirm(linkIn(sent[0]).slice(3), press);
      const [row] = await service(Gate).decide({
        ...{ contactIds: [contactId], channel: 'email', senderId: sender.id, topicId: offers.id },
      });
      expect(row!.denial).toBeNull();
    });

    it.each([
      [
        'confirmed meanwhile',
        'ANSWERED',
        async (contactId: number) => {
          await service(SignUpsService).confirm((await tokensOf(system, contactId))[0]!, press);
        },
      ],
      [
        'refused meanwhile',
        'ANSWERED',
        async (contactId: number) => {
          await service(ConfirmationsService).refuse((await tokensOf(system, contactId))[0]!, press);
        },
      ],
      ['sent too late', 'EXPIRED', async () => system.clock.advance(CONFIRMATION_MS)],
      [
        'for an address that changed',
        'ADDRESS_CHANGED',
        async (contactId: number) => {
          await service(ContactsService).update(contactId, { email: newEmail() }, 'tests');
        },
      ],
      [
        'for what was agreed to meanwhile',
        'ALREADY_CONFIRMED',
        async (contactId: number) => {
          await addConsent(system.app, await service(ContactsService).get(contactId), offers);
        },
      ],
    ])('is withheld when %s', async (_, reason, happen) => {
      const email = newEmail();
      const contactId = await signUp(email);
      system.clock.advance(1000);
      await happen(contactId);
      await service(SendConfirmationsHandler).handle();
      expect(await mailRows(contactId)).toEqual([{ kind: 'first', state: 'withheld', reason }]);
    });

    it('comes again as a reminder after a day: once, where the form wants it and nobody has answered', async () => {
      const [waiting, confirmed, refused, plain, twice] = Array.from({ length: 5 }, newEmail) as [
        string,
        string,
        string,
        string,
        string,
      ];
      const unreminding = await addForm(system, sender, [offers], { remind: false });
      await signUp(waiting);
      const confirmedId = await signUp(confirmed);
      const refusedId = await signUp(refused);
      await signUp(plain, [offers], unreminding);
      const twiceId = await signUp(twice);
      await mailsTo(system, waiting);
      system.clock.advance(HOUR_MS);
      await service(SignUpsService).confirm((await tokensOf(system, confirmedId))[0]!, press);
      await service(ConfirmationsService).refuse((await tokensOf(system, refusedId))[0]!, press);
      await signUp(twice, [news]);
      await mailsTo(system, twice);
      system.clock.advance(REMINDER_MS - HOUR_MS - 1);
      expect(await mailsTo(system, waiting)).toHaveLength(1);
      system.clock.advance(1);
      const [first, reminder] = await mailsTo(system, waiting);
      expect(reminder!.text).toContain('We wrote to you about it once before');
      expect(linkIn(reminder)).toBe(linkIn(first));
      expect(reminder!.header('message-id')).not.toBe(first!.header('message-id'));
      system.clock.advance(HOUR_MS);
      expect(await mailsTo(system, twice)).toHaveLength(3);
      expect(await mailRows(twiceId)).toContainEqual({
        kind: 'reminder',
        state: 'withheld',
        reason: 'SUPERSEDED',
      });
      system.clock.advance(10 * DAY_MS);
      expect(await mailsTo(system, waiting)).toHaveLength(2);
      for (const email of [confirmed, refused, plain]) expect(await mailsTo(system, email)).toHaveLength(1);
    });

    it('comes to no address more than five times a day, whoever asks', async () => {
      const email = newEmail();
      const others = await addSender(system.app);
      const theirs = await addTopic(system.app, others);
      const elsewhere = await addForm(system, others, [theirs]);
      for (let n = 0; n < CONFIRMATION_MAILS.most; n++) await signUp(email);
      // The relay was away: the mails leave at the end of the day in which they were asked for.
      system.clock.advance(DAY_MS - HOUR_MS);
      expect(await mailsTo(system, email)).toHaveLength(CONFIRMATION_MAILS.most);
      system.clock.advance(2 * HOUR_MS);
      const contactId = await signUp(email, [theirs], elsewhere);
      const rows = await mailRows(contactId);
      await service(SendConfirmationsHandler).handle();
      expect(rows.at(-1)).toMatchObject({ kind: 'first', state: 'due' });
      expect((await mailRows(contactId)).at(-1)).toEqual({
        kind: 'first',
        state: 'withheld',
        reason: 'ADDRESS_LIMIT',
      });
    });
  });

  describe('the link', () => {
    async function asked(topics = [offers]): Promise<{ email: string; contactId: number; token: string }> {
      const email = newEmail();
      const contactId = await signUp(email, topics);
      system.clock.advance(1000);
      return { email, contactId, token: (await tokensOf(system, contactId))[0]! };
    }

    it('confirms once, also when it is pressed twice at once', async () => {
      const { contactId, token } = await asked([offers, news]);
      const pressed = await Promise.all(
        Array.from({ length: 6 }, () =>
          new Visitor(system).post(`/c/${token}?lang=en`, [['action', 'confirm']]),
        ),
      );
      expect(pressed.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 200));
      expect(pressed.filter(({ text }) => text.includes('Done, you are subscribed'))).toHaveLength(1);
      expect(pressed.filter(({ text }) => text.includes('You have confirmed already'))).toHaveLength(5);
      expect(await actionsOf(contactId)).toEqual(['requested', 'requested', 'confirmed', 'confirmed']);
      expect((await new Visitor(system).get(`/c/${token}?lang=en`)).text).toContain(
        'You have confirmed already',
      );
    });

    it('leads to what was promised and to the preferences', async () => {
      const generous = await addForm(system, sender, [offers], {
        incentive: {
          ...{
            name: { en: '10% off', ar: 'خصم 10%' },
            text: { en: 'Your code: NAKHEEL10', ar: 'رمزك: NAKHEEL10' },
          },
          url: { en: 'https://nakheel.example/gift' },
        },
      });
      const email = newEmail();
      const contactId = await signUp(email, [offers], generous);
      const [token] = await tokensOf(system, contactId);
      const visitor = new Visitor(system);
      expect((await visitor.get(`/c/${token}`)).text).not.toContain('NAKHEEL10');
      const page = await visitor.post(`/c/${token}?lang=ar`, [['action', 'confirm']]);
      expect(page.text).toContain('رمزك: NAKHEEL10');
      expect(page.text).toContain('href="https://nakheel.example/gift"');
      const preferences = /href="\.\.(\/p\/[^"]+)"/.exec(page.text)?.[1];
      expect((await visitor.get(preferences!)).status).toBe(200);
    });

    it('closes when it was not the reader, and stays closed', async () => {
      const { contactId, token } = await asked();
      const visitor = new Visitor(system);
      const refused = await visitor.post(`/c/${token}?lang=en`, [['action', 'refuse']]);
      expect(refused.text).toContain('The request is closed');
      expect(await statusOf(system, contactId, offers)).toBe('refused');
      const late = await visitor.post(`/c/${token}?lang=en`, [['action', 'confirm']]);
      expect(late.text).toContain('The request is closed');
      expect(late.text).toContain('Start over');
      expect(await actionsOf(contactId)).toEqual(['requested', 'refused']);
    });

    it('of one who says no while another says yes answers once', async () => {
      const { contactId, token } = await asked();
      await Promise.all(
        ['confirm', 'refuse', 'confirm', 'refuse'].map(action =>
          new Visitor(system).post(`/c/${token}`, [['action', action]]),
        ),
      );
      const [, answer, ...more] = await actionsOf(contactId);
      expect(more).toEqual([]);
      expect(await statusOf(system, contactId, offers)).toBe(answer === 'confirmed' ? 'granted' : 'refused');
    });

    it('expires the millisecond it expires, says so, and offers to start over', async () => {
      const { contactId, token } = await asked();
      const visitor = new Visitor(system);
      system.clock.advance(CONFIRMATION_MS - 1000 - 1);
      expect((await visitor.get(`/c/${token}?lang=en`)).text).toContain('Yes, I agree');
      system.clock.advance(1);
      for (const answer of [
        await visitor.get(`/c/${token}?lang=en`),
        await visitor.post(`/c/${token}?lang=en`, [['action', 'confirm']]),
      ]) {
        expect(answer.status).toBe(200);
        expect(answer.text).toContain('This link has expired');
        const again = /href="\.\.(\/s\/[^"]+)"/.exec(answer.text)?.[1];
        expect((await visitor.get(again!)).text).toContain('Sign me up');
      }
      expect(await actionsOf(contactId)).toEqual(['requested']);
    });

    it('grants nothing again after the person has unsubscribed', async () => {
      const { contactId, token } = await asked();
      await new Visitor(system).post(`/c/${token}`, [['action', 'confirm']]);
      system.clock.advance(1000);
      await service(ConsentsService).withdraw({
        ...{ contactId, scope: { kind: 'topic', topicId: offers.id, channel: 'email' }, actor: 'tests' },
        evidence: { method: 'one_click', source: 'tests' },
      });
      system.clock.advance(1000);
      await new Visitor(system).post(`/c/${token}`, [['action', 'confirm']]);
      expect(await statusOf(system, contactId, offers)).toBe('withdrawn');
    });

    it('speaks for nobody once the contact has another address, and is gone with the contact', async () => {
      const moved = await asked();
      await service(ContactsService).update(moved.contactId, { email: newEmail() }, 'tests');
      const page = await new Visitor(system).post(`/c/${moved.token}?lang=en`, [['action', 'confirm']]);
      expect(page.text).toContain('belongs to another address');
      expect(page.text).not.toContain('@example.com</bdi>');
      expect(await statusOf(system, moved.contactId, offers)).not.toBe('granted');
      const gone = await asked();
      await service(ContactsService).delete(gone.contactId, 'tests');
      expect((await new Visitor(system).post(`/c/${gone.token}`, [['action', 'confirm']])).status).toBe(404);
    });

    it('changes nothing when the press cannot be read', async () => {
      const { token } = await asked();
      const before = await snapshot(system.database.db);
      const posted = [
        ...hostileValues.map(value => {
          const text = typeof value === 'string' ? value : JSON.stringify(value);
          return `action=${encodeURIComponent(Buffer.from(text).toString().slice(0, 300))}`;
        }),
        ...hostileBodies.map(([, body]) => String(body).slice(0, 9000)),
        ...['', 'action=CONFIRM', 'action=confirm%00', 'List-Unsubscribe=One-Click', 'confirm=1'],
      ];
      for (const body of posted) {
        const answer = await new Visitor(system).post(`/c/${token}`, body);
        expect(answer.status).toBe(400);
        expect(answer.text).toContain('Yes, I agree');
      }
      expect(await snapshot(system.database.db)).toEqual(before);
    });

    it.each([
      ['forged', (token: string) => token.slice(0, -2) + (token.endsWith('AA') ? 'BB' : 'AA')],
      ['of another request', (token: string) => (token.startsWith('A') ? 'B' : 'A') + token.slice(1)],
      ['cut off', (token: string) => token.slice(0, 10)],
      ['missing', () => ''],
      ['a traversal', () => '..%2f..%2fetc%2fpasswd'],
      ['a name every object has', () => '__proto__'],
    ])('that is %s gets the page of every wrong link', async (_, forge) => {
      const { token } = await asked();
      system.clock.advance(60_000);
      const unknown = await new Visitor(system).get('/u/unknown');
      for (const answer of [
        await new Visitor(system).get(`/c/${forge(token)}`),
        await new Visitor(system).post(`/c/${forge(token)}`, [['action', 'confirm']]),
      ]) {
        expect(answer.status).toBe(404);
        expect(answer.text).toBe(unknown.text);
      }
    });
  });

  it('sends the incentive by mail through the gate, once a person and form', async () => {
    // A Tuesday at noon in Riyadh: within every law's hours.
    while (system.clock.now().getUTCDay() !== 2 || system.clock.now().getUTCHours() !== 9) {
      system.clock.set(new Date(Math.ceil((system.clock.now().getTime() + 1) / HOUR_MS) * HOUR_MS));
    }
    const { body: template } = await system.request('POST', '/v1/templates', {
      name: 'Gift',
      fromStarter: 'welcome',
    });
    const { body: made } = await system.request('POST', '/v1/forms', {
      ...{ senderId: `snd_${sender.id}`, name: 'Gift form' },
      wording: {
        choices: [offers, news].map(topic => ({ topicId: `top_${topic.id}`, channel: 'email' })),
        incentive: { name: { en: 'A gift' }, text: { en: 'CODE' }, templateId: template.id },
      },
    });
    const giving = await service(FormsService).get(Number(made.id.slice(4)));
    const email = newEmail();
    const contactId = await signUp(email, [offers], giving);
    await service(SignUpsService).confirm((await tokensOf(system, contactId))[0]!, press);
    system.clock.advance(1000);
    await signUp(email, [news], giving);
    await service(SignUpsService).confirm((await tokensOf(system, contactId))[1]!, press);
    const dispatches = await system.database.db.query<Record<string, unknown>>(
      `SELECT d.state, d.message_class, d.topic_id, d.frozen, c.contact_ids FROM dispatch d JOIN chunk c ON c.dispatch_id = d.id`,
    );
    expect(dispatches).toEqual([
      {
        state: 'running',
        message_class: 'marketing',
        topic_id: offers.id,
        frozen: 1,
        contact_ids: [contactId],
      },
    ]);
    const running = await testSystem('postgres', { env, database: system.database });
    try {
      running.clock.set(system.clock.now());
      const gifts = async (): Promise<string[]> => {
        const mails = await Promise.all(
          (await running.inbox.list({ limit: 100 })).map(({ id }) => running.inbox.get(id)),
        );
        return mails.flatMap(mail => mail?.header('list-unsubscribe') ?? []);
      };
      expect(await until(gifts, found => found.length > 0)).toEqual([expect.stringContaining('/u/')]);
      await until(
        () => system.database.db.query<{ state: string }>('SELECT state FROM dispatch'),
        rows => rows[0]?.state === 'finished',
      );
      const why = await running.request('GET', `/v1/messages?contactId=con_${contactId}`);
      expect(why.body.items).toMatchObject([{ state: 'accepted' }]);
    } finally {
      await running.close();
    }
  });

  describe('after 30 days', () => {
    const purge = (): Promise<void> => service(PurgeUnconfirmedHandler).handle();
    const exists = async (email: string): Promise<boolean> => (await contactBy(system, email)) !== undefined;

    it('people known for nothing but an unanswered request are forgotten, with their events', async () => {
      const [silent, refusing, confirming, later, known] = Array.from({ length: 5 }, newEmail) as [
        string,
        string,
        string,
        string,
        string,
      ];
      const silentId = await signUp(silent);
      const refusingId = await signUp(refusing);
      const confirmingId = await signUp(confirming);
      const laterId = await signUp(later);
      await addContact(system.app, { email: known });
      const knownId = await signUp(known);
      const kept = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const email = newEmail();
          return { email, id: await signUp(email) };
        }),
      );
      await service(ConfirmationsService).refuse((await tokensOf(system, refusingId))[0]!, press);
      await service(SignUpsService).confirm((await tokensOf(system, confirmingId))[0]!, press);
      system.clock.advance(1000);
      // Traces of other dealings: each of these is known for something else by now.
      await service(ContactsService).update(kept[0]!.id, { lastName: 'Ali' }, 'tests');
      await addConsent(system.app, await service(ContactsService).get(kept[1]!.id), news);
      await service(ConsentsService).withdraw({
        ...{ contactId: kept[2]!.id, scope: { kind: 'everything', senderId: sender.id }, actor: 'tests' },
        evidence: { method: 'one_click', source: 'tests' },
      });
      await service(ContactsService).upsert('email', { email: kept[3]!.email, externalId: 'crm-7' }, 'tests');
      await service(LedgerIntegrityService).seal();

      system.clock.advance(UNCONFIRMED_MS - 10_000);
      await signUp(later);
      await purge();
      for (const email of [silent, refusing, confirming, later, known])
        expect(await exists(email)).toBe(true);
      system.clock.advance(20_000);
      await purge();
      expect(await exists(silent)).toBe(false);
      expect(await exists(refusing)).toBe(false);
      for (const email of [confirming, later, known, ...kept.map(one => one.email)])
        expect(await exists(email)).toBe(true);
      expect(await actionsOf(silentId)).toEqual([]);
      expect(await actionsOf(refusingId)).toEqual([]);
      expect(await actionsOf(laterId)).toEqual(['requested', 'requested']);
      expect(await actionsOf(knownId)).toEqual(['requested']);
      expect(await service(LedgerIntegrityService).verify()).toMatchObject({ breaches: [], strangers: [] });
    });

    it('what old requests hold of people is blanked, and their links are dead', async () => {
      const email = newEmail();
      const contactId = await signUp(email);
      const [token] = await tokensOf(system, contactId);
      await service(SignUpsService).confirm(token!, press);
      system.clock.advance(UNCONFIRMED_MS + 1);
      await purge();
      const rows = await system.database.db.query(
        'SELECT ip, user_agent, source, nonce, address_hash FROM confirmation_request WHERE contact_id = $1',
        [contactId],
      );
      expect(rows).toEqual([{ ip: null, user_agent: null, source: null, nonce: null, address_hash: null }]);
      expect((await new Visitor(system).get(`/c/${token}`)).status).toBe(404);
      expect(await statusOf(system, contactId, offers)).toBe('granted');
      expect(
        await system.database.db.query('SELECT kind FROM rate_limit WHERE since < $1', [
          new Date(system.clock.now().getTime() - DAY_MS),
        ]),
      ).toEqual([]);
    });

    it('a press and the purge at once leave no half', async () => {
      const people = await Promise.all(
        Array.from({ length: 8 }, async () => {
          const email = newEmail();
          const contactId = await signUp(email);
          return { email, contactId, token: (await tokensOf(system, contactId))[0]! };
        }),
      );
      // A link outlives nothing by itself: the requests are made to look old while their links still work.
      await system.database.db.execute(
        `UPDATE confirmation_request SET requested_at = requested_at - interval '31 days' WHERE contact_id = ANY($1::bigint[])`,
        [people.map(({ contactId }) => contactId)],
      );
      await Promise.all([
        purge(),
        purge(),
        ...people.map(({ token }) => service(SignUpsService).confirm(token, press)),
      ]);
      for (const { email, contactId } of people) {
        const isThere = await exists(email);
        expect(await statusOf(system, contactId, offers)).toBe(isThere ? 'granted' : 'none');
        expect((await actionsOf(contactId)).includes('confirmed')).toBe(isThere);
      }
    });
  });

  it('grants nothing without a press, and no sign-up, refusal or lapse takes a confirmed state away', async () => {
    type Step =
      | { do: 'submit'; topics: number[] }
      | { do: 'answer'; as: 'confirm' | 'refuse'; link: number }
      | { do: 'withdraw'; topic: number }
      | { do: 'wait'; hours: number };
    const steps: fc.Arbitrary<Step> = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('submit' as const),
          topics: fc.subarray([0, 1], { minLength: 1 }),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('answer' as const),
          as: fc.constantFrom('confirm' as const, 'refuse' as const),
          link: fc.nat(3),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('withdraw' as const), topic: fc.nat(1) }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.constantFrom(1, 24, 49) }),
      },
    );
    const topics = [offers, news];
    const hasher = service(AddressHasher);
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 3, maxLength: 14 }), async run => {
        const email = newEmail();
        // A plain account of the rules, kept beside the product.
        const status = ['none', 'none'];
        const links: { topics: number[]; at: number; open: boolean }[] = [];
        let [since, presses] = [0, 0];
        let contactId = 0;
        const now = (): number => system.clock.now().getTime();
        for (const step of run) {
          system.clock.advance(1000);
          if (step.do === 'submit') {
            if (now() >= since + DAY_MS) [since, presses] = [now(), 0];
            presses += 1;
            const asked = step.topics.filter(topic => status[topic] !== 'granted');
            if (presses <= SIGN_UPS_PER_ADDRESS.most && asked.length > 0) {
              links.push({ topics: asked, at: now(), open: true });
              for (const topic of asked) if (status[topic] !== 'withdrawn') status[topic] = 'requested';
            }
            contactId = await signUp(
              email,
              step.topics.map(topic => topics[topic]!),
            );
          } else if (step.do === 'answer') {
            const token = (await tokensOf(system, contactId))[step.link];
            const link = links[step.link];
            expect(token === undefined).toBe(link === undefined);
            if (!token || !link) continue;
            if (link.open && now() < link.at + CONFIRMATION_MS) {
              link.open = false;
              for (const topic of link.topics) {
                if (step.as === 'confirm') status[topic] = 'granted';
                else if (!['granted', 'withdrawn'].includes(status[topic]!)) status[topic] = 'refused';
              }
            }
            if (step.as === 'confirm') await service(SignUpsService).confirm(token, press);
            else await service(ConfirmationsService).refuse(token, press);
          } else if (step.do === 'withdraw') {
            if (contactId === 0) continue;
            status[step.topic] = 'withdrawn';
            await service(ConsentsService).withdraw({
              ...{ contactId, actor: 'tests', evidence: { method: 'one_click', source: 'tests' } },
              scope: { kind: 'topic', topicId: topics[step.topic]!.id, channel: 'email' },
              addressHash: { channel: 'email', hash: hasher.hash('email', email) },
            });
          } else system.clock.advance(step.hours * HOUR_MS);
          for (const topic of [0, 1]) {
            expect(await statusOf(system, contactId, topics[topic]!)).toBe(status[topic]);
          }
        }
      }),
      { numRuns: 60, seed: 20261121 },
    );
  });
});
