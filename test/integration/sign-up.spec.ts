import { type Sender, SendersService, SuppressionsService, type Topic } from '#consent';
import { ContactsService } from '#contacts';
import { type Form, FormsService, SIGN_UPS_PER_ADDRESS, SIGN_UPS_PER_NETWORK } from '#sign-ups';
import { LEAST_MS } from '../../apps/api/src/public/same-answer.js';
import { TRAP } from '../../apps/api/src/public/sign-up-fields.js';
import { addContact } from '../factories/contact.js';
import { hostileValues } from '../factories/hostile.js';
import { addSender, addTopic } from '../factories/sender.js';
import {
  addForm,
  contactBy,
  idOf,
  linkIn,
  mailsTo,
  stampOf,
  statusOf,
  tick,
  Visitor,
} from '../factories/sign-up.js';
import { snapshot } from '../factories/snapshot.js';
import { testSystem, type TestSystem } from '../factories/system.js';

const env = { TRUSTED_PROXIES: '127.0.0.1' };
let count = 0;
const newEmail = (): string => `visitor-${++count}@example.com`;

describe('signing up', () => {
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
    form = await addForm(system, sender, [offers, news], {
      privacyNoticeVersion: '2026-10',
      asks: { firstName: true, phone: true },
    });
  });
  afterAll(() => system.close());

  const formsOf = (): FormsService => system.app.get(FormsService, { strict: false });

  /** Everything that is stored, but for the counts of the limits and the wake-ups, which tell nothing of anybody. */
  async function stored(): Promise<Record<string, string>> {
    const tables = Object.entries(await snapshot(system.database.db));
    return Object.fromEntries(
      tables.filter(([name]) => name !== 'public.rate_limit' && !name.startsWith('bullmq.')),
    );
  }

  describe('on the hosted page', () => {
    it('takes a tick, a mail and a press, and each is kept with what was read', async () => {
      const visitor = new Visitor(system);
      const email = newEmail();
      const sent = await visitor.signUp(idOf(form), [['email', ` ${email.toUpperCase()} `], tick(offers)]);
      expect(sent.status).toBe(200);
      expect(sent.text).toContain('One step left');
      const contact = (await contactBy(system, email))!;
      expect(await statusOf(system, contact.id, offers)).toBe('requested');

      const [mail] = await mailsTo(system, email);
      const link = linkIn(mail);
      const before = await snapshot(system.database.db);
      const shown = await visitor.get(link);
      expect(shown.text).toContain('May <bdi>Nakheel Market</bdi> write to you?');
      await fetch(system.url + link, { method: 'HEAD' });
      await fetch(system.url + link, { method: 'OPTIONS' });
      expect(await snapshot(system.database.db)).toEqual(before);

      const done = await visitor.post(link, [['action', 'confirm']]);
      expect(done.text).toContain('Done, you are subscribed');
      expect(await statusOf(system, contact.id, offers)).toBe('granted');
      expect(await statusOf(system, contact.id, news)).toBe('none');
      const events = await system.database.db.query<Record<string, unknown>>(
        `SELECT action, basis, method, source, host(ip) AS ip, user_agent, text_shown, text_version, locale, actor,
                evidence FROM consent_event WHERE contact_id = $1 ORDER BY id`,
        [contact.id],
      );
      expect(events).toMatchObject([
        {
          ...{
            action: 'requested',
            basis: 'double_opt_in',
            method: 'checkbox',
            actor: 'public',
            locale: 'en',
          },
          ...{ ip: visitor.ip, user_agent: 'Tests/1.0', source: `http://ithn.test/s/${idOf(form)}` },
          text_version: `${idOf(form)}@1+sign-up-1`,
          evidence: { form: idOf(form), privacyNoticeVersion: '2026-10', linkHash: expect.any(String) },
        },
        {
          ...{ action: 'confirmed', basis: 'double_opt_in', method: 'confirmation_page', ip: visitor.ip },
          ...{ actor: `con_${contact.id}`, text_version: `${idOf(form)}@1+opt-in-1` },
        },
      ]);
      expect(events[0]!['text_shown']).toContain('☑ Yes, Nakheel Market may send me emails about: Offers.');
      expect(events[0]!['text_shown']).toContain('[Sign me up]');
      expect(events[1]!['text_shown']).toContain('[Yes, I agree]');
    });

    it('shows no box ticked, in either language, and says who asks', async () => {
      for (const [lang, heading] of [
        ['en', 'Hear from Nakheel Market'],
        ['ar', 'جديد Nakheel Market يصلك أولًا بأول'],
      ]) {
        const page = await new Visitor(system).get(`/s/${idOf(form)}?lang=${lang}`);
        expect(page.status).toBe(200);
        expect(page.text).toContain(`<html lang="${lang}" dir="${lang === 'ar' ? 'rtl' : 'ltr'}">`);
        expect(page.text).toContain(heading);
        expect(page.text).not.toMatch(/<input[^>]* checked/);
        expect(page.text.match(/type="checkbox"/g)).toHaveLength(2);
        expect(page.text).toContain('https://nakheel.example/privacy');
        expect(page.headers.get('set-cookie')).toBeNull();
      }
    });

    it.each([
      ['no tick', [['email', 'mona@example.com']], 'Please tick at least one box'],
      ['no address', [['choice', 'OFFERS']], 'Please enter your email address'],
      [
        'an address that is none',
        [
          ['email', 'mona@'],
          ['choice', 'OFFERS'],
        ],
        'Please enter your email address',
      ],
      [
        'a phone that is none',
        [
          ['email', 'm@example.com'],
          ['phone', '12'],
          ['choice', 'OFFERS'],
        ],
        'country code',
      ],
      [
        'a box that is not on it',
        [
          ['email', 'm@example.com'],
          ['choice', '999.email'],
        ],
        'Please tick at least',
      ],
    ] as [string, [string, string][], string][])(
      'kindly refuses %s, and keeps what was typed',
      async (_, given, says) => {
        const fields = given.map(([name, value]): [string, string] => [
          name,
          value === 'OFFERS' ? `${offers.id}.email` : value,
        ]);
        const before = await stored();
        const answer = await new Visitor(system).signUp(idOf(form), fields);
        expect(answer.status).toBe(422);
        expect(answer.text).toContain(says);
        for (const [name, value] of fields) {
          if (name === 'email') expect(answer.text).toContain(`value="${value}"`);
        }
        if (fields.some(([, value]) => value === `${offers.id}.email`))
          expect(answer.text).toContain('checked');
        expect(await stored()).toEqual(before);
      },
    );

    it('stores what a new person typed, and leaves a known person as they are', async () => {
      const email = newEmail();
      const typed: [string, string][] = [
        ['email', email],
        ['first_name', '  Mona\u0000\n\u202e  Ali '],
        ['phone', '+966 50 123 4567'],
        tick(offers),
      ];
      await new Visitor(system).signUp(idOf(form), typed, { lang: 'ar' });
      expect(await contactBy(system, email)).toMatchObject({
        ...{ firstName: 'Mona Ali', phone: '+966501234567', locale: 'ar', lastName: null },
      });
      const known = await addContact(system.app, { firstName: 'Layla', locale: 'en', phone: null });
      const before = await contactBy(system, known.email!);
      await new Visitor(system).signUp(idOf(form), [
        ...[['email', known.email!] as [string, string], ['first_name', 'Mallory'] as [string, string]],
        ...[['phone', '+966501234568'] as [string, string], tick(offers)],
      ]);
      expect(await contactBy(system, known.email!)).toEqual(before);
      expect(await statusOf(system, known.id, offers)).toBe('requested');

      const another = newEmail();
      await new Visitor(system).signUp(idOf(form), [
        ['email', another],
        ['phone', '+966501234567'],
        tick(news),
      ]);
      expect(await contactBy(system, another)).toMatchObject({ phone: null });
    });

    it('offers text messages only once they can be sent', async () => {
      const both = await addForm(system, sender, [], {
        choices: [
          { topicId: offers.id, channel: 'email' },
          { topicId: offers.id, channel: 'sms' },
        ],
      });
      const page = await new Visitor(system).get(`/s/${idOf(both)}`);
      expect(page.text).toContain(`${offers.id}.email`);
      expect(page.text).not.toContain(`${offers.id}.sms`);
      expect(await formsOf().offered(both)).toHaveLength(1);
    });

    it('keeps the wording that was read when it changed meanwhile', async () => {
      const changing = await addForm(system, sender, [offers], { heading: { en: 'The first words' } });
      const visitor = new Visitor(system);
      const email = newEmail();
      const { text } = await visitor.get(`/s/${idOf(changing)}?lang=en`);
      const draft = {
        heading: { en: 'Other words' },
        choices: [{ topicId: news.id, channel: 'email' as const }],
      };
      expect(await formsOf().update(changing.id, { wording: draft }, 'tests')).toMatchObject({ version: 2 });
      system.clock.advance(5000);
      const fields: [string, string][] = [['stamp', stampOf(text)], ['email', email], tick(offers)];
      expect((await visitor.post(`/s/${idOf(changing)}?lang=en`, fields)).status).toBe(200);
      const row = await system.database.db.queryOne<Record<string, string>>(
        'SELECT text_shown, text_version FROM consent_event WHERE contact_id = $1',
        [(await contactBy(system, email))!.id],
      );
      expect(row!['text_version']).toBe(`${idOf(changing)}@1+sign-up-1`);
      expect(row!['text_shown']).toMatch(/^The first words\n/);
    });

    it('says when it is closed, and takes nothing', async () => {
      const closing = await addForm(system, sender, [offers]);
      const visitor = new Visitor(system);
      const { text } = await visitor.get(`/s/${idOf(closing)}`);
      await formsOf().update(closing.id, { state: 'archived' }, 'tests');
      system.clock.advance(5000);
      const before = await stored();
      const fields: [string, string][] = [['stamp', stampOf(text)], ['email', newEmail()], tick(offers)];
      for (const answer of [
        await visitor.get(`/s/${idOf(closing)}`),
        await visitor.post(`/s/${idOf(closing)}`, fields),
      ]) {
        expect(answer.status).toBe(410);
        expect(answer.text).toContain('This form is closed');
      }
      expect(await stored()).toEqual(before);
    });

    it('is framed by its own sites alone', async () => {
      const framed = await addForm(system, sender, [offers], {
        allowedOrigins: ['https://shop.example', 'http://localhost:8080'],
      });
      const policyOf = async (id: string): Promise<string> =>
        (await new Visitor(system).get(`/s/${id}`)).headers.get('content-security-policy') ?? '';
      expect(await policyOf(idOf(framed))).toContain(
        'frame-ancestors https://shop.example http://localhost:8080;',
      );
      expect(await policyOf(idOf(form))).toContain("frame-ancestors 'none'");
      const sent = await new Visitor(system).signUp(idOf(framed), [['email', newEmail()], tick(offers)]);
      expect(sent.headers.get('content-security-policy')).toContain('frame-ancestors https://shop.example');
    });
  });

  describe('tells programs and people apart', () => {
    it('a program that fills in the field nobody sees gets the answer of a person, and nothing is recorded', async () => {
      const fields = (email: string): [string, string][] => [['email', email], tick(offers)];
      const person = await new Visitor(system).signUp(idOf(form), fields('same@example.com'));
      const before = await stored();
      const program = await new Visitor(system).signUp(idOf(form), [
        ...fields('same@example.com'),
        [TRAP, 'hello'],
      ]);
      expect(program.status).toBe(person.status);
      expect(program.text).toBe(person.text);
      expect([...program.headers.keys()]).toEqual([...person.headers.keys()]);
      expect(await stored()).toEqual(before);
    });

    it.each([
      ['too soon', async (visitor: Visitor) => stampOf((await visitor.get(`/s/${idOf(form)}`)).text), 1999],
      [
        'after more than a day',
        async (visitor: Visitor) => stampOf((await visitor.get(`/s/${idOf(form)}`)).text),
        86_400_001,
      ],
      ['with no stamp', async () => '', 0],
      ['with a stamp of its own making', async () => 'AAAABBBBCCCCDDDDEEEEFFFF', 0],
      [
        'with the stamp of another form',
        async (visitor: Visitor) => {
          const other = await addForm(system, sender, [offers]);
          return stampOf((await visitor.get(`/s/${idOf(other)}`)).text);
        },
        5000,
      ],
    ])('who presses %s is asked to press again, and nothing is lost', async (_, stamp, wait) => {
      const visitor = new Visitor(system);
      const email = newEmail();
      const given = await stamp(visitor);
      system.clock.advance(wait);
      const before = await stored();
      const first = await visitor.post(`/s/${idOf(form)}?lang=en`, [
        ['stamp', given],
        ['email', email],
        tick(news),
      ]);
      expect(first.status).toBe(200);
      expect(first.text).toContain('One more press, please');
      expect(first.text).toContain(`value="${email}"`);
      expect(first.text).toMatch(new RegExp(`value="${news.id}.email" checked`));
      expect(await stored()).toEqual(before);
      // A hasty press keeps its stamp: a millisecond later it is old enough.
      system.clock.advance(wait === 1999 ? 1 : 2000);
      const again = await visitor.post(`/s/${idOf(form)}?lang=en`, [
        ...[
          ['stamp', stampOf(first.text)] as [string, string],
          ['email', email] as [string, string],
          tick(news),
        ],
      ]);
      expect(again.text).toContain('One step left');
      expect(await contactBy(system, email)).toBeDefined();
    });

    it('a plain form on an allowed site works with one press, on any other with two', async () => {
      const open = await addForm(system, sender, [offers], { allowedOrigins: ['https://shop.example'] });
      const fields = (email: string): [string, string][] => [
        ['version', '1'],
        ['email', email],
        tick(offers),
      ];
      const [here, there] = [newEmail(), newEmail()];
      const allowed = new Visitor(system, { origin: 'https://shop.example' });
      expect((await allowed.post(`/s/${idOf(open)}?lang=en`, fields(here))).text).toContain('One step left');
      expect(await contactBy(system, here)).toBeDefined();
      const row = await system.database.db.queryOne<{ evidence: object }>(
        'SELECT evidence FROM consent_event WHERE contact_id = $1',
        [(await contactBy(system, here))!.id],
      );
      expect(row!.evidence).toMatchObject({ origin: 'https://shop.example' });
      for (const origin of ['https://evil.example', 'null', 'https://shop.example.evil.example']) {
        const other = await new Visitor(system, { origin }).post(`/s/${idOf(open)}?lang=en`, fields(there));
        expect(other.text).toContain('One more press');
      }
      expect(await contactBy(system, there)).toBeUndefined();
    });
  });

  describe('is limited', () => {
    it('for each network, over all processes, and told so; another network is not held up', async () => {
      const second = await testSystem('postgres', { startWorker: false, env, database: system.database });
      try {
        const visitor = new Visitor(system);
        const elsewhere = new Visitor(system);
        const press = (n: number, from = visitor): Promise<{ status: number; text: string }> =>
          from.post(`/s/${idOf(form)}?lang=en`, [
            ['email', ''],
            ['n', String(n)],
          ]);
        const here = Array.from({ length: SIGN_UPS_PER_NETWORK.most - 5 }, (_, n) => press(n));
        const there = Array.from({ length: 15 }, () =>
          fetch(`${second.url}/s/${idOf(form)}`, {
            method: 'POST',
            headers: { 'x-forwarded-for': visitor.ip },
            body: 'email=',
          }),
        );
        const statuses = [...(await Promise.all(here)), ...(await Promise.all(there))].map(
          ({ status }) => status,
        );
        expect(statuses.filter(status => status === 422)).toHaveLength(SIGN_UPS_PER_NETWORK.most);
        expect(statuses.filter(status => status === 429)).toHaveLength(10);
        const told = await press(0);
        expect(told.text).toContain('try again in ten minutes');
        expect((await press(0, elsewhere)).status).toBe(422);
        // Looking is not limited, and an open page keeps working.
        expect((await visitor.get(`/s/${idOf(form)}`)).status).toBe(200);
        const api = await system.request('POST', '/v1/sign-ups', {
          ...{ formId: idOf(form), email: newEmail(), ip: visitor.ip },
          choices: [{ topicId: `top_${offers.id}`, channel: 'email' }],
        });
        expect(api).toMatchObject({ status: 429, body: { code: 'TOO_MANY_SIGN_UPS', retryable: true } });
        system.clock.advance(SIGN_UPS_PER_NETWORK.windowMs);
        expect((await press(0)).status).toBe(422);
      } finally {
        await second.close();
      }
    });

    it('for each address, exactly, and not told at all', async () => {
      const email = newEmail();
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => new Visitor(system)).map(async visitor => {
          const { text } = await visitor.get(`/s/${idOf(form)}?lang=en`);
          return async () =>
            visitor.post(`/s/${idOf(form)}?lang=en`, [
              ['stamp', stampOf(text)],
              ['email', email],
              tick(offers),
            ]);
        }),
      );
      system.clock.advance(5000);
      const pressed = await Promise.all(answers.map(press => press()));
      expect(new Set(pressed.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      const contact = (await contactBy(system, email))!;
      const requests = async (): Promise<number> =>
        (
          await system.database.db.query('SELECT 1 FROM confirmation_request WHERE contact_id = $1', [
            contact.id,
          ])
        ).length;
      expect(await requests()).toBe(SIGN_UPS_PER_ADDRESS.most);
      system.clock.advance(SIGN_UPS_PER_ADDRESS.windowMs);
      await new Visitor(system).signUp(idOf(form), [['email', email], tick(offers)]);
      expect(await requests()).toBe(SIGN_UPS_PER_ADDRESS.most + 1);
    });
  });

  it('answers the same, and takes as long, whoever is behind the address', async () => {
    const known = await addContact(system.app);
    const subscribed = newEmail();
    const visitor = new Visitor(system);
    await visitor.signUp(idOf(form), [['email', subscribed], tick(offers)]);
    await visitor.post(linkIn((await mailsTo(system, subscribed))[0]), [['action', 'confirm']]);
    const barred = await addContact(system.app);
    await system.app
      .get(SuppressionsService, { strict: false })
      .add('email', barred.email!, null, 'hard_bounce', 'tests');
    const tooOften = newEmail();
    for (let n = 0; n <= SIGN_UPS_PER_ADDRESS.most; n++)
      await new Visitor(system).signUp(idOf(form), [['email', tooOften], tick(offers)]);

    const pages = new Map<string, string>();
    const times: Record<string, number[]> = {};
    for (const [who, email] of Object.entries({
      ...{ unknown: newEmail(), known: known.email!, subscribed, barred: barred.email!, tooOften },
    })) {
      const reader = new Visitor(system);
      const { text } = await reader.get(`/s/${idOf(form)}?lang=en`);
      system.clock.advance(5000);
      const started = performance.now();
      const answer = await reader.post(`/s/${idOf(form)}?lang=en`, [
        ['stamp', stampOf(text)],
        ['email', email],
        tick(offers),
      ]);
      const pageMs = performance.now() - started;
      pages.set(
        who,
        `${answer.status} ${[...answer.headers.keys()].join()} ${answer.text.replaceAll(email, '')}`,
      );
      const asked = performance.now();
      const api = await system.request('POST', '/v1/sign-ups', {
        ...{ formId: idOf(form), email, choices: [{ topicId: `top_${offers.id}`, channel: 'email' }] },
      });
      times[who] = [pageMs, performance.now() - asked];
      expect(api).toMatchObject({ status: 202, body: { received: true } });
    }
    expect(new Set(pages.values()).size).toBe(1);
    for (const taken of Object.values(times).flat()) expect(taken).toBeGreaterThan(LEAST_MS - 2);
  });

  it('asks somebody who is subscribed already about nothing but what is new', async () => {
    const visitor = new Visitor(system);
    const email = newEmail();
    await visitor.signUp(idOf(form), [['email', email], tick(offers)]);
    const link = linkIn((await mailsTo(system, email))[0]);
    await visitor.post(link, [['action', 'confirm']]);
    const contact = (await contactBy(system, email))!;

    const before = await stored();
    await visitor.signUp(idOf(form), [['email', email], tick(offers)]);
    expect(await mailsTo(system, email)).toHaveLength(1);
    expect(await stored()).toEqual(before);

    await visitor.signUp(idOf(form), [['email', email], tick(offers), tick(news)]);
    const mails = await mailsTo(system, email);
    expect(mails).toHaveLength(2);
    expect(mails[1]!.text).toContain('Garden letter');
    expect(mails[1]!.text).not.toContain('Offers');
    expect(await statusOf(system, contact.id, offers)).toBe('granted');
    expect(await statusOf(system, contact.id, news)).toBe('requested');
  });

  describe('by the API', () => {
    it('takes a key that can do nothing else, and records where it came from', async () => {
      const key = await system.keyWith('sign-ups:write');
      const email = newEmail();
      const answer = await system.request(
        'POST',
        '/v1/sign-ups',
        {
          ...{ formId: idOf(form), email, firstName: 'Mona', locale: 'ar', ip: '203.0.113.77' },
          ...{ userAgent: 'Shop/2', sourceUrl: 'https://shop.example/checkout' },
          choices: [{ topicId: `top_${offers.id}`, channel: 'email' }],
        },
        { authorization: `Bearer ${key}` },
      );
      expect(answer).toMatchObject({ status: 202, body: { received: true } });
      const contact = (await contactBy(system, email))!;
      const event = await system.database.db.queryOne<Record<string, unknown>>(
        'SELECT action, method, source, host(ip) AS ip, user_agent, locale, actor, text_shown FROM consent_event WHERE contact_id = $1',
        [contact.id],
      );
      expect(event).toMatchObject({
        ...{ action: 'requested', method: 'sign_up_api', source: 'https://shop.example/checkout' },
        ...{ ip: '203.0.113.77', user_agent: 'Shop/2', locale: 'ar', actor: expect.stringMatching(/^key_/) },
        text_shown: expect.stringContaining('نعم، أوافق'),
      });
      const [mail] = await mailsTo(system, email);
      expect(mail!.html).toContain('dir="rtl"');
      for (const path of ['/v1/contacts', '/v1/forms'])
        expect(
          (await system.request('GET', path, undefined, { authorization: `Bearer ${key}` })).status,
        ).toBe(403);
    });

    it('keeps a phone as requested, for the day when text messages can ask', async () => {
      const both = await addForm(system, sender, [], { choices: [{ topicId: offers.id, channel: 'sms' }] });
      const phone = '+966502223344';
      const body = { formId: idOf(both), phone, choices: [{ topicId: `top_${offers.id}`, channel: 'sms' }] };
      expect((await system.request('POST', '/v1/sign-ups', body)).status).toBe(202);
      const { items } = await system.app
        .get(ContactsService, { strict: false })
        .list({ limit: 1 }, { phone });
      expect(await statusOf(system, items[0]!.id, offers, 'sms')).toBe('requested');
      // A stranger's word adds no phone to a known person, and asks about none.
      const known = await addContact(system.app, { phone: '+966502223355' });
      await system.request('POST', '/v1/sign-ups', { ...body, email: known.email, phone: '+966502223366' });
      expect(await statusOf(system, known.id, offers, 'sms')).toBe('none');
    });

    it.each([
      [{ formId: 'frm_999' }, 404, 'FORM_NOT_FOUND'],
      [{ formVersion: 9 }, 404, 'FORM_VERSION_NOT_FOUND'],
      [{ email: 'nobody' }, 400, 'EMAIL_INVALID'],
      [{ phone: '12' }, 400, 'PHONE_INVALID'],
      [{ email: undefined }, 422, 'ADDRESS_MISSING'],
      [{ choices: [{ topicId: 'top_999', channel: 'email' }] }, 422, 'CHOICE_NOT_OFFERED'],
      [{ choices: [] }, 400, 'VALIDATION_FAILED'],
      [{ ip: 'x' }, 400, 'VALIDATION_FAILED'],
    ])('refuses %j and records nothing', async (more, status, code) => {
      const before = await snapshot(system.database.db);
      const answer = await system.request('POST', '/v1/sign-ups', {
        ...{ formId: idOf(form), email: newEmail(), ip: '203.0.113.80' },
        choices: [{ topicId: `top_${offers.id}`, channel: 'email' }],
        ...more,
      });
      expect(answer).toMatchObject({ status, body: { code } });
      expect(await snapshot(system.database.db)).toEqual(before);
    });
  });

  describe('forms', () => {
    it('are made with little, and every wording stays', async () => {
      const body = {
        senderId: `snd_${sender.id}`,
        name: 'Footer',
        wording: { choices: [{ topicId: `top_${offers.id}`, channel: 'email' }] },
      };
      const made = await system.request('POST', '/v1/forms', body);
      expect(made).toMatchObject({
        status: 201,
        body: { state: 'active', version: 1, remind: true, url: expect.stringContaining('/s/frm_') },
      });
      const id = made.body.id as string;
      const same = await system.request('PATCH', `/v1/forms/${id}`, { wording: body.wording, remind: false });
      expect(same.body).toMatchObject({ version: 1, remind: false });
      const wording = {
        ...body.wording,
        heading: { ar: 'أهلًا' },
        incentive: { name: { en: 'A gift' }, text: { en: 'CODE' } },
      };
      expect((await system.request('PATCH', `/v1/forms/${id}`, { wording })).body).toMatchObject({
        ...{ version: 2, wording: { heading: { ar: 'أهلًا' }, incentive: { url: {}, templateId: null } } },
      });
      const { body: versions } = await system.request('GET', `/v1/forms/${id}/versions`);
      expect(versions.items).toMatchObject([
        { version: 1, wording: { heading: { en: 'Hear from Nakheel Market' } } },
        { version: 2 },
      ]);
      await expect(
        system.database.db.query(`UPDATE sign_up_form_version SET wording = '{}' WHERE form_id = $1`, [
          Number(id.slice(4)),
        ]),
      ).rejects.toThrow('cannot change');
      expect(
        (await system.request('GET', `/v1/forms?senderId=snd_${sender.id}&limit=200`)).body.items.map(
          (one: { id: string }) => one.id,
        ),
      ).toContain(id);
      expect((await system.request('DELETE', `/v1/forms/${id}`)).status).toBe(204);
      expect((await system.request('GET', `/v1/forms/${id}`)).status).toBe(404);
      expect(await system.request('DELETE', `/v1/forms/${idOf(form)}`)).toMatchObject({
        status: 409,
        body: { code: 'FORM_IN_USE' },
      });
      expect(await system.request('DELETE', `/v1/topics/top_${news.id}`)).toMatchObject({
        status: 409,
        body: { code: 'TOPIC_IN_USE' },
      });
    });

    it.each([
      ['a topic of another sender', { topic: 'foreign' }, 422, 'TOPIC_OF_ANOTHER_SENDER'],
      ['a topic that is not there', { topic: 'top_99999' }, 404, 'TOPIC_NOT_FOUND'],
      ['the same box twice', { twice: true }, 422, 'CHOICE_TWICE'],
      ['an origin with a path', { allowedOrigins: ['https://shop.example/x'] }, 400, 'VALIDATION_FAILED'],
      [
        'an origin that is a directive',
        { allowedOrigins: ["https://a;script-src 'unsafe-inline'"] },
        400,
        'VALIDATION_FAILED',
      ],
      ['any origin at all', { allowedOrigins: ['*'] }, 400, 'VALIDATION_FAILED'],
      ['a template that is not there', { templateId: 'tpl_999' }, 404, 'TEMPLATE_NOT_FOUND'],
    ])('with %s are refused', async (_, fault, status, code) => {
      const { topic, twice, templateId, ...rest } = fault as Record<string, string>;
      const foreign = await addTopic(system.app, await addSender(system.app));
      const topicId = topic === 'foreign' ? `top_${foreign.id}` : (topic ?? `top_${offers.id}`);
      const choice = { topicId, channel: 'email' };
      const incentive = { name: { en: 'x' }, text: { en: 'y' }, templateId };
      const answer = await system.request('POST', '/v1/forms', {
        ...{ senderId: `snd_${sender.id}`, name: 'Wrong', ...rest },
        wording: { choices: twice ? [choice, choice] : [choice], ...(templateId ? { incentive } : {}) },
      });
      expect(answer).toMatchObject({ status, body: { code } });
    });

    it('of a sender that does not say who it is are refused', async () => {
      const nameless = await addSender(system.app, { fromEmail: null });
      const topic = await addTopic(system.app, nameless);
      await expect(addForm(system, nameless, [topic])).rejects.toMatchObject({ code: 'SENDER_INCOMPLETE' });
    });

    it('give plain HTML that works elsewhere and a frame', async () => {
      const odd = await addForm(system, sender, [offers], {
        ...{
          heading: { en: '<script>alert(1)</script> & "more"' },
          allowedOrigins: ['https://shop.example'],
        },
      });
      const { body } = await system.request('GET', `/v1/forms/${idOf(odd)}/embed?locale=en`);
      expect(body.html).not.toContain('<script');
      expect(body.iframe).toContain(`src="http://ithn.test/s/${idOf(odd)}?lang=en"`);
      const fields = [...(body.html as string).matchAll(/name="([^"]+)"(?: value="([^"]*)")?/g)];
      const email = newEmail();
      const posted = fields.map(([, name, value]): [string, string] => [
        name!,
        name === 'email' ? email : (value ?? ''),
      ]);
      const answer = await new Visitor(system, { origin: 'https://shop.example' }).post(
        `/s/${idOf(odd)}?lang=en`,
        posted,
      );
      expect(answer.text).toContain('One step left');
      expect(await contactBy(system, email)).toBeDefined();
    });
  });

  it('survives whatever is posted, with a page that says what to do', async () => {
    const visitor = new Visitor(system);
    const path = `/s/${idOf(form)}`;
    const { text } = await visitor.get(path);
    system.clock.advance(5000);
    const bodies = hostileValues.flatMap(value => {
      const written = typeof value === 'string' ? value : JSON.stringify(value);
      const encoded = (): string => encodeURIComponent(Buffer.from(written).toString().slice(0, 300));
      return [
        ...['email', 'first_name', 'phone', 'choice', 'stamp', 'version'].map(name => `${name}=${encoded()}`),
        `email=a%40example.com&first_name=${encoded()}&phone=${encoded()}&choice=${encoded()}&stamp=${stampOf(text)}`,
      ];
    });
    const odd = [
      '%ED%A0%80',
      '%00',
      '%FF%FE',
      '--x\r\nbroken',
      '{"email":"a@b.example"}',
      '&&&===',
      '__proto__=1&constructor=2',
    ];
    const all = [...bodies, ...odd];
    // Several at once: each answer takes its time, so that none tells more than another.
    for (let at = 0; at < all.length; at += 16) {
      const some = all.slice(at, at + 16);
      const answers = await Promise.all(some.map(body => new Visitor(system).post(path, body)));
      for (const answer of answers) {
        expect([200, 422]).toContain(answer.status);
        expect(answer.text).toContain('<h1>');
      }
    }
    const large = await visitor.post(path, `email=${'x'.repeat(11_000)}`);
    expect(large.status).toBe(413);
  }, 300_000);

  it.each(['frm_0', 'frm_999999', 'FRM_1', 'frm_1/x', '__proto__', '%00', '', 'con_1', 'x'.repeat(5000)])(
    'at an address that names no form (%s) finds the page that every wrong link finds',
    async id => {
      system.clock.advance(60_000);
      const visitor = new Visitor(system);
      const unknown = await visitor.get('/u/unknown?lang=en');
      for (const answer of [
        await visitor.get(`/s/${id}?lang=en`),
        await visitor.post(`/s/${id}?lang=en`, [['email', 'a@b.example']]),
      ]) {
        expect(answer.status).toBe(404);
        expect(answer.text).toBe(unknown.text);
      }
    },
  );

  it('names a sender that has moved since with what it is now', async () => {
    await system.app
      .get(SendersService, { strict: false })
      .update(sender.id, { tradingName: 'Nakheel Stores' }, 'tests');
    const page = await new Visitor(system).get(`/s/${idOf(form)}?lang=en`);
    expect(page.text).toContain('Nakheel Stores');
  });
});
