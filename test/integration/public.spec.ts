import { connect, type Socket } from 'node:net';
import { AddressHasher, TokenSigner } from '#common';
import { type Contact, ContactsService } from '#contacts';
import {
  ConsentsService,
  Gate,
  type Sender,
  SendersService,
  SubscriptionLinks,
  TeamAddressesService,
  type Topic,
} from '#consent';
import { BAD_LINKS_A_MINUTE } from '../../apps/api/src/public/bad-link-limit.js';
import { type TestApi, testApi } from '../factories/api.js';
import { addConsent, addContact, linkToken } from '../factories/contact.js';
import { addSender, addTopic } from '../factories/sender.js';
import { snapshot } from '../factories/snapshot.js';

const URLENCODED = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data; boundary=r8058';
const oneClickMultipart =
  '--r8058\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--r8058--\r\n';

/** Another text that base64url reads as the same bytes, or (where none is) a longer one. */
function secondSpelling(token: string): string {
  const bytes = Buffer.from(token, 'base64url');
  const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
    .map(character => token.slice(0, -1) + character)
    .filter(other => other !== token && Buffer.from(other, 'base64url').equals(bytes));
  return others[0] ?? `${token}A`;
}

interface Event {
  action: string;
  channel: string | null;
  topic_id: number | null;
  sender_id: number | null;
  basis: string | null;
  method: string;
  source: string;
  text_shown: string | null;
  text_version: string | null;
  locale: string | null;
  ip: string | null;
  user_agent: string | null;
  actor: string;
  evidence: Record<string, unknown>;
}

describe('the customer pages', () => {
  let api: TestApi;
  let sender: Sender;
  let offers: Topic;
  let news: Topic;

  beforeAll(async () => {
    api = await testApi();
    sender = await addSender(api.app);
    offers = await addTopic(api.app, sender);
    news = await addTopic(api.app, sender, { en: 'Garden letter', ar: 'رسالة الحديقة' }, {});
  });
  afterAll(() => api.close());

  /** As a mail receiver calls: no key, no cookie, nothing but what is given. */
  async function call(
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    at = api.url,
  ): Promise<{ status: number; headers: Headers; text: string }> {
    const init = { method, headers, redirect: 'manual' as const, ...(body === undefined ? {} : { body }) };
    const response = await fetch(at + path, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  const press = (path: string, fields: Record<string, string> | [string, string][]) =>
    call('POST', path, new URLSearchParams(fields).toString(), { 'content-type': URLENCODED });

  /** A contact who agreed to both topics by email a day ago, and the token of a message about offers. */
  async function subscriber(input = {}): Promise<{ contact: Contact; token: string }> {
    const contact = await addContact(api.app, input);
    await addConsent(api.app, contact, offers);
    await addConsent(api.app, contact, news);
    api.clock.advance(24 * 3600 * 1000);
    return { contact, token: linkToken(api.app, contact, offers) };
  }

  async function statusOf(contact: Contact, topic: Topic, channel = 'email'): Promise<string> {
    const states = await api.app.get(ConsentsService, { strict: false }).states(contact.id);
    return states.find(state => state.topicId === topic.id && state.channel === channel)?.status ?? 'none';
  }

  async function denialOf(contact: Contact, topic: Topic): Promise<string | null> {
    const gate = api.app.get(Gate, { strict: false });
    const [row] = await gate.decide({
      contactIds: [contact.id],
      channel: 'email',
      senderId: sender.id,
      topicId: topic.id,
    });
    return row === undefined ? 'NO_CONTACT' : row.denial;
  }

  async function eventsOf(contact: Contact): Promise<Event[]> {
    const events = await api.database.db.query<Event>(
      'SELECT *, host(ip) AS ip FROM consent_event WHERE contact_id = $1 ORDER BY id',
      [contact.id],
    );
    return events.filter(event => event.source !== 'tests');
  }

  describe('a one-click unsubscribe (RFC 8058)', () => {
    it.each([
      ['multipart/form-data', MULTIPART, oneClickMultipart],
      ['urlencoded', URLENCODED, 'List-Unsubscribe=One-Click'],
      ['no Content-Type', undefined, Buffer.from('List-Unsubscribe=One-Click')],
      ['text/plain', 'text/plain; charset=us-ascii', 'List-Unsubscribe=One-Click\r\n'],
      ['multipart with bare line feeds', MULTIPART, oneClickMultipart.replaceAll('\r\n', '\n')],
      ['multipart whose header names no boundary', 'multipart/form-data', oneClickMultipart],
      ['a Content-Type that is nonsense', 'nonsense', 'List-Unsubscribe=One-Click'],
    ])('sent as %s takes effect, and answers 200 with no redirect and no cookie', async (_, type, body) => {
      const { contact, token } = await subscriber();
      const started = performance.now();
      const answer = await call('POST', `/u/${token}`, body, {
        ...(type === undefined ? {} : { 'content-type': type }),
        'user-agent': 'Receiver/1.0',
      });
      expect(performance.now() - started).toBeLessThan(2000);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('location')).toBeNull();
      expect(answer.headers.get('set-cookie')).toBeNull();
      expect(answer.headers.get('content-type')).toContain('text/plain');
      expect(answer.text.length).toBeLessThan(100);
      expect(await denialOf(contact, offers)).toBe('WITHDRAWN');
      expect(await denialOf(contact, news)).toBeNull();
      expect(await eventsOf(contact)).toEqual([
        expect.objectContaining({
          ...{
            action: 'withdrawn',
            channel: 'email',
            topic_id: offers.id,
            method: 'one_click',
            source: 'dsp_7',
          },
          ...{ ip: '127.0.0.1', user_agent: 'Receiver/1.0', text_shown: null, actor: `con_${contact.id}` },
          evidence: { pair: true },
        }),
      ]);
    });

    it.each([
      ['no body at all', undefined, undefined],
      ['bytes that are nothing', 'application/octet-stream', Buffer.from([0, 255, 254, 0x2d, 0x2d])],
      ['multipart that breaks off', MULTIPART, '--r8058\r\nContent-Disposition: form-da'],
      ['JSON that breaks off', 'application/json', '{"List-Unsubscribe":'],
      ['a form of something else', URLENCODED, 'a=b&action=grant&action[]=all&__proto__=1'],
    ])('mangled into %s still unsubscribes', async (_, type, body) => {
      const { contact, token } = await subscriber();
      const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
      const answer = await call('POST', `/u/${token}`, body, headers);
      expect(answer.status).toBe(200);
      expect(await statusOf(contact, offers)).toBe('withdrawn');
      expect((await eventsOf(contact))[0]?.evidence).toEqual({ pair: false });
    });

    it('pressed twice answers 200 twice', async () => {
      const { contact, token } = await subscriber();
      for (let time = 0; time < 2; time++) {
        const answer = await press(`/u/${token}`, { 'List-Unsubscribe': 'One-Click' });
        expect(answer.status).toBe(200);
      }
      expect(await statusOf(contact, offers)).toBe('withdrawn');
    });

    it('from another site, with a strange Origin and cookies, is obeyed all the same', async () => {
      const { contact, token } = await subscriber();
      const answer = await call('POST', `/u/${token}`, 'List-Unsubscribe=One-Click', {
        ...{ 'content-type': URLENCODED, origin: 'https://elsewhere.example', cookie: 'a=b' },
        ...{ referer: 'https://elsewhere.example/', 'sec-fetch-site': 'cross-site' },
      });
      expect(answer.status).toBe(200);
      expect(await statusOf(contact, offers)).toBe('withdrawn');
    });

    it('for a deleted contact keeps the address blocked if it is ever imported again', async () => {
      const { contact, token } = await subscriber({ email: 'gone@example.com' });
      await api.app.get(ContactsService, { strict: false }).delete(contact.id, 'tests');
      const answer = await call('POST', `/u/${token}`, oneClickMultipart, { 'content-type': MULTIPART });
      expect(answer.status).toBe(200);
      const { hash } = (await api.database.db.queryOne<{ hash: Buffer }>(
        `SELECT address_hash AS hash FROM suppression WHERE topic_id = $1 AND reason = 'unsubscribed'
          ORDER BY id DESC LIMIT 1`,
        [offers.id],
      ))!;
      expect(hash).toEqual(contact.emailHash);
      const again = await addContact(api.app, { email: 'gone@example.com' });
      expect(await denialOf(again, offers)).toBe('WITHDRAWN');
    });

    it('for an address that the contact has left blocks that address and withdraws', async () => {
      const { contact, token } = await subscriber({ email: 'before@example.com' });
      await api.app
        .get(ContactsService, { strict: false })
        .update(contact.id, { email: 'after@example.com' }, 'tests');
      expect((await call('POST', `/u/${token}`)).status).toBe(200);
      const before = await addContact(api.app, { email: 'before@example.com' });
      expect(await denialOf(before, offers)).toBe('WITHDRAWN');
    });

    it('works with a token of 1,000 days ago', async () => {
      const { contact, token } = await subscriber();
      api.clock.advance(1000 * 24 * 3600 * 1000);
      expect((await call('POST', `/u/${token}`)).status).toBe(200);
      expect(await statusOf(contact, offers)).toBe('withdrawn');
    });

    it('works with a full stop that a mail program took into the link', async () => {
      const { contact, token } = await subscriber();
      expect((await call('GET', `/u/${token}.`)).status).toBe(200);
      expect((await call('POST', `/u/${token}%3E`)).status).toBe(200);
      expect(await statusOf(contact, offers)).toBe('withdrawn');
    });
  });

  it('change nothing by GET, HEAD or OPTIONS, on any link', async () => {
    const { token } = await subscriber({ phone: '+966512345678' });
    const { token: teamToken } = await api.app
      .get(TeamAddressesService, { strict: false })
      .add('scanner@example.com', 'tests');
    const before = await snapshot(api.database.db);
    const paths = [`/u/${token}`, `/p/${token}`, `/v/${teamToken}`, '/u/bad', '/p/bad', '/v/bad'];
    for (const path of paths) {
      for (const query of ['', '?lang=ar', '?action=all', '?List-Unsubscribe=One-Click']) {
        for (const method of ['GET', 'HEAD', 'OPTIONS']) {
          const { status, headers } = await call(method, path + query);
          expect(status).toBe(method === 'OPTIONS' ? 204 : path.endsWith('bad') ? 404 : 200);
          expect(headers.get('set-cookie')).toBeNull();
        }
      }
    }
    expect(await snapshot(api.database.db)).toEqual(before);
  });

  it('send their guard headers with every answer', async () => {
    const { token } = await subscriber();
    const answers = [
      await call('GET', `/u/${token}?lang=ar`),
      await call('GET', `/p/${token}?lang=ar`),
      await call('GET', '/u/bad?lang=ar'),
      await call('POST', `/u/${token}?lang=ar`, 'x'.repeat(20_000)),
      await press(`/u/${token}?lang=ar`, { action: 'topic' }),
    ];
    for (const { headers, text } of answers) {
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-robots-tag')).toBe('noindex');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-language')).toBe('ar');
      expect(headers.get('set-cookie')).toBeNull();
      const policy = headers.get('content-security-policy')!;
      for (const part of [
        "default-src 'none'",
        "style-src 'sha256-",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ]) {
        expect(policy).toContain(part);
      }
      expect(policy).not.toContain('unsafe');
      expect(text).toContain('<html lang="ar" dir="rtl">');
      expect(text).not.toMatch(/<script|\son\w+=|\sstyle=/);
    }
    const oneClick = await press(`/u/${token}`, { 'List-Unsubscribe': 'One-Click' });
    expect(oneClick.headers.get('cache-control')).toBe('no-store');
    expect(oneClick.headers.get('referrer-policy')).toBe('no-referrer');
  });

  describe('the unsubscribe page', () => {
    it('names the sender in full and shows one button for the topic and one for everything', async () => {
      const { token } = await subscriber();
      const { text } = await call('GET', `/u/${token}`);
      for (const part of [
        'Nakheel Market',
        'Nakheel Trading Company LLC',
        '1010123456',
        'Commercial Register, Riyadh',
        '12 Olaya Street, Riyadh 12211, Saudi Arabia',
        'care@nakheel.example',
      ]) {
        expect(text).toContain(part);
      }
      expect(text).toContain('Unsubscribe from <bdi>Offers</bdi></button>');
      expect(text).toContain('Stop all marketing from <bdi>Nakheel Market</bdi></button>');
      expect(text).toContain(`href="../p/${token}?lang=en"`);
    });

    it('speaks the language of the contact, then of the sender, and switches by a link', async () => {
      const arabic = await subscriber({ locale: 'ar-SA' });
      expect((await call('GET', `/u/${arabic.token}`)).text).toContain(
        'إلغاء الاشتراك في <bdi>العروض</bdi></button>',
      );
      expect((await call('GET', `/u/${arabic.token}?lang=en`)).text).toContain('lang="en" dir="ltr"');
      expect((await call('GET', `/u/${arabic.token}?lang=xx`)).text).toContain('lang="ar" dir="rtl"');
      const unsaid = await subscriber({ locale: null });
      expect((await call('GET', `/u/${unsaid.token}`)).text).toContain('lang="en" dir="ltr"');
    });

    it('unsubscribes from the topic on that channel and says so, with a way back', async () => {
      const { contact, token } = await subscriber();
      const answer = await press(`/u/${token}`, { action: 'topic' });
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('Done. No more emails about <bdi>Offers</bdi>.');
      expect(answer.text).toContain('I want them again');
      expect(await denialOf(contact, offers)).toBe('WITHDRAWN');
      expect(await denialOf(contact, news)).toBeNull();
      expect(await eventsOf(contact)).toEqual([
        expect.objectContaining({
          ...{
            method: 'unsubscribe_page',
            source: 'dsp_7',
            text_shown: 'Unsubscribe from Offers',
            locale: 'en',
          },
        }),
      ]);
    });

    it('stops everything of this sender with one press, and nothing of another', async () => {
      const { contact, token } = await subscriber({ phone: '+966511111111' });
      const other = await addTopic(api.app, await addSender(api.app));
      await addConsent(api.app, contact, other);
      api.clock.advance(1000);
      const answer = await press(`/u/${token}`, { action: 'all' });
      expect(answer.text).toContain('Done. No more marketing from <bdi>Nakheel Market</bdi>.');
      expect(await statusOf(contact, offers)).toBe('withdrawn');
      expect(await statusOf(contact, news)).toBe('withdrawn');
      expect(await statusOf(contact, news, 'sms')).toBe('withdrawn');
      expect(await statusOf(contact, other)).toBe('granted');
    });

    it('takes a pressed "again" as a new consent with the words that were shown', async () => {
      const { contact, token } = await subscriber();
      const done = await press(`/u/${token}`, { action: 'topic' });
      const wording = /name="wording" value="([^"]+)"/.exec(done.text)![1]!;
      api.clock.advance(5000);
      const answer = await press(`/p/${token}`, { action: 'again', wording });
      expect(answer.text).toContain('You are subscribed again');
      expect(await denialOf(contact, offers)).toBeNull();
      expect((await eventsOf(contact)).at(-1)).toMatchObject({
        ...{ action: 'granted', basis: 'express', method: 'preference_page', source: 'dsp_7', locale: 'en' },
        text_shown:
          'I want to get emails about Offers from Nakheel Market again. I can stop them at any time.\n[I want them again]',
        text_version: 'again-1',
      });
    });

    it('never grants, whatever is posted to it', async () => {
      const { contact, token } = await subscriber();
      await press(`/u/${token}`, { action: 'topic' });
      api.clock.advance(5000);
      await press(`/u/${token}`, { action: 'again', wording: 'x' });
      await press(`/u/${token}`, { action: 'save', want: `${offers.id}.email` });
      expect(await statusOf(contact, offers)).toBe('withdrawn');
    });

    it('writes no stored text into the page unescaped', async () => {
      const nasty = await addSender(api.app, {
        ...{ tradingName: '<img src=x onerror=alert(1)>"\'&', website: 'javascript:alert(1)' },
        contactEmail: 'a"><script>@x.example',
      });
      const topic = await addTopic(
        api.app,
        nasty,
        { en: '</title><script>alert(1)</script>{{ css }}' },
        { en: '<b>x</b>' },
      );
      const contact = await addContact(api.app);
      await addConsent(api.app, contact, topic);
      const token = linkToken(api.app, contact, topic);
      for (const path of [`/u/${token}`, `/p/${token}`]) {
        const { status, text } = await call('GET', path);
        expect(status).toBe(200);
        expect(text).not.toMatch(/<script|<img|<b>|javascript:|href="mailto:a"/);
        expect(text).toContain('&lt;img src=x');
      }
    });
  });

  describe('the preference page', () => {
    const boxesOf = (html: string): Record<string, boolean> =>
      Object.fromEntries(
        [...html.matchAll(/type="checkbox" name="want" value="(\d+[.][^"]+)"( checked)?/g)].map(
          ([, value, checked]) => [value, checked !== undefined],
        ),
      );

    /** The fields a browser would send back from a page, with these boxes ticked. */
    const filled = (html: string, want: string[]): [string, string][] => [
      ['action', 'save'],
      ['wording', /name="wording" value="([^"]+)"/.exec(html)![1]!],
      ...[...html.matchAll(/name="shown" value="([^"]+)"/g)].map((m): [string, string] => ['shown', m[1]!]),
      ...want.map((value): [string, string] => ['want', value]),
    ];

    it('shows a box a topic and channel the person has, as things stand', async () => {
      const { contact, token } = await subscriber({ phone: '+966522222222' });
      await press(`/u/${token}`, { action: 'topic' });
      expect(boxesOf((await call('GET', `/p/${token}`)).text)).toEqual({
        [`${offers.id}.email`]: false,
        [`${offers.id}.sms`]: false,
        [`${news.id}.email`]: true,
        [`${news.id}.sms`]: false,
      });
      await api.app.get(ContactsService, { strict: false }).update(contact.id, { phone: null }, 'tests');
      expect(Object.keys(boxesOf((await call('GET', `/p/${token}`)).text))).toEqual([
        `${offers.id}.email`,
        `${news.id}.email`,
      ]);
    });

    it('records the differences alone, with the words shown as evidence', async () => {
      const { contact, token } = await subscriber({ phone: '+966533333333' });
      const { text } = await call('GET', `/p/${token}`);
      const answer = await press(`/p/${token}`, filled(text, [`${news.id}.email`, `${offers.id}.sms`]));
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('Saved.');
      expect(await eventsOf(contact)).toEqual([
        expect.objectContaining({
          ...{ action: 'withdrawn', topic_id: offers.id, channel: 'email', method: 'preference_page' },
        }),
        expect.objectContaining({
          ...{ action: 'granted', topic_id: offers.id, channel: 'sms', basis: 'express', locale: 'en' },
          ...{ method: 'preference_page', source: 'dsp_7', ip: '127.0.0.1', text_version: 'preferences-1' },
          text_shown: [
            'Offers',
            'New products and prices, about twice a month.',
            '☑ By text message',
            'By ticking a box and saving, you agree that Nakheel Market may send you those messages. You can stop them here at any time.',
            '[Save my choices]',
          ].join('\n'),
        }),
      ]);
      const again = await press(`/p/${token}`, filled(answer.text, [`${news.id}.email`, `${offers.id}.sms`]));
      expect(again.text).toContain('Nothing to change');
      expect(await eventsOf(contact)).toHaveLength(2);
    });

    it('keeps a consent in the language in which it was read', async () => {
      const { contact, token } = await subscriber();
      const { text } = await call('GET', `/p/${token}?lang=ar`);
      await press(`/u/${token}`, { action: 'topic' });
      api.clock.advance(1000);
      const fresh = await call('GET', `/p/${token}?lang=ar`);
      expect(text).toContain('action="?lang=ar"');
      await press(`/p/${token}?lang=ar`, filled(fresh.text, [`${news.id}.email`, `${offers.id}.email`]));
      const grant = (await eventsOf(contact)).at(-1)!;
      expect(grant).toMatchObject({ action: 'granted', locale: 'ar' });
      expect(grant.text_shown).toContain('موافقةً منك');
    });

    it('does not revive, from a page left open, what was taken back meanwhile', async () => {
      const { contact, token } = await subscriber();
      const open = await call('GET', `/p/${token}`);
      await press(`/u/${token}`, { 'List-Unsubscribe': 'One-Click' });
      api.clock.advance(60_000);
      await press(`/p/${token}`, filled(open.text, [`${news.id}.email`, `${offers.id}.email`]));
      expect(await denialOf(contact, offers)).toBe('WITHDRAWN');
    });

    it('records no consent with words that changed while the page was open, but obeys what was cleared', async () => {
      const topic = await addTopic(api.app, sender, { en: 'Recipes' });
      const { contact, token } = await subscriber();
      const open = await call('GET', `/p/${token}`);
      await api.app
        .get(SendersService, { strict: false })
        .updateTopic(topic.id, { name: { en: 'Recipes and loans' } }, 'tests');
      const answer = await press(`/p/${token}`, filled(open.text, [`${topic.id}.email`, `${news.id}.email`]));
      expect(answer.text).toContain('changed while you had it open');
      expect(await statusOf(contact, topic)).toBe('none');
      expect(await statusOf(contact, offers)).toBe('withdrawn');
    });

    it('stops everything with one press', async () => {
      const { contact, token } = await subscriber();
      const answer = await press(`/p/${token}`, { action: 'all' });
      expect(answer.text).toContain('Done. No more marketing');
      expect(await statusOf(contact, offers)).toBe('withdrawn');
      expect(await statusOf(contact, news)).toBe('withdrawn');
      expect((await eventsOf(contact))[0]).toMatchObject({ method: 'preference_page', sender_id: sender.id });
    });

    it('changes nothing for a body it cannot read, and says so', async () => {
      const { token } = await subscriber();
      const before = await snapshot(api.database.db);
      for (const body of ['', '--x\r\nbroken', 'action=delete', '{}', 'want=1&want=2']) {
        const answer = await call('POST', `/p/${token}`, body, { 'content-type': URLENCODED });
        expect(answer.status).toBe(400);
        expect(answer.text).toContain('nothing was changed');
      }
      expect(await snapshot(api.database.db)).toEqual(before);
    });

    it('ignores boxes that are not on the page', async () => {
      const { contact, token } = await subscriber();
      const foreign = await addTopic(api.app, await addSender(api.app));
      const { text } = await call('GET', `/p/${token}`);
      const kept = [`${offers.id}.email`, `${news.id}.email`];
      const strange = [
        `${foreign.id}.email`,
        `${offers.id}.sms`,
        '__proto__',
        '1e999.email',
        `${offers.id}.pigeon`,
      ];
      const answer = await press(`/p/${token}`, filled(text, [...kept, ...strange]));
      expect(answer.status).toBe(200);
      expect(await eventsOf(contact)).toEqual([]);
    });

    it('shows nothing of the person to whoever reads an address they have left', async () => {
      const { contact, token } = await subscriber({ email: 'old@example.com' });
      const open = await call('GET', `/p/${token}`);
      await api.app
        .get(ContactsService, { strict: false })
        .update(contact.id, { email: 'new@example.com' }, 'tests');
      const page = await call('GET', `/p/${token}`);
      expect(page.status).toBe(200);
      expect(page.text).toContain('We no longer have your details');
      expect(page.text).not.toContain('checkbox');
      const before = await snapshot(api.database.db);
      await press(`/p/${token}`, filled(open.text, [`${offers.id}.email`]));
      expect(await snapshot(api.database.db)).toEqual(before);
    });

    it('is kind when the contact is gone, and its one button works', async () => {
      const { contact, token } = await subscriber({ email: 'erased@example.com' });
      await api.app.get(ContactsService, { strict: false }).delete(contact.id, 'tests');
      const page = await call('GET', `/p/${token}`);
      expect(page.status).toBe(200);
      expect(page.text).toContain('We no longer have your details');
      const done = await press(`/p/${token}`, { action: 'all' });
      expect(done.status).toBe(200);
      expect(done.text).not.toContain('I want them again');
      const again = await addContact(api.app, { email: 'erased@example.com' });
      expect(await denialOf(again, news)).toBe('WITHDRAWN');
      expect((await press(`/p/${token}`, { action: 'again', wording: 'x' })).text).toContain('no longer');
    });
  });

  describe('the confirmation page', () => {
    it('confirms a team address by POST alone, and again without harm', async () => {
      const team = api.app.get(TeamAddressesService, { strict: false });
      const { token } = await team.add('colleague@example.com', 'tests');
      const shown = await call('GET', `/v/${token}`);
      expect(shown.text).toContain('<bdi>colleague@example.com</bdi> was added');
      expect(await team.peek(token)).toMatchObject({ verified: false });
      for (let time = 0; time < 2; time++) {
        const pressed = await press(`/v/${token}`, {});
        expect(pressed.status).toBe(200);
        expect(pressed.text).toContain('Confirmed, thank you');
      }
      expect(await team.peek(token)).toMatchObject({ verified: true });
      expect((await call('GET', `/v/${token}`)).text).not.toContain('<form');
    });

    it('accepts no token made for another use', async () => {
      const { token } = await subscriber();
      expect((await call('GET', `/v/${token}`)).status).toBe(404);
      expect((await call('POST', `/v/${token}`)).status).toBe(404);
    });
  });

  describe('a link that is not ours', () => {
    it.each([
      ['a forged signature', (token: string) => token.slice(0, -2) + (token.endsWith('AA') ? 'BB' : 'AA')],
      ['another payload', (token: string) => (token.startsWith('A') ? 'B' : 'A') + token.slice(1)],
      ['one character more', (token: string) => `${token}A`],
      ['a second spelling of the same bytes', secondSpelling],
      ['half of it', (token: string) => token.slice(0, token.length / 2)],
      ['nothing', () => ''],
      ['slashes', (token: string) => `${token}/more`],
      ['a traversal', () => '..%2f..%2fetc%2fpasswd'],
      ['NUL', () => 'a%00b'],
      ['line breaks', () => 'a%0d%0aSet-Cookie:%20x=1'],
      ['markup', () => '%3Cscript%3Ealert(1)%3C/script%3E'],
      ['Arabic', () => encodeURIComponent('رمز')],
      ['10,000 characters', () => 'A'.repeat(10_000)],
      ['a name every object has', () => '__proto__'],
    ])('such as %s gets the same 404 page, byte for byte', async (_, forge) => {
      const { token } = await subscriber();
      const unknown = await call('GET', '/u/unknown');
      for (const path of ['/u/', '/p/', '/v/']) {
        for (const method of ['GET', 'POST']) {
          api.clock.advance(60_000);
          const answer = await call(method, path + forge(token));
          expect(answer.status).toBe(404);
          expect(answer.text).toBe(unknown.text);
          expect(answer.headers.get('set-cookie')).toBeNull();
        }
      }
    });

    it('is answered in the language of the browser', async () => {
      api.clock.advance(60_000);
      const answer = await call('GET', '/u/x', undefined, { 'accept-language': 'fr, ar-EG;q=0.8, en;q=0.5' });
      expect(answer.text).toContain('<html lang="ar" dir="rtl">');
    });

    it('is told to wait when there are many, while a link that works never is', async () => {
      const { token } = await subscriber();
      api.clock.advance(60_000);
      for (let i = 0; i < BAD_LINKS_A_MINUTE; i++) expect((await call('GET', '/u/x')).status).toBe(404);
      expect((await call('GET', '/u/x')).status).toBe(429);
      expect((await call('GET', `/u/${token}`)).status).toBe(200);
      expect((await press(`/u/${token}`, { 'List-Unsubscribe': 'One-Click' })).status).toBe(200);
      api.clock.advance(60_000);
      expect((await call('GET', '/u/x')).status).toBe(404);
    });
  });

  it('answer a body over 10 KB with a 413 page and change nothing', async () => {
    const { contact, token } = await subscriber();
    for (const path of [`/u/${token}`, `/p/${token}`, `/v/${token}`]) {
      const answer = await call('POST', path, `action=all&x=${'x'.repeat(3_000_000)}`, {
        'content-type': URLENCODED,
      }).catch((error: unknown) => error);
      // A client that is still writing may see the connection close before it reads the answer.
      if (!(answer instanceof Error)) expect((answer as { status: number }).status).toBe(413);
    }
    const small = await call('POST', `/u/${token}`, 'x'.repeat(10 * 1024 + 1));
    expect(small.status).toBe(413);
    expect(small.text).toContain('too much to read');
    expect(await statusOf(contact, offers)).toBe('granted');
  });

  it('survive requests that are broken on the wire', async () => {
    const { contact, token } = await subscriber();
    const { hostname, port } = new URL(api.url);
    /** What comes back for these bytes; `thenHangUp` closes our side first, as a client that crashed. */
    const raw = (text: string, thenHangUp = false): Promise<string> =>
      new Promise(resolve => {
        let received = '';
        const socket: Socket = connect(Number(port), hostname, () =>
          thenHangUp ? socket.end(text) : socket.write(text),
        );
        socket.on('data', data => (received += data.toString('latin1')));
        socket.on('close', () => resolve(received));
        socket.on('error', () => resolve(received));
      });
    const head = `POST /u/${token} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;
    await raw(`${head}Content-Length: 50\r\n\r\nList-Unsubscribe=One-Click`, true);
    expect(await statusOf(contact, offers)).toBe('granted');
    for (const request of [
      `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${head}X-Bad: a\r\n Set-Cookie: b\r\n\r\n`,
      'GET /u/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ]) {
      const answer = await raw(request);
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(answer).not.toMatch(/\bat .*\.js|set-cookie/i);
    }
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n1a\r\nList-Unsubscribe=One-Click\r\n0\r\n\r\n`;
    expect(await raw(chunked)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await statusOf(contact, offers)).toBe('withdrawn');
  });

  it('say of a fault of ours nothing of its inside, and ask to press again', async () => {
    const { token } = await subscriber();
    const senders = api.app.get(SendersService, { strict: false });
    senders.getTopic = () => Promise.reject(new Error('secret detail'));
    try {
      for (const method of ['GET', 'POST']) {
        const answer = await call(method, `/u/${token}`);
        expect(answer.status).toBe(500);
        expect(answer.headers.get('cache-control')).toBe('no-store');
        expect(answer.text).toContain('Something went wrong on our side');
        expect(answer.text).not.toMatch(/secret|\bat /);
      }
    } finally {
      Reflect.deleteProperty(senders, 'getTopic');
    }
    expect((await call('GET', `/u/${token}`)).status).toBe(200);
  });

  it('leave the way the API reads bodies as it was', async () => {
    const form = await api.request('POST', '/v1/api-keys', 'name=x', { 'content-type': URLENCODED });
    expect(form.status).toBe(415);
    const text = await api.request('POST', '/v1/api-keys', 'x', { 'content-type': 'text/plain' });
    expect(text.status).toBe(415);
  });

  describe('behind a proxy and after a change of keys', () => {
    let proxied: TestApi;
    beforeAll(async () => {
      proxied = await testApi({
        TRUSTED_PROXIES: '127.0.0.1',
        ITHN_SECRET: `${'n'.repeat(32)},${'o'.repeat(32)}`,
      });
    });
    afterAll(() => proxied.close());

    it('a link signed with the old key works', async () => {
      const topic = await addTopic(proxied.app, await addSender(proxied.app));
      const contact = await addContact(proxied.app);
      const old = new SubscriptionLinks(
        new TokenSigner([proxied.config.tokenKeys[1]!]),
        new AddressHasher(proxied.config.addressKeys),
      );
      const link = { contactId: contact.id, channel: 'email' as const, topicId: topic.id, dispatchId: 1 };
      const token = old.sign({ ...link, addressHash: contact.emailHash! });
      expect(token).not.toBe(linkToken(proxied.app, contact, topic, 'email', 1));
      expect((await call('POST', `/u/${token}`, undefined, {}, proxied.url)).status).toBe(200);
    });

    const press = async (
      from: TestApi,
      forwarded: string,
    ): Promise<{ status: number; ip: string | null }> => {
      const owner = await addSender(from.app);
      const topic = await addTopic(from.app, owner);
      const contact = await addContact(from.app);
      const { status } = await call(
        'POST',
        `/u/${linkToken(from.app, contact, topic)}`,
        undefined,
        { 'x-forwarded-for': forwarded },
        from.url,
      );
      const row = await from.database.db.queryOne<{ ip: string | null }>(
        'SELECT host(ip) AS ip FROM consent_event WHERE contact_id = $1',
        [contact.id],
      );
      return { status, ip: row?.ip ?? null };
    };

    it('the IP kept as evidence is not what anybody writes into X-Forwarded-For', async () => {
      expect(await press(api, '203.0.113.9')).toEqual({ status: 200, ip: '127.0.0.1' });
    });

    it.each([
      ['203.0.113.9', '203.0.113.9'],
      ['2001:db8::7', '2001:db8::7'],
      ['::ffff:203.0.113.9', '203.0.113.9'],
      ['fe80::1%eth0', 'fe80::1'],
      ["unknown'; DROP TABLE contact", null],
    ])(
      'the IP kept as evidence is what a trusted proxy says (%s), if it is one at all',
      async (forwarded, ip) => {
        expect(await press(proxied, forwarded)).toEqual({ status: 200, ip });
      },
    );
  });
});
